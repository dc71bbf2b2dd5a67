import { RIGHTS_OF } from '../../domain/accounts/accounts.types.js';
import { demand, LOCAL_OWNER } from '../../domain/accounts/actor.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import type { Sql } from './dialect.js';

const MB = 1024 * 1024;

/**
 * What an account may add to what it keeps. It is looked at again when bytes have come: who was deleted meanwhile would own what nobody
 * ever sees.
 * @param options.alone nobody else adds anything in its name, or deletes it, until the transaction ends
 * @throws DomainError `quota_exceeded` when that is nothing; `unauthorized`, `forbidden` when it is gone, off, or may add nothing any more
 */
export async function roomOf(sql: Sql, ownerId: string, { alone = false } = {}): Promise<{ bytes: number }> {
  const { db } = sql;
  const most = await mostOf(sql, ownerId, { alone });
  if (most.bytes === null && most.sounds === null) return { bytes: Infinity };
  if (alone) await sql.dialect.alone(sql, `quota of ${ownerId}`);
  const kept = await db
    .selectFrom('sounds')
    .select(({ fn }) => [fn.countAll<number>().as('sounds'), fn.sum<number | null>('size_bytes').as('bytes')])
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow();
  if (most.sounds !== null && kept.sounds >= most.sounds) {
    throw new DomainError('quota_exceeded', because('quota_sounds', { most: most.sounds }));
  }
  if (most.bytes === null) return { bytes: Infinity };
  const bytes = most.bytes - Number(kept.bytes ?? 0);
  if (bytes <= 0) throw await overQuota(sql, ownerId);
  return { bytes };
}

export async function overQuota(sql: Sql, ownerId: string): Promise<DomainError> {
  const { bytes } = await mostOf(sql, ownerId);
  return new DomainError('quota_exceeded', because('quota_bytes', { mostMB: Math.round((bytes ?? 0) / MB) }));
}

/** The first account is there also where nobody has accounts. */
async function mostOf(
  { db, dialect }: Sql,
  ownerId: string,
  { alone = false } = {},
): Promise<{ bytes: number | null; sounds: number | null }> {
  const query = db
    .selectFrom('users')
    .select(['max_bytes as bytes', 'max_sounds as sounds', 'role', 'off'])
    .where('id', '=', ownerId);
  const user = await query.$if(alone && dialect.locksRows, (locked) => locked.forKeyShare()).executeTakeFirst();
  if (ownerId === LOCAL_OWNER) return user ?? { bytes: null, sounds: null };
  if (!user) throw new DomainError('unauthorized', because('session_over'));
  if (user.off === 1) throw new DomainError('forbidden', because('account_off'));
  demand({ kind: 'user', id: ownerId, ownerId, rights: new Set(RIGHTS_OF[user.role]) }, 'upload');
  return user;
}
