import type { Selectable } from 'kysely';
import type { KeyRepository } from '../../domain/accounts/accounts.ports.js';
import type { ApiKey, Scope, User } from '../../domain/accounts/accounts.types.js';
import type { Sql, Storage } from './dialect.js';
import { hot } from './hot.js';
import type { Schema } from './schema.js';
import { now } from './values.js';

const byHash = hot(({ db }: Sql, hash: string, at: string) =>
  db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .selectAll('api_keys')
    .select([
      'users.name as user_name',
      'users.role',
      'users.created_at as user_since',
      'users.seen_at',
      'max_bytes',
      'max_sounds',
    ])
    .where('hash', '=', hash)
    .where('users.off', '=', 0)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', at)])),
);

export class SqlKeyRepository implements KeyRepository {
  constructor(private readonly sql: Storage) {}

  async add({ id, userId, name, start, scopes, createdAt, expiresAt }: ApiKey, hash: string): Promise<void> {
    const times = { created_at: createdAt, expires_at: expiresAt };
    await this.sql.db
      .insertInto('api_keys')
      .values({ id, user_id: userId, name, start, hash, scopes: JSON.stringify(scopes), ...times })
      .execute();
  }

  async byHash(hash: string): Promise<{ key: ApiKey; user: User } | null> {
    const [row] = await byHash(this.sql, hash, now());
    if (!row) return null;
    const { user_id, user_name, role, user_since, seen_at } = row;
    const who = { id: user_id, name: user_name, role, off: false, createdAt: user_since, seenAt: seen_at };
    const user = { ...who, maxBytes: row.max_bytes, maxSounds: row.max_sounds };
    return { key: toKey(row), user };
  }

  async of(userId: string): Promise<ApiKey[]> {
    const rows = await this.sql.db
      .selectFrom('api_keys')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
    return rows.map(toKey);
  }

  async revoke(userId: string, id: string): Promise<boolean> {
    const query = this.sql.db.deleteFrom('api_keys').where('user_id', '=', userId).where('id', '=', id);
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async used(id: string, address: string): Promise<void> {
    await this.sql.db
      .updateTable('api_keys')
      .set({ used_at: now(), used_from: address })
      .where('id', '=', id)
      .execute();
  }
}

const toKey = (row: Selectable<Schema['api_keys']>): ApiKey => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  start: row.start,
  scopes: JSON.parse(row.scopes) as Scope[],
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
  usedFrom: row.used_from,
});
