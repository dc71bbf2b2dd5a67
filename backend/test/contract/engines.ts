import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  openDatabase,
  SqlAnalysisRepository,
  SqlCompletions,
  SqlKeywordIndex,
  SqlSegmentSource,
  storageOver,
  storesOver,
  type Storage,
} from '../../src/adapters/sql/index.js';
import { temporaryFolder } from './fixtures.js';

/** An empty library as one test has it. */
export interface OpenEngine {
  storage: Storage;
  /** The same library as another process has it. */
  another(): Promise<Storage>;
  /** Lets the keys of sounds go on after this one. */
  skipKeys(to: number): Promise<void>;
  close(): Promise<void>;
}

/** A database that the repositories work on: every suite runs over each of them. */
export interface Engine {
  name: string;
  open(): Promise<OpenEngine>;
}

export const sqlite: Engine = {
  name: 'SQLite',
  open: () => {
    const folder = temporaryFolder();
    const file = path.join(folder.path, `${randomUUID()}.db`);
    const opened = [openDatabase(file)];
    const db = opened[0]!;
    return Promise.resolve({
      storage: storageOver(db),
      another: () => {
        const other = openDatabase(file);
        opened.push(other);
        return Promise.resolve(storageOver(other));
      },
      skipKeys: (to) => {
        db.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(to, 'sounds');
        return Promise.resolve();
      },
      close: () => {
        for (const each of opened) each.close();
        folder.remove();
        return Promise.resolve();
      },
    });
  },
};

const repositoriesOver = (storage: Storage) => {
  const { searches, ...stores } = storesOver(storage, { recordSearches: true });
  return {
    ...stores,
    log: searches,
    analyses: new SqlAnalysisRepository(storage),
    source: new SqlSegmentSource(storage),
    keywords: new SqlKeywordIndex(storage),
    completions: new SqlCompletions(storage),
  };
};

/** All repositories over an empty library, new for each test, and what tests do beside them. */
export type Library = ReturnType<typeof repositoriesOver> &
  OpenEngine & {
    /** Deletes a sound for good. */
    erase(id: string): Promise<string[]>;
  };

/** Sees to it that each test of the suite that calls this has a library of its own: the fields are there from its start. */
export function libraryOf(engine: Engine): Library {
  const library = {} as Library;
  beforeEach(async () => {
    const opened = await engine.open();
    Object.assign(library, opened, repositoriesOver(opened.storage), {
      erase: async (id: string) => (await library.bin.erase([id], 'anywhere')).map((gone) => gone.id),
    });
  });
  afterEach(() => library.close());
  return library;
}
