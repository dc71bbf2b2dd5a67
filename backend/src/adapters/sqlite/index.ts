export { openDatabase, type Database } from './database.js';
export { SqliteJobRepository } from './job.repository.js';
export { SqliteKeywordIndex } from './keyword.index.js';
export { SqliteModelState } from './model.state.js';
export { SqliteSearchLog } from './search.log.js';
export { SqliteSegmentSource } from './segment.source.js';
export { SqliteSoundRepository } from './sound.repository.js';
export { SqliteTagRepository } from './tag.repository.js';
