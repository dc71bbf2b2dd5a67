import type { Identity, IdentityRepository, NewUser } from '../../domain/accounts/accounts.ports.js';
import type { User } from '../../domain/accounts/accounts.types.js';
import type { Sql, Storage } from './dialect.js';
import { insert, isTaken, toUser, userOf } from './user.repository.js';
import { now } from './values.js';

export class SqlIdentityRepository implements IdentityRepository {
  constructor(private readonly sql: Storage) {}

  find(identity: Identity): Promise<User | null> {
    return find(this.sql, identity);
  }

  add(identity: Identity, user: NewUser): Promise<User | null> {
    return this.sql.transaction(async (tx) => {
      const known = await find(tx, identity);
      if (known) return known;
      if (await isTaken(tx, user.name, null)) return null;
      await insert(tx, user);
      await tx.db
        .insertInto('identities')
        .values({ ...identity, user_id: user.id, created_at: now() })
        .execute();
      return userOf(tx, user.id);
    });
  }
}

async function find({ db }: Sql, { issuer, subject }: Identity): Promise<User | null> {
  const row = await db
    .selectFrom('identities')
    .innerJoin('users', 'users.id', 'identities.user_id')
    .selectAll('users')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row ? toUser(row) : null;
}
