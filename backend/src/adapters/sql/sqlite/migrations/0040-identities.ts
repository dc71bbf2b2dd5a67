import type { SharedMigration } from '../../migration.js';

/** Whom somebody else vouches for: a provider of OpenID Connect, or a proxy. */
export const identities: SharedMigration = {
  name: '0040-identities',
  sql: `
    CREATE TABLE identities (
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at TEXT NOT NULL,
      PRIMARY KEY (issuer, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX identities_by_user ON identities (user_id);
  `,
  postgres: `
    CREATE TABLE identities (
      issuer text COLLATE "C" NOT NULL,
      subject text COLLATE "C" NOT NULL,
      user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at text COLLATE "C" NOT NULL,
      PRIMARY KEY (issuer, subject)
    );
    CREATE INDEX identities_by_user ON identities (user_id);
  `,
};
