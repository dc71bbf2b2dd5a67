import { describe, expect, it } from 'vitest';
import { Browser, installation } from '../support/accounts.js';

const PASSWORD = 'for my ears';
const in_ = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

interface Made {
  id: string;
  path: string;
}

/** An installation with a sound in it, an editor, and a guest who has no account. */
async function shop() {
  const it_ = await installation();
  const sound = it_.world.add('rain on a tin roof', { filename: 'rain.wav', title: 'Rain', durationS: 2 });
  const other = it_.world.add('a secret', { filename: 'secret.wav', durationS: 2 });
  const eve = await it_.somebody('Eve', 'editor', '192.0.2.3');
  const link = (given: object = {}): Promise<Made> =>
    eve.json<Made>('POST', '/api/v1/links', { soundId: sound.id, expiresAt: in_(60_000), ...given });
  const guest = new Browser(it_.app, '203.0.113.5');
  const open = (made: Made, password: string | null = null, by = guest): Promise<Response> =>
    by.ask('POST', '/api/v1/shared', { token: made.path.split('#')[1], password });
  const address = ({ id }: Made, what = 'stream', soundId = sound.id): string =>
    `/api/v1/shared/${id}/sounds/${soundId}/${what}`;
  const status = async (path: string, by = guest): Promise<number> => (await by.ask('GET', path)).status;
  return { ...it_, sound, other, eve, link, guest, open, address, status };
}

describe('a link', () => {
  it('lets somebody without an account hear one sound, and nothing else', async () => {
    const { link, open, address, status, guest, sound, other, world, eve } = await shop();
    const made = await link();
    expect(await status(address(made))).toBe(404);
    const answer = await open(made);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      kind: 'sound',
      name: 'Rain',
      download: false,
      sounds: [{ id: sound.id, name: 'Rain', durationS: 2 }],
    });
    const cookie = guest.set.get('traum_link')!;
    expect(cookie).toMatch(new RegExp(`HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly`));
    expect(cookie).toContain(`Path=/api/v1/shared/${made.id}`);
    const stream = await guest.ask('GET', address(made));
    expect([stream.status, await stream.text()]).toEqual([200, 'rain on a tin roof']);
    // A copy that was kept is asked about each time: the link may have been revoked.
    expect(stream.headers.get('cache-control')).toBe('private, no-cache');
    const again = { 'if-none-match': stream.headers.get('etag')! };
    expect((await guest.ask('GET', address(made), undefined, again)).status).toBe(304);
    await eve.ask('DELETE', `/api/v1/links/${(await link()).id}`);
    expect((await guest.ask('GET', address(made), undefined, { range: 'bytes=0-3' })).status).toBe(206);
    expect(await status(address(made, 'download'))).toBe(403);
    expect(await status(address(made, 'stream', other.id))).toBe(404);
    for (const path of [
      '/audio/files',
      `/audio/files/${sound.id}`,
      `/audio/files/${sound.id}/stream`,
      '/search?q=rain',
    ]) {
      expect(await status(`/api/v1${path}`)).toBe(401);
    }
    // The pass is no token.
    const pass = guest.cookies.get('traum_link')!.value;
    const bearer = { authorization: `Bearer ${pass}` };
    expect((await guest.ask('GET', '/api/v1/audio/files', undefined, bearer)).status).toBe(401);
    const second = await link();
    const forged = { cookie: `traum_link=${pass}` };
    expect((await new Browser(guest.app).ask('GET', address(second), undefined, forged)).status).toBe(404);
    expect(JSON.stringify(world.logged)).not.toContain(made.path.split('#')[1]);
  });

  it('is for listening, or for taking along; of a moment nothing else is given', async () => {
    const { link, open, address, guest, status, sound } = await shop();
    const whole = await link({ download: true });
    await open(whole);
    const file = await guest.ask('GET', address(whole, 'download'));
    expect(file.headers.get('content-disposition')).toMatch(/^attachment/);
    const moment = await link({ part: { startS: 0.5, endS: 1 }, download: true });
    expect(await (await open(moment)).json()).toMatchObject({
      part: { startS: 0.5, endS: 1 },
      sounds: [{ name: 'Rain', durationS: 0.5 }],
    });
    for (const what of ['stream', 'stream?as=wav', 'download']) {
      const answer = await guest.ask('GET', address(moment, what));
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav']);
      expect(Number(answer.headers.get('content-length'))).toBe(44 + 22_050 * 4);
      // Neither the hash nor the name of the file, nor how long the whole is.
      expect(JSON.stringify([...answer.headers])).not.toMatch(new RegExp(`${sound.sha256}|rain\\.wav|0\\.5-1`));
      expect(answer.headers.get('content-disposition')).toContain('filename="Rain.wav"');
      const etag = answer.headers.get('etag')!;
      expect((await guest.ask('GET', address(moment, what), undefined, { 'if-none-match': etag })).status).toBe(304);
      await answer.body?.cancel();
    }
    expect(await status(address(moment, 'region'))).toBe(404);
    const toTheEnd = await link({ part: { startS: 1.5, endS: 100 } });
    expect(await (await open(toTheEnd)).json()).toMatchObject({ sounds: [{ durationS: 0.5 }] });
  });

  it('to a moment that is none any more says nothing of the sound', async () => {
    const { link, open, address, guest, sound, world } = await shop();
    const moment = await link({ part: { startS: 1, endS: 1.5 } });
    await open(moment);
    world.sounds.set(sound.id, { ...sound, durationS: 0.7 });
    for (const answer of [await open(moment), await guest.ask('GET', address(moment))]) {
      expect([answer.status, await answer.json()]).toMatchObject([404, { reasons: [{ id: 'link_gone' }] }]);
    }
  });

  it('shows the covers of what it shares, and no others', async () => {
    const { link, open, address, guest, status, sound, other, world } = await shop();
    const cover = '5f70bf18a086007016e948b04aed3b82';
    world.sounds.set(sound.id, { ...sound, cover });
    world.pictures.set(cover, Uint8Array.from([0xff, 0xd8, 0xff]));
    const made = await link();
    expect(await status(address(made, 'cover'))).toBe(404);
    expect(await (await open(made)).json()).toMatchObject({ sounds: [{ hasCover: true }] });
    const picture = await guest.ask('GET', address(made, 'cover?size=96'));
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(picture.headers.get('cache-control')).toBe('private, no-cache');
    expect((await picture.arrayBuffer()).byteLength).toBe(3);
    const again = { 'if-none-match': picture.headers.get('etag')! };
    expect((await guest.ask('GET', address(made, 'cover?size=96'), undefined, again)).status).toBe(304);
    expect(await status(address(made, 'cover', other.id))).toBe(404);
    expect(await status(`/api/v1/covers/${cover}`)).toBe(401);

    const moment = await link({ part: { startS: 0.5, endS: 1 } });
    expect(await (await open(moment)).json()).toMatchObject({ sounds: [{ hasCover: false }] });
    expect(await status(address(moment, 'cover'))).toBe(404);
    world.sounds.set(sound.id, { ...sound, cover: null });
    await open(made);
    expect(await status(address(made, 'cover'))).toBe(404);
  });

  it('is not opened, and not counted, while its sound is in the bin', async () => {
    const { link, open, sound, eve } = await shop();
    const made = await link();
    await eve.ask('DELETE', `/api/v1/audio/files/${sound.id}`);
    expect((await open(made)).status).toBe(404);
    const opened = async () =>
      (await eve.json<{ items: { opened: number }[] }>('GET', '/api/v1/links')).items.map((item) => item.opened);
    expect(await opened()).toEqual([0]);
    await eve.json('POST', '/api/v1/bin/restore', { soundIds: [sound.id] });
    expect((await open(made)).status).toBe(200);
    expect(await opened()).toEqual([1]);
  });

  it('is one of a thousand that are open; those that have expired take nobody a place', async () => {
    const { link, eve, sound, deps } = await shop();
    const { id: ownerId } = await eve.json<{ id: string }>('GET', '/api/v1/auth/me');
    const actor = { kind: 'user' as const, id: ownerId, ownerId, rights: new Set(['edit', 'read'] as const) };
    const given = { kind: 'sound' as const, subjectId: sound.id, part: null, download: false, password: null };
    for (let n = 0; n < 1000; n++) await deps.links.add(actor, { ...given, expiresAt: in_(-1000) });
    for (let n = 0; n < 1000; n++) await deps.links.add(actor, { ...given, expiresAt: null });
    await expect(link()).rejects.toThrow(/409/);
    const [first] = await deps.links.list(actor);
    await deps.links.revoke(actor, first!.id);
    await link();
  }, 120_000);

  it('keeps guests waiting for each other, not for ever, and nobody else for them', async () => {
    const { link, open, address, guest, eve, sound, app } = await shop();
    const made = await link({ part: { startS: 0, endS: 1 } });
    await open(made);
    const { value } = guest.cookies.get('traum_link')!;
    const from = (place: string): Promise<Response> =>
      new Browser(app, place).ask('GET', address(made), undefined, { cookie: `traum_link=${value}` });
    // Nobody reads what comes: all of them go on.
    const here = await Promise.all(Array.from({ length: 10 }, () => from('203.0.113.5')));
    expect(here.filter(({ status }) => status === 200)).toHaveLength(8);
    const refused = here.find(({ status }) => status === 429)!;
    expect([refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      '5',
      { reasons: [{ id: 'guests_too_many' }] },
    ]);
    const others = await Promise.all(Array.from({ length: 40 }, (_, n) => from(`198.51.100.${n + 1}`)));
    expect(others.filter(({ status }) => status === 200)).toHaveLength(8);
    expect(others.filter(({ status }) => status === 429)).toHaveLength(32);
    const region = await eve.ask('GET', `/api/v1/audio/files/${sound.id}/region?startS=0&endS=1`);
    expect(region.status).toBe(200);
    // Whoever has heard it, or gives up, makes room.
    for (const answer of [...here, ...others]) await answer.body?.cancel().catch(() => undefined);
    expect((await from('203.0.113.5')).status).toBe(200);
  });

  it('with a password opens with it alone, and is shut to guessers', async () => {
    const { link, open, address, status, guest, app, world } = await shop();
    const made = await link({ password: PASSWORD });
    const asked = await open(made);
    expect([asked.status, await asked.json()]).toMatchObject([401, { reasons: [{ id: 'link_password_needed' }] }]);
    expect(await status(address(made))).toBe(404);
    for (let n = 0; n < 5; n++) expect((await open(made, `guess ${n}`)).status).toBe(401);
    const shut = await open(made, PASSWORD);
    expect([shut.status, shut.headers.get('retry-after')]).toEqual([429, '30']);
    const tried = world.logged.filter(({ message }) => message === 'wrong password for a link');
    expect(tried.map(({ fields }) => fields)).toEqual(Array(5).fill({ client: '203.0.113.5', link: made.id }));
    const elsewhere = new Browser(app, '198.51.100.9');
    expect((await open(made, PASSWORD, elsewhere)).status).toBe(200);
    expect(await status(address(made), elsewhere)).toBe(200);
    expect(guest.cookies.has('traum_link')).toBe(false);
  });

  it('ends when it expires, is revoked, or whoever made it may not share any more', async () => {
    const { link, open, address, status, eve, ada } = await shop();
    const short = await link({ expiresAt: in_(900) });
    expect((await open(short)).status).toBe(200);
    expect(await status(address(short))).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect([await status(address(short)), (await open(short)).status]).toEqual([404, 404]);

    const revoked = await link();
    await open(revoked);
    expect((await eve.ask('DELETE', `/api/v1/links/${revoked.id}`)).status).toBe(204);
    expect([await status(address(revoked)), (await open(revoked)).status]).toEqual([404, 404]);

    const users = await ada.json<{ items: { id: string; name: string }[] }>('GET', '/api/v1/users');
    const { id } = users.items.find(({ name }) => name === 'Eve')!;
    for (const [change, back] of [
      [{ role: 'viewer' }, { role: 'editor' }],
      [{ off: true }, { off: false }],
    ]) {
      const made = await link().catch(async () => (await eve.signIn('Eve'), link()));
      await open(made);
      await ada.json('PATCH', `/api/v1/users/${id}`, change);
      expect([await status(address(made)), (await open(made)).status]).toEqual([404, 404]);
      await ada.json('PATCH', `/api/v1/users/${id}`, back);
      expect(await status(address(made))).toBe(200);
    }
    const last = await link().catch(async () => (await eve.signIn('Eve'), link()));
    expect((await ada.ask('DELETE', `/api/v1/users/${id}`)).status).toBe(204);
    expect((await open(last)).status).toBe(404);
  });

  it('is listed and revoked by whoever made it and by admins; made by nobody who may not change sounds, nor by keys', async () => {
    const { link, open, sound, other, eve, ada, somebody, app } = await shop();
    const made = await link();
    await open(made);
    const list = async (by: Browser) =>
      (await by.json<{ items: { id: string; opened: number }[] }>('GET', '/api/v1/links')).items;
    expect(await list(eve)).toMatchObject([{ id: made.id, name: 'Rain', opened: 1, hasPassword: false }]);
    expect(JSON.stringify(await list(eve))).not.toContain(made.path.split('#')[1]);
    const own = await ada.json<Made>('POST', '/api/v1/links', { soundId: other.id, expiresAt: null });
    expect((await list(ada)).map(({ id }) => id).sort()).toEqual([made.id, own.id].sort());
    const ed = await somebody('Ed', 'editor');
    expect(await list(ed)).toEqual([]);
    expect((await ed.ask('DELETE', `/api/v1/links/${made.id}`)).status).toBe(404);
    expect((await eve.ask('DELETE', `/api/v1/links/${own.id}`)).status).toBe(404);
    expect((await ada.ask('DELETE', `/api/v1/links/${made.id}`)).status).toBe(204);

    const body = { soundId: sound.id, expiresAt: null };
    const vera = await somebody('Vera', 'viewer');
    expect((await vera.ask('POST', '/api/v1/links', body)).status).toBe(403);
    const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'k', scopes: ['edit'] });
    const byKey = await new Browser(app).ask('POST', '/api/v1/links', body, { authorization: `Bearer ${secret}` });
    expect(byKey.status).toBe(403);
  });

  it('is no business of keys: they revoke none, neither their owner’s nor others’', async () => {
    const { link, eve, ada, app } = await shop();
    const made = await link();
    for (const [by, scopes] of [
      [eve, ['edit']],
      [ada, ['edit']],
      [ada, ['admin']],
    ] as const) {
      const { secret } = await by.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'k', scopes });
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await new Browser(app).ask('DELETE', `/api/v1/links/${made.id}`, undefined, headers);
      expect([answer.status, await answer.json()]).toMatchObject([403, { reasons: [{ id: 'keys_by_people' }] }]);
    }
    expect((await eve.ask('DELETE', `/api/v1/links/${made.id}`)).status).toBe(204);
  });

  it('is not made to nothing, to two things, in the past, or to a moment that is none', async () => {
    const { eve, sound } = await shop();
    const id = '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55';
    const statusOf = async (body: object): Promise<number> =>
      (await eve.ask('POST', '/api/v1/links', { expiresAt: null, ...body })).status;
    expect(await statusOf({ soundId: id })).toBe(404);
    expect(await statusOf({ collectionId: id })).toBe(404);
    for (const body of [
      {},
      { soundId: sound.id, collectionId: id },
      { soundId: sound.id, expiresAt: '2020-01-01T00:00:00Z' },
      { soundId: sound.id, password: 'short' },
      { soundId: sound.id, part: { startS: 1, endS: 1 } },
      { soundId: sound.id, part: { startS: 5, endS: 6 } },
      { soundId: sound.id, part: { startS: 1, endS: 1.000001 } },
      { soundId: sound.id, part: { startS: 1.999999, endS: 6 } },
      { soundId: sound.id, expiresAt: '9999-12-31T23:59:59-14:00' },
      { collectionId: id, part: { startS: 0, endS: 1 } },
    ]) {
      expect(await statusOf(body)).toBe(422);
    }
    for (const part of ['startS=1&endS=1.000001', 'startS=1.999999&endS=6']) {
      expect((await eve.ask('GET', `/api/v1/audio/files/${sound.id}/region?${part}`)).status).toBe(422);
    }
  });
});
