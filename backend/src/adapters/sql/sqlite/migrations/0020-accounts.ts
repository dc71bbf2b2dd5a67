import type { SharedMigration } from '../../migration.js';

/** Who may come in: accounts, their sessions, and keys for programs. Of passwords, tokens and keys only hashes are kept. */
export const accounts: SharedMigration = {
  name: '0020-accounts',
  sql: `
    CREATE TABLE users (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      name_folded TEXT NOT NULL UNIQUE,
      role TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
      password_hash TEXT NOT NULL,
      off INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      seen_at TEXT
    ) STRICT;

    CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      token_hash TEXT NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      created_at TEXT NOT NULL,
      seen_at TEXT NOT NULL,
      expires_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX sessions_by_user ON sessions (user_id, seen_at);
    CREATE INDEX sessions_by_end ON sessions (expires_at);

    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      start TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      scopes TEXT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT,
      used_at TEXT,
      used_from TEXT
    ) STRICT;
    CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at);
  `,
  postgres: `
    CREATE TABLE users (
      id text COLLATE "C" PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      name_folded text COLLATE "C" NOT NULL UNIQUE,
      role text COLLATE "C" NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
      password_hash text COLLATE "C" NOT NULL,
      off integer NOT NULL DEFAULT 0,
      created_at text COLLATE "C" NOT NULL,
      seen_at text COLLATE "C"
    );

    CREATE TABLE sessions (
      id text COLLATE "C" PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      token_hash text COLLATE "C" NOT NULL,
      address text COLLATE "C" NOT NULL,
      agent text COLLATE "C" NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      seen_at text COLLATE "C" NOT NULL,
      expires_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX sessions_by_user ON sessions (user_id, seen_at);
    CREATE INDEX sessions_by_end ON sessions (expires_at);

    CREATE TABLE api_keys (
      id text COLLATE "C" PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      name text COLLATE "C" NOT NULL,
      start text COLLATE "C" NOT NULL,
      hash text COLLATE "C" NOT NULL UNIQUE,
      scopes text COLLATE "C" NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      expires_at text COLLATE "C",
      used_at text COLLATE "C",
      used_from text COLLATE "C"
    );
    CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at);
  `,
};
