import type { AuditLog } from '../../domain/audit/audit.ports.js';
import type { Deed, DeedFilter, KeptDeed } from '../../domain/audit/audit.types.js';
import type { Storage } from './dialect.js';

export class SqlAuditLog implements AuditLog {
  constructor(private readonly sql: Storage) {}

  async add(deed: Deed): Promise<void> {
    const { at, address, what, subject, status } = deed;
    const who = { actor_kind: deed.actorKind, actor_id: deed.actorId, user_id: deed.userId, name: deed.name };
    await this.sql.db
      .insertInto('audit_log')
      .values({ at, ...who, address, what, subject, status, request_id: deed.requestId })
      .execute();
  }

  async list(
    { userId, what, subject, address, allowed, after, before }: DeedFilter,
    { limit, below }: { limit: number; below: number | null },
  ): Promise<KeptDeed[]> {
    let query = this.sql.db.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(limit);
    if (below !== null) query = query.where('id', '<', below);
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (what !== undefined) query = query.where('what', '=', what);
    if (subject !== undefined) query = query.where('subject', '=', subject);
    if (address !== undefined) query = query.where('address', '=', address);
    if (allowed !== undefined) query = query.where('status', allowed ? '<' : '>=', 400);
    if (after !== undefined) query = query.where('at', '>=', after);
    if (before !== undefined) query = query.where('at', '<=', before);
    return (await query.execute()).map((row) => ({
      id: row.id,
      at: row.at,
      actorKind: row.actor_kind as Deed['actorKind'],
      actorId: row.actor_id,
      userId: row.user_id,
      name: row.name,
      address: row.address,
      what: row.what,
      subject: row.subject,
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
