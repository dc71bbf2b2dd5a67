import { describe, expect, it } from 'vitest';
import { installation, Browser, PASSWORD } from '../support/accounts.js';

interface Line {
  what: string;
  name: string | null;
  actorKind: string;
  userId: string | null;
  subject: string | null;
  subjects: string[];
  count: number;
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
    // What concerns nobody else has no line.
    for (const path of ['search/history', `audio/files/${sound}`]) {
      await app.request(`/api/v1/${path}`, { method: 'DELETE', headers: { 'x-api-key': secret } });
    }
    await victor.ask('POST', '/api/v1/auth/logout');

    const page = await ada.json<Page>('GET', '/api/v1/audit');
    expect(told(page)).toEqual([
      'Victor logout 204',
      'Ada deleteSound 404 key',
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

  it('says to what it was done, also where that stands in the body or the answer, and to how many', async () => {
    const { ada, somebody, world } = await installation();
    const victor = await somebody('Victor', 'viewer');
    const ids = Array.from({ length: 30 }, (_, n) => world.add(`sound ${n}`).id);
    const gone = '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55';
    const last = async (query = ''): Promise<Line> =>
      (await ada.json<Page>('GET', `/api/v1/audit?limit=1${query}`)).items[0]!;
    const { id } = await ada.json<{ id: string }>('POST', '/api/v1/collections', { name: 'One' });
    expect(await last()).toMatchObject({ what: 'createCollection', subject: id, subjects: [], count: 1 });
    await ada.json('POST', `/api/v1/collections/${id}/sounds`, { soundIds: [ids[0], ids[1], gone] });
    // These collections know none of the sounds: to none of those that were named it was done.
    expect(await last()).toMatchObject({ subject: id, subjects: [ids[0], ids[1], gone], count: 0 });
    const link = await ada.json<{ id: string }>('POST', '/api/v1/links', { soundId: ids[0], expiresAt: null });
    expect(await last()).toMatchObject({ what: 'addLink', subject: ids[0], count: 1 });
    await ada.ask('DELETE', `/api/v1/links/${link.id}`);
    expect(await last()).toMatchObject({ what: 'revokeLink', subject: link.id, count: 1 });
    await ada.json('POST', '/api/v1/audio/files/tags', { ids: [ids[2], ids[3]], add: ['wet'] });
    expect(await last()).toMatchObject({ subject: null, subjects: [ids[2], ids[3]], count: 2 });
    const tried = { ids: [ids[4], ids[5]] };
    // As every client does that sends a body at once.
    const length = { 'content-length': String(JSON.stringify(tried).length) };
    await victor.ask('POST', '/api/v1/audio/files/delete', tried, length);
    expect(await last()).toMatchObject({ status: 403, name: 'Victor', subjects: [ids[4], ids[5]], count: 2 });
    await ada.json('POST', '/api/v1/audio/files/delete', { ids: [...ids, gone] });
    const deleted = await last();
    expect(deleted).toMatchObject({ what: 'deleteSounds', subject: null, count: 30 });
    expect(deleted.subjects).toEqual(ids.slice(0, 20));
    // Each of them finds it, also those that are not shown.
    for (const sound of [ids[0]!, ids[29]!]) {
      expect(await last(`&subject=${sound}&what=deleteSounds&allowed=true`)).toMatchObject({ count: 30 });
    }
    expect((await ada.json<Page>('GET', `/api/v1/audit?subject=${gone}&what=deleteSounds`)).items).toEqual([]);
    await ada.json('POST', '/api/v1/audio/files/delete', { ids: [gone] });
    expect(await last()).toMatchObject({ subjects: [gone], count: 0 });
    await ada.json('POST', '/api/v1/bin/restore', { all: true });
    expect(await last()).toMatchObject({ what: 'restoreFromBin', count: 30 });
    await ada.json('POST', '/api/v1/audio/files/delete', { ids });
    await ada.json('DELETE', '/api/v1/bin');
    expect(await last()).toMatchObject({ what: 'emptyBin', subject: null, count: 30 });
    const user = await ada.json<{ id: string }>('POST', '/api/v1/users', {
      name: 'Zoe',
      role: 'viewer',
      password: PASSWORD,
    });
    expect(await last()).toMatchObject({ what: 'addUser', subject: user.id, count: 1 });
    const form = new FormData();
    form.append('files', new File(['one'], 'one.wav'));
    form.append('files', new File(['two'], 'two.wav'));
    const cookie = [...ada.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const sent = await ada.app.request('/api/v1/audio/upload', { method: 'POST', body: form, headers: { cookie } });
    const { uploads } = (await sent.json()) as { uploads: { soundId: string }[] };
    expect(await last()).toMatchObject({ what: 'uploadAudio', subjects: uploads.map((one) => one.soundId), count: 2 });
    const csv = await (await ada.ask('GET', '/api/v1/audit/export?what=tagSounds')).text();
    expect(csv).toContain(`,2,${ids[2]} ${ids[3]},200,`);
  });

  it('refuses times that have more than four figures for the year', async () => {
    const { ada } = await installation();
    for (const time of ['9999-12-31T23:00:00-02:00', '0000-01-01T00:00:00%2B02:00']) {
      for (const name of ['after', 'before']) {
        const answer = await ada.ask('GET', `/api/v1/audit?${name}=${time}`);
        expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('0000 to 9999')]);
      }
      expect((await ada.ask('GET', `/api/v1/audio/files?addedAfter=${time}`)).status).toBe(422);
    }
    expect((await ada.ask('GET', '/api/v1/audit?before=9999-12-31')).status).toBe(200);
    for (const tz of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
      for (const day of ['addedBefore=9999-12-31', 'addedAfter=0000-01-01', 'addedAfter=0999-01-01']) {
        expect((await ada.ask('GET', `/api/v1/audio/files?${day}&tz=${tz}`)).status, `${day} ${tz}`).toBe(200);
      }
    }
    const expiresAt = '9999-12-31T23:59:59-14:00';
    const key = await ada.ask('POST', '/api/v1/keys', { name: 'x', scopes: ['read'], expiresAt });
    expect(key.status).toBe(422);
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
      subjects: ['a', 'b'],
      count: 2,
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
