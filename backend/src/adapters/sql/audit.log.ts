import type { AuditLog } from '../../domain/audit/audit.ports.js';
import { SHOWN_SUBJECTS, type Deed, type DeedFilter, type KeptDeed } from '../../domain/audit/audit.types.js';
import type { Sql, Storage } from './dialect.js';

/** Rows that one statement takes. */
const ROWS_AT_ONCE = 500;

export class SqlAuditLog implements AuditLog {
  constructor(private readonly sql: Storage) {}

  async add(deed: Deed): Promise<void> {
    if (deed.subjects.length === 0) await insert(this.sql, deed);
    else {
      await this.sql.transaction(async (tx) => {
        const id = await insert(tx, deed);
        const rows = deed.subjects.map((subject, place) => ({ deed: id, place, subject }));
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          await tx.db
            .insertInto('audit_subjects')
            .values(rows.slice(at, at + ROWS_AT_ONCE))
            .execute();
        }
      });
    }
  }

  async list(
    { userId, what, subject, address, allowed, after, before }: DeedFilter,
    { limit, below }: { limit: number; below: number | null },
  ): Promise<KeptDeed[]> {
    let query = this.sql.db.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(limit);
    if (below !== null) query = query.where('id', '<', below);
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (what !== undefined) query = query.where('what', '=', what);
    if (subject !== undefined) {
      query = query.where((row) =>
        row.or([
          row('subject', '=', subject),
          row('id', 'in', row.selectFrom('audit_subjects').select('deed').where('subject', '=', subject)),
        ]),
      );
    }
    if (address !== undefined) query = query.where('address', '=', address);
    if (allowed !== undefined) query = query.where('status', allowed ? '<' : '>=', 400);
    if (after !== undefined) query = query.where('at', '>=', after);
    if (before !== undefined) query = query.where('at', '<=', before);
    const rows = await query.execute();
    const subjects = await subjectsOf(
      this.sql,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      actorKind: row.actor_kind as Deed['actorKind'],
      actorId: row.actor_id,
      userId: row.user_id,
      name: row.name,
      address: row.address,
      what: row.what,
      subject: row.subject,
      subjects: subjects.get(row.id) ?? [],
      count: row.count,
      status: row.status,
      requestId: row.request_id,
    }));
  }

  async prune(before: string, limit: number): Promise<number> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('audit_log')
      .where('id', 'in', (old) => old.selectFrom('audit_log').select('id').where('at', '<', before).limit(limit))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

async function insert({ db }: Sql, { at, address, what, subject, count, status, ...deed }: Deed): Promise<number> {
  const who = { actor_kind: deed.actorKind, actor_id: deed.actorId, user_id: deed.userId, name: deed.name };
  const { id } = await db
    .insertInto('audit_log')
    .values({ at, ...who, address, what, subject, count, status, request_id: deed.requestId })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function subjectsOf({ db }: Sql, deeds: readonly number[]): Promise<ReadonlyMap<number, string[]>> {
  const found = new Map<number, string[]>();
  for (let at = 0; at < deeds.length; at += ROWS_AT_ONCE) {
    const rows = await db
      .selectFrom('audit_subjects')
      .select(['deed', 'subject'])
      .where('deed', 'in', deeds.slice(at, at + ROWS_AT_ONCE))
      .where('place', '<', SHOWN_SUBJECTS)
      .orderBy('deed')
      .orderBy('place')
      .execute();
    for (const { deed, subject } of rows) found.set(deed, [...(found.get(deed) ?? []), subject]);
  }
  return found;
}
