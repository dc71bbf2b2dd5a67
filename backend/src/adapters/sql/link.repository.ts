import { sql as raw, type Selectable } from 'kysely';
import type { LinkRepository } from '../../domain/links/links.ports.js';
import type { ShareLink } from '../../domain/links/links.types.js';
import type { Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { now } from './values.js';

export class SqlLinkRepository implements LinkRepository {
  constructor(private readonly sql: Storage) {}

  async add(link: ShareLink, { tokenHash, passwordHash }: Parameters<LinkRepository['add']>[1]): Promise<void> {
    const { id, ownerId, kind, subjectId, name, part, download, createdAt, expiresAt } = link;
    await this.sql.db
      .insertInto('share_links')
      .values({
        id,
        owner: ownerId,
        token_hash: tokenHash,
        password_hash: passwordHash,
        kind,
        subject: subjectId,
        name,
        start_s: part?.startS ?? null,
        end_s: part?.endS ?? null,
        download: download ? 1 : 0,
        created_at: createdAt,
        expires_at: expiresAt,
        opened: 0,
      })
      .execute();
  }

  async byToken(tokenHash: string): Promise<{ link: ShareLink; passwordHash: string | null } | null> {
    const row = await this.sql.db
      .selectFrom('share_links')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    return row ? { link: toLink(row), passwordHash: row.password_hash } : null;
  }

  async get(id: string): Promise<ShareLink | null> {
    const row = await this.sql.db.selectFrom('share_links').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? toLink(row) : null;
  }

  async list(ownerId: string | null): Promise<ShareLink[]> {
    let query = this.sql.db.selectFrom('share_links').selectAll().orderBy('created_at', 'desc').orderBy('id');
    if (ownerId !== null) query = query.where('owner', '=', ownerId);
    return (await query.execute()).map(toLink);
  }

  async revoke(id: string, ownerId: string | null): Promise<boolean> {
    let query = this.sql.db.deleteFrom('share_links').where('id', '=', id);
    if (ownerId !== null) query = query.where('owner', '=', ownerId);
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async opened(id: string): Promise<void> {
    await this.sql.db
      .updateTable('share_links')
      .set({ opened: raw`opened + 1`, opened_at: now() })
      .where('id', '=', id)
      .execute();
  }

  async countOpen(ownerId: string): Promise<number> {
    const { count } = await this.sql.db
      .selectFrom('share_links')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('owner', '=', ownerId)
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now())]))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async dropExpired(before: string): Promise<void> {
    await this.sql.db.deleteFrom('share_links').where('expires_at', '<', before).execute();
  }
}

const toLink = (row: Selectable<Schema['share_links']>): ShareLink => ({
  id: row.id,
  ownerId: row.owner,
  kind: row.kind as ShareLink['kind'],
  subjectId: row.subject,
  name: row.name,
  part: row.start_s === null || row.end_s === null ? null : { startS: row.start_s, endS: row.end_s },
  download: row.download === 1,
  hasPassword: row.password_hash !== null,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  opened: row.opened,
  openedAt: row.opened_at,
});
