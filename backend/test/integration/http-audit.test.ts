import { describe, expect, it } from 'vitest';
import { installation, Browser, PASSWORD } from '../support/accounts.js';

interface Line {
  what: string;
  name: string | null;
  actorKind: string;
  userId: string | null;
  subject: string | null;
  status: number;
  address: string;
}
interface Page {
  items: Line[];
  nextCursor: string | null;
}

/** What happened, as short as it can be told. */
const told = ({ items }: Page): string[] =>
  items.map(
    ({ name, what, status, actorKind }) => `${name ?? '?'} ${what} ${status}${actorKind === 'key' ? ' key' : ''}`,
  );

describe('the audit log', () => {
  it('says who did what, from where, also what they were not let do', async () => {
    const { ada, app, somebody } = await installation();
    const victor = await somebody('Victor', 'viewer', '198.51.100.7');
    await ada.json('POST', '/api/v1/collections', { name: 'One' });
    await victor.ask('POST', '/api/v1/collections', { name: 'Two' });
    await victor.ask('GET', '/api/v1/audio/files');
    const sound = '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55';
    await ada.ask('DELETE', `/api/v1/audio/files/${sound}`);
    const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'x', scopes: ['edit'] });
    await app.request('/api/v1/search/history', { method: 'DELETE', headers: { 'x-api-key': secret } });
    await victor.ask('POST', '/api/v1/auth/logout');

    const page = await ada.json<Page>('GET', '/api/v1/audit');
    expect(told(page)).toEqual([
      'Victor logout 204',
      'Ada clearSearchHistory 204 key',
      'Ada addKey 201',
      'Ada deleteSound 404',
      'Victor createCollection 403',
      'Ada createCollection 201',
      'Victor login 200',
      'Ada addUser 201',
      'Ada setUp 201',
    ]);
    expect(page.items[3]).toMatchObject({ subject: sound, userId: 'local', address: '192.0.2.1' });
    expect(page.items[4]).toMatchObject({ address: '198.51.100.7' });
    expect(JSON.stringify(page)).not.toMatch(/four words|traum_/);
  });

  it('has wrong passwords by the account that they were tried at, and nothing of who merely knocks', async () => {
    const { ada, app } = await installation();
    const stranger = new Browser(app, '203.0.113.9');
    await stranger.signIn('Ada', 'a wrong one');
    await stranger.signIn('my password typed as a name', PASSWORD);
    await stranger.ask('POST', '/api/v1/collections', { name: 'x' });
    const page = await ada.json<Page>('GET', '/api/v1/audit?allowed=false');
    expect(page.items).toMatchObject([
      { what: 'login', status: 401, actorKind: 'nobody', userId: 'local', address: '203.0.113.9' },
    ]);
  });

  it('is filtered, read page by page, and exported; only admins see it', async () => {
    const { ada, somebody } = await installation();
    const edith = await somebody('Edith', 'editor');
    for (const name of ['=One', 'Two', 'Three']) await edith.json('POST', '/api/v1/collections', { name });
    const { id } = await edith.json<{ id: string }>('GET', '/api/v1/auth/me');
    await edith.json('PATCH', '/api/v1/auth/me', { name: '=Edith' });
    await edith.ask('DELETE', '/api/v1/collections/none');
    expect((await edith.ask('GET', '/api/v1/audit')).status).toBe(403);
    expect((await edith.ask('GET', '/api/v1/audit/export')).status).toBe(403);
    const first = await ada.json<Page>('GET', `/api/v1/audit?user=${id}&limit=2`);
    expect(told(first)).toEqual(['=Edith exportAudit 403', '=Edith deleteCollection 404']);
    const rest = await ada.json<Page>('GET', `/api/v1/audit?user=${id}&cursor=${first.nextCursor}`);
    expect([told(rest).length, rest.nextCursor]).toEqual([5, null]);
    expect((await ada.json<Page>('GET', '/api/v1/audit?what=createCollection&allowed=true')).items).toHaveLength(3);
    expect((await ada.json<Page>('GET', '/api/v1/audit?before=2020-01-01')).items).toEqual([]);
    expect((await ada.ask('GET', '/api/v1/audit?cursor=odd')).status).toBe(422);

    const csv = await (await ada.ask('GET', `/api/v1/audit/export?user=${id}`)).text();
    expect(csv.trim().split('\r\n')).toHaveLength(8);
    expect(csv).toContain(",'=Edith,");
    const json = (await (await ada.ask('GET', '/api/v1/audit/export?format=json&what=setUp')).json()) as Line[];
    expect(json).toMatchObject([{ what: 'setUp', name: 'Ada' }]);
    const none = await ada.ask('GET', '/api/v1/audit/export?format=json&what=nothing');
    expect(await none.json()).toEqual([]);
    const told3 = await ada.json<Page>('GET', '/api/v1/audit?what=exportAudit');
    expect(told(told3)).toEqual([...Array<string>(3).fill('Ada exportAudit 200'), '=Edith exportAudit 403']);
  });

  it('keeps nothing when it is turned off, and forgets what is older than it is kept', async () => {
    const { world } = await installation();
    const off = world.audit(0);
    const kept = world.audit(30);
    const deed = {
      at: '2026-01-01T00:00:00.000Z',
      actorKind: 'user' as const,
      actorId: 'a',
      userId: 'a',
      name: 'Ada',
      address: '192.0.2.1',
      what: 'deleteSound',
      subject: null,
      status: 204,
      requestId: 'r',
    };
    await off.service.note(deed);
    expect(await off.log.list({}, { limit: 10, below: null })).toEqual([]);
    await kept.service.note(deed);
    await kept.service.note({ ...deed, at: new Date().toISOString() });
    await kept.service.prune();
    expect(await kept.log.list({}, { limit: 10, below: null })).toHaveLength(1);
  });
});
