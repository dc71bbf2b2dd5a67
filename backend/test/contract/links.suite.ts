import { beforeEach, describe, expect, it } from 'vitest';
import type { ShareLink } from '../../src/domain/links/links.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';

const linkOf = (id: string, given: Partial<ShareLink> = {}): ShareLink => ({
  id,
  ownerId: 'ann',
  kind: 'sound',
  subjectId: 's1',
  name: 'Rain',
  part: null,
  download: false,
  hasPassword: false,
  createdAt: '2026-11-29T08:00:00.000Z',
  expiresAt: null,
  opened: 0,
  openedAt: null,
  ...given,
});

/** What every `LinkRepository` and `AuditLog` does. */
export function linkSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let links: Library['links'];
  beforeEach(() => ({ links } = library));

  it('keeps a link as it was made, and finds it by the hash of its token alone', async () => {
    const part = { startS: 1.25, endS: 2.5 };
    const link = linkOf('l1', { part, download: true, hasPassword: true, expiresAt: '2026-12-01T00:00:00.000Z' });
    await links.add(link, { tokenHash: 'hash', passwordHash: 'secret' });
    expect(await links.byToken('hash')).toEqual({ link, passwordHash: 'secret' });
    expect(await links.byToken('other')).toBeNull();
    expect(await links.get('l1')).toEqual(link);
    await links.opened('l1');
    await links.opened('l1');
    const opened = await links.get('l1');
    expect(opened).toMatchObject({ opened: 2 });
    expect(opened?.openedAt).toMatch(/^\d{4}-/);
  });

  it('lists and revokes those of one owner, or of all', async () => {
    for (const [id, ownerId, at] of [
      ['l1', 'ann', '08'],
      ['l2', 'ben', '09'],
      ['l3', 'ann', '10'],
    ] as const) {
      const link = linkOf(id, { ownerId, createdAt: `2026-11-29T${at}:00:00.000Z` });
      await links.add(link, { tokenHash: id, passwordHash: null });
    }
    const ids = async (owner: string | null): Promise<string[]> => (await links.list(owner)).map(({ id }) => id);
    expect([await ids('ann'), await ids(null)]).toEqual([
      ['l3', 'l1'],
      ['l3', 'l2', 'l1'],
    ]);
    expect(await links.revoke('l2', 'ann')).toBe(false);
    expect(await links.revoke('l3', 'ann')).toBe(true);
    expect(await links.revoke('l2', null)).toBe(true);
    expect(await links.byToken('l3')).toBeNull();
    expect(await ids(null)).toEqual(['l1']);
  });

  describe('the audit log', () => {
    it('is filtered, read from the newest on, and pruned', async () => {
      const { audit } = library;
      for (const [at, what, status] of [
        ['2026-01-01T00:00:00.000Z', 'login', 200],
        ['2026-02-01T00:00:00.000Z', 'addKey', 201],
        ['2026-03-01T00:00:00.000Z', 'addKey', 403],
      ] as const) {
        const who = { actorKind: 'user' as const, actorId: 'u1', userId: 'u1', name: 'Ann', address: '192.0.2.1' };
        await audit.add({ at, ...who, what, subject: null, subjects: [], count: 0, status, requestId: 'r' });
      }
      const seen = async (filter: Parameters<typeof audit.list>[0], below: number | null = null): Promise<string[]> =>
        (await audit.list(filter, { limit: 10, below })).map(({ at, what }) => `${at.slice(5, 7)} ${what}`);
      expect(await seen({})).toEqual(['03 addKey', '02 addKey', '01 login']);
      expect(await seen({ what: 'addKey', allowed: false })).toEqual(['03 addKey']);
      expect(await seen({ userId: 'u1', before: '2026-02-01T00:00:00.000Z' })).toEqual(['02 addKey', '01 login']);
      const [newest] = await audit.list({}, { limit: 1, below: null });
      expect(typeof newest!.id).toBe('number');
      expect(await seen({}, newest!.id)).toEqual(['02 addKey', '01 login']);
      const subjects = Array.from({ length: 1200 }, (_, n) => `sound ${n}`);
      const many = { what: 'deleteSounds', subject: null, subjects, count: 1200, status: 200, requestId: 'r' };
      const who = { actorKind: 'key' as const, actorId: 'k', userId: 'u1', name: 'Ann', address: '192.0.2.1' };
      await audit.add({ at: '2026-02-02T00:00:00.000Z', ...who, ...many });
      const [found] = await audit.list({ subject: 'sound 1199' }, { limit: 10, below: null });
      expect(found).toMatchObject({ what: 'deleteSounds', count: 1200, subjects: subjects.slice(0, 20) });
      expect(await audit.prune('2026-02-15T00:00:00.000Z', 10)).toBe(3);
      expect(await seen({ subject: 'sound 1199' })).toEqual([]);
      expect(await seen({})).toEqual(['03 addKey']);
    });
  });
}
