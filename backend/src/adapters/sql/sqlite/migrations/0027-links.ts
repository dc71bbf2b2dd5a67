import type { SharedMigration } from '../../migration.js';

/** Ways to hear something without an account. What is shared is named by its id: it may be deleted, and come back from the bin. */
export const links: SharedMigration = {
  name: '0027-links',
  sql: `
    CREATE TABLE share_links (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      token_hash TEXT NOT NULL UNIQUE,
      password_hash TEXT,
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      name TEXT NOT NULL,
      start_s REAL,
      end_s REAL,
      download INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT,
      opened INTEGER NOT NULL,
      opened_at TEXT
    ) STRICT;
    CREATE INDEX share_links_by_owner ON share_links (owner, created_at);
  `,
  postgres: `
    CREATE TABLE share_links (
      id text COLLATE "C" PRIMARY KEY,
      owner text COLLATE "C" NOT NULL,
      token_hash text COLLATE "C" NOT NULL UNIQUE,
      password_hash text COLLATE "C",
      kind text COLLATE "C" NOT NULL,
      subject text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      start_s double precision,
      end_s double precision,
      download integer NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      expires_at text COLLATE "C",
      opened integer NOT NULL,
      opened_at text COLLATE "C"
    );
    CREATE INDEX share_links_by_owner ON share_links (owner, created_at);
  `,
};
