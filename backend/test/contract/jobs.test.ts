import { openDatabase, SqlJobRepository, SqlJobStore, storageOver } from '../../src/adapters/sql/index.js';
import { jobStoreSuite } from './jobs.suite.js';

jobStoreSuite('SQLite', () => {
  const db = openDatabase(':memory:');
  return { store: new SqlJobStore(storageOver(db)), sounds: new SqlJobRepository(storageOver(db)) };
});
