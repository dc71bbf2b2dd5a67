import { randomBytes } from 'node:crypto';
import { sql as raw, type Selectable } from 'kysely';
import type { NewUser, UserChange, UserRepository } from '../../domain/accounts/accounts.ports.js';
import type { Kept, User } from '../../domain/accounts/accounts.types.js';
import { foldName } from '../../domain/accounts/user-name.js';
import type { Sql, Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { setSetting, setting } from './settings.js';
import { now } from './values.js';

const SETUP_TOKEN = 'setup-token';
const SIGNING_KEY = 'signing-key';
const SIGNING_KEY_BYTES = 48;

export class SqlUserRepository implements UserRepository {
  constructor(private readonly sql: Storage) {}

  count(): Promise<number> {
    return count(this.sql);
  }

  async list(): Promise<User[]> {
    const rows = await this.sql.db.selectFrom('users').selectAll().orderBy('name_folded').execute();
    return rows.map(toUser);
  }

  get(id: string): Promise<User | null> {
    return userOf(this.sql, id);
  }

  async byName(name: string): Promise<{ user: User; passwordHash: string } | null> {
    const query = this.sql.db.selectFrom('users').selectAll().where('name_folded', '=', foldName(name));
    const row = await query.executeTakeFirst();
    return row ? { user: toUser(row), passwordHash: row.password_hash } : null;
  }

  async passwordHash(id: string): Promise<string | null> {
    const query = this.sql.db.selectFrom('users').select('password_hash').where('id', '=', id);
    return (await query.executeTakeFirst())?.password_hash ?? null;
  }

  addFirst(user: NewUser, setupToken: string): Promise<User | null | false> {
    return this.sql.transaction(async (tx) => {
      if ((await count(tx)) > 0) return null;
      if ((await setting(tx, SETUP_TOKEN)) !== setupToken) return false;
      await insert(tx, user);
      await tx.db.deleteFrom('settings').where('name', '=', SETUP_TOKEN).execute();
      return userOf(tx, user.id);
    });
  }

  add(user: NewUser): Promise<User | null> {
    return this.sql.transaction(async (tx) => {
      if (await isTaken(tx, user.name, null)) return null;
      await insert(tx, user);
      return userOf(tx, user.id);
    });
  }

  change(id: string, { name, role, off, maxBytes, maxSounds }: UserChange): Promise<User | 'taken' | 'last' | null> {
    return this.sql.transaction(async (tx): Promise<User | 'taken' | 'last' | null> => {
      const before = await userOf(tx, id);
      if (!before) return null;
      if (name !== undefined && (await isTaken(tx, name, id))) return 'taken';
      const steps = (role ?? before.role) !== 'admin' || (off ?? before.off);
      if (steps && isAdmin(before) && (await admins(tx)) === 1) return 'last';
      const changed = {
        ...(name !== undefined && { name: name.trim(), name_folded: foldName(name) }),
        ...(role !== undefined && { role }),
        ...(off !== undefined && { off: Number(off) }),
        ...(maxBytes !== undefined && { max_bytes: maxBytes }),
        ...(maxSounds !== undefined && { max_sounds: maxSounds }),
      };
      if (Object.keys(changed).length > 0) await tx.db.updateTable('users').set(changed).where('id', '=', id).execute();
      if (off === true) await tx.db.deleteFrom('sessions').where('user_id', '=', id).execute();
      return userOf(tx, id);
    });
  }

  setPassword(id: string, passwordHash: string, exceptSession: string | null): Promise<void> {
    return this.sql.transaction(async (tx) => {
      await tx.db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
      await tx.db
        .deleteFrom('sessions')
        .where('user_id', '=', id)
        .where('id', '!=', exceptSession ?? '')
        .execute();
    });
  }

  delete(id: string, heirId: string, { intoBin }: { intoBin: boolean }): Promise<boolean | 'last'> {
    return this.sql.transaction(async (tx): Promise<boolean | 'last'> => {
      const before = await userOf(tx, id);
      if (!before) return false;
      if (isAdmin(before) && (await admins(tx)) === 1) return 'last';
      // Nothing is added in its name from here on.
      const own = tx.db.selectFrom('users').select('id').where('id', '=', id);
      await own.$if(tx.dialect.locksRows, (locked) => locked.forUpdate()).execute();
      if (intoBin) {
        await raw`INSERT INTO bin (sound_key, deleted_at) SELECT sound_key, ${now()} FROM library WHERE owner_id = ${id}`.execute(
          tx.db,
        );
        await tx.dialect.words.changed(tx);
      }
      await tx.db.updateTable('sounds').set({ owner_id: heirId }).where('owner_id', '=', id).execute();
      await tx.db.updateTable('collections').set({ owner_id: heirId }).where('owner_id', '=', id).execute();
      await tx.db.updateTable('jobs').set({ owner: heirId }).where('owner', '=', id).execute();
      await tx.db.deleteFrom('folder_rules').where('owner_id', '=', id).execute();
      await tx.db.deleteFrom('share_links').where('owner', '=', id).execute();
      await tx.db.deleteFrom('search_log').where('owner_id', '=', id).execute();
      await tx.db.deleteFrom('play_log').where('owner_id', '=', id).execute();
      await tx.db.deleteFrom('users').where('id', '=', id).execute();
      return true;
    });
  }

  async kept(ownerId?: string): Promise<Map<string, Kept>> {
    const rows = await this.sql.db
      .selectFrom('sounds')
      .select(({ fn }) => [
        'owner_id as id',
        fn.countAll<number>().as('sounds'),
        fn.sum<number>('size_bytes').as('bytes'),
      ])
      .$if(ownerId !== undefined, (query) => query.where('owner_id', '=', ownerId!))
      .groupBy('owner_id')
      .execute();
    return new Map(rows.map(({ id, sounds, bytes }) => [id, { sounds, bytes: Number(bytes) }]));
  }

  async seen(id: string): Promise<void> {
    await this.sql.db.updateTable('users').set({ seen_at: now() }).where('id', '=', id).execute();
  }

  setupToken(): Promise<string> {
    return made(this.sql, SETUP_TOKEN, 18);
  }

  signingKey(): Promise<string> {
    return made(this.sql, SIGNING_KEY, SIGNING_KEY_BYTES);
  }

  renewSigningKey(): Promise<void> {
    return setSetting(this.sql, SIGNING_KEY, newSecret(SIGNING_KEY_BYTES));
  }
}

/** A secret that is made when it is asked for first, and is the same from then on. */
function made(sql: Storage, name: string, bytes: number): Promise<string> {
  return sql.transaction(async (tx) => {
    const known = await setting(tx, name);
    if (known !== null) return known;
    const secret = newSecret(bytes);
    await setSetting(tx, name, secret);
    return secret;
  });
}

const newSecret = (bytes: number): string => randomBytes(bytes).toString('base64url');

const isAdmin = ({ role, off }: User): boolean => role === 'admin' && !off;

export const toUser = (row: Selectable<Schema['users']>): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  off: row.off === 1,
  createdAt: row.created_at,
  seenAt: row.seen_at,
  maxBytes: row.max_bytes,
  maxSounds: row.max_sounds,
});

async function count({ db }: Sql): Promise<number> {
  const query = db.selectFrom('users').select(({ fn }) => fn.countAll<number>().as('total'));
  return Number((await query.executeTakeFirstOrThrow()).total);
}

/** How many there are. None of them steps down, elsewhere at the same time, before this transaction ends. */
async function admins({ db, dialect }: Sql): Promise<number> {
  const query = db.selectFrom('users').select('id').where('role', '=', 'admin').where('off', '=', 0);
  return (await query.$if(dialect.locksRows, (locked) => locked.forUpdate()).execute()).length;
}

export async function isTaken({ db }: Sql, name: string, except: string | null): Promise<boolean> {
  const query = db.selectFrom('users').select('id').where('name_folded', '=', foldName(name));
  return (await query.where('id', '!=', except ?? '').executeTakeFirst()) !== undefined;
}

export async function userOf({ db }: Sql, id: string): Promise<User | null> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toUser(row) : null;
}

export async function insert({ db }: Sql, { id, name, role, passwordHash }: NewUser): Promise<void> {
  const row = { id, name: name.trim(), name_folded: foldName(name), role, password_hash: passwordHash };
  await db
    .insertInto('users')
    .values({ ...row, created_at: now(), seen_at: null })
    .execute();
}
