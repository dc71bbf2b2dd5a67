import type { Selectable } from 'kysely';
import type { SessionRepository } from '../../domain/accounts/accounts.ports.js';
import type { Session, User } from '../../domain/accounts/accounts.types.js';
import type { Sql, Storage } from './dialect.js';
import { hot } from './hot.js';
import type { Schema } from './schema.js';
import { toUser } from './user.repository.js';
import { now } from './values.js';

const withUser = hot(({ db }: Sql, id: string, at: string) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .select([
      'sessions.id as session_id',
      'sessions.address',
      'sessions.agent',
      'sessions.created_at as begun_at',
      'sessions.seen_at as used_at',
      'sessions.expires_at',
    ])
    .where('sessions.id', '=', id)
    .where('sessions.expires_at', '>', at)
    .where('users.off', '=', 0),
);

export class SqlSessionRepository implements SessionRepository {
  constructor(private readonly sql: Storage) {}

  async add({ id, userId, address, agent, createdAt, seenAt, expiresAt }: Session, tokenHash: string): Promise<void> {
    const times = { created_at: createdAt, seen_at: seenAt, expires_at: expiresAt };
    await this.sql.db
      .insertInto('sessions')
      .values({ id, user_id: userId, token_hash: tokenHash, address, agent, ...times })
      .execute();
  }

  async get(id: string): Promise<{ session: Session; user: User } | null> {
    const [row] = await withUser(this.sql, id, now());
    if (!row) return null;
    const { session_id, address, agent, begun_at, used_at, expires_at } = row;
    const session = { id: session_id, userId: row.id, address, agent };
    return {
      session: { ...session, createdAt: begun_at, seenAt: used_at, expiresAt: expires_at },
      user: toUser(row),
    };
  }

  rotate(
    id: string,
    oldHash: string,
    newHash: string,
    { address, agent, seenAt, expiresAt }: Pick<Session, 'address' | 'agent' | 'seenAt' | 'expiresAt'>,
  ): Promise<'rotated' | 'reused' | 'gone'> {
    return this.sql.transaction(async (tx): Promise<'rotated' | 'reused' | 'gone'> => {
      const { numUpdatedRows } = await tx.db
        .updateTable('sessions')
        .set({ token_hash: newHash, address, agent, seen_at: seenAt, expires_at: expiresAt })
        .where('id', '=', id)
        .where('token_hash', '=', oldHash)
        .where('expires_at', '>', now())
        .executeTakeFirst();
      if (numUpdatedRows > 0n) return 'rotated';
      const { numDeletedRows } = await tx.db.deleteFrom('sessions').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n ? 'reused' : 'gone';
    });
  }

  async of(userId: string): Promise<Session[]> {
    const rows = await this.sql.db
      .selectFrom('sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('expires_at', '>', now())
      .orderBy('seen_at', 'desc')
      .orderBy('id')
      .execute();
    return rows.map(toSession);
  }

  async end(userId: string, which: { id: string } | { except: string | null }): Promise<number> {
    const all = this.sql.db.deleteFrom('sessions').where('user_id', '=', userId);
    const meant = 'id' in which ? all.where('id', '=', which.id) : all.where('id', '!=', which.except ?? '');
    return Number((await meant.executeTakeFirst()).numDeletedRows);
  }

  async dropExpired(): Promise<void> {
    await this.sql.db.deleteFrom('sessions').where('expires_at', '<=', now()).execute();
  }
}

const toSession = (row: Selectable<Schema['sessions']>): Session => ({
  id: row.id,
  userId: row.user_id,
  address: row.address,
  agent: row.agent,
  createdAt: row.created_at,
  seenAt: row.seen_at,
  expiresAt: row.expires_at,
});
