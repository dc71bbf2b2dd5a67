import type { SharedMigration } from '../../migration.js';

/** Who did what, when and from where. Names are kept as they were: accounts come and go. */
export const audit: SharedMigration = {
  name: '0025-audit',
  sql: `
    CREATE TABLE audit_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at TEXT NOT NULL,
      actor_kind TEXT NOT NULL,
      actor_id TEXT,
      user_id TEXT,
      name TEXT,
      address TEXT NOT NULL,
      what TEXT NOT NULL,
      subject TEXT,
      status INTEGER NOT NULL,
      request_id TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_time ON audit_log (at);
    CREATE INDEX audit_by_user ON audit_log (user_id, id);
  `,
  postgres: `
    CREATE TABLE audit_log (
      id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      at text COLLATE "C" NOT NULL,
      actor_kind text COLLATE "C" NOT NULL,
      actor_id text COLLATE "C",
      user_id text COLLATE "C",
      name text COLLATE "C",
      address text COLLATE "C" NOT NULL,
      what text COLLATE "C" NOT NULL,
      subject text COLLATE "C",
      status integer NOT NULL,
      request_id text COLLATE "C" NOT NULL
    );
    CREATE INDEX audit_by_time ON audit_log (at);
    CREATE INDEX audit_by_user ON audit_log (user_id, id);
  `,
};
