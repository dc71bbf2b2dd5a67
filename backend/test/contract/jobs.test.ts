import { openDatabase, SqliteJobRepository, SqliteJobStore } from '../../src/adapters/sqlite/index.js';
import { jobStoreSuite } from './jobs.suite.js';

jobStoreSuite('SQLite', () => {
  const db = openDatabase(':memory:');
  return { store: new SqliteJobStore(db), sounds: new SqliteJobRepository(db) };
});
