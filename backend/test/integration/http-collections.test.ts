import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { openDatabase, SqlCollectionRepository, SqlJobRepository, storageOver } from '../../src/adapters/sql/index.js';
import { CollectionBinService } from '../../src/domain/collections/collection-bin.service.js';
import { CollectionsService } from '../../src/domain/collections/collections.service.js';
import { createApp } from '../../src/http/app.js';
import { newSound } from '../contract/fixtures.js';
import { FakeWorld } from '../support/fakes.js';
import { forAll, openToAll } from '../support/viewers.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
let world: FakeWorld;
/** Made by the first request. */
let app: ReturnType<typeof createApp> | null;
let jobs: SqlJobRepository;
let collections: CollectionsService;
let bin: CollectionBinService;
let binOf: (keptDays: number, now?: () => number) => CollectionBinService;

beforeEach(() => {
  world = new FakeWorld();
  const db = openDatabase(':memory:');
  jobs = new SqlJobRepository(storageOver(db));
  const lists = forAll(new SqlCollectionRepository(storageOver(db)));
  collections = new CollectionsService({ collections: lists, events: world.events });
  binOf = (keptDays, now) =>
    new CollectionBinService({
      collections: lists,
      access: openToAll,
      keptDays,
      events: world.events,
      leads: () => Promise.resolve(true),
      logger: world.deps().logger,
      ...(now && { now }),
    });
  bin = binOf(30);
  app = null;
});

/** The same sound in the database of the collections and in the fake library. */
async function add(filename: string): Promise<string> {
  const sound = newSound(filename);
  await jobs.accept(sound);
  return world.add(filename, { id: sound.id, filename }).id;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  app ??= createApp(world.deps({ collections, collectionBin: bin }));
  const response = await app.request(`/api/v1${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, answer: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

describe('collections', () => {
  it('are made, renamed, described and deleted', async () => {
    const made = await call('POST', '/collections', { name: '  Field trip ' });
    expect(made).toMatchObject({ status: 201, answer: { name: 'Field trip', description: null, sounds: 0 } });
    const path = `/collections/${String(made.answer['id'])}`;
    const changed = await call('PATCH', path, { name: 'field TRIP', description: 'Lake' });
    expect(changed).toMatchObject({ status: 200, answer: { name: 'field TRIP', description: 'Lake' } });
    expect((await call('PATCH', path, { description: '' })).answer['description']).toBeNull();
    expect((await call('GET', '/collections')).answer).toMatchObject({ total: 1, items: [{ name: 'field TRIP' }] });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('lie in the bin when they were deleted, and come back as they were', async () => {
    const [a, b] = [await add('a.wav'), await add('b.wav')];
    const { id } = (await call('POST', '/collections', { name: 'Trip', description: 'Lake' })).answer as { id: string };
    await call('POST', `/collections/${id}/sounds`, { soundIds: [b, a] });
    expect((await call('DELETE', `/collections/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/collections/${id}`)).status).toBe(404);
    expect((await call('GET', '/collections')).answer).toMatchObject({ total: 0 });
    expect((await call('GET', `/collections?soundId=${a}`)).answer).toMatchObject({ total: 0 });
    expect((await call('POST', `/collections/${id}/sounds`, { soundIds: [a] })).status).toBe(404);
    const binned = await call('GET', '/bin/collections');
    expect(binned.answer).toMatchObject({ total: 1, items: [{ id, name: 'Trip', sounds: 2, erasable: true }] });

    const back = await call('POST', `/bin/collections/${id}/restore`);
    expect(back).toMatchObject({ status: 200, answer: { id, name: 'Trip', description: 'Lake', sounds: 2 } });
    const { items } = (await call('GET', `/collections/${id}/sounds`)).answer as { items: { id: string }[] };
    expect(items.map((sound) => sound.id)).toEqual([b, a]);
    expect(await call('POST', `/bin/collections/${id}/restore`)).toMatchObject({
      status: 404,
      answer: { reasons: [{ id: 'collection_not_in_bin' }] },
    });
  });

  it('do not come back from the bin under a name that another one has taken', async () => {
    const { id } = (await call('POST', '/collections', { name: 'Drums' })).answer as { id: string };
    await call('DELETE', `/collections/${id}`);
    const other = await call('POST', '/collections', { name: 'DRUMS' });
    expect(other.status).toBe(201);
    expect((await call('POST', `/bin/collections/${id}/restore`)).status).toBe(409);
    await call('PATCH', `/collections/${String(other.answer['id'])}`, { name: 'New drums' });
    expect((await call('POST', `/bin/collections/${id}/restore`)).status).toBe(200);
  });

  it('come back with all of the bin, but for those whose name is taken', async () => {
    const sound = await add('a.wav');
    const make = async (name: string): Promise<string> =>
      String((await call('POST', '/collections', { name })).answer['id']);
    const [trip, drums] = [await make('Trip'), await make('Drums')];
    await call('POST', `/collections/${trip}/sounds`, { soundIds: [sound] });
    for (const id of [trip, drums]) await call('DELETE', `/collections/${id}`);
    await call('DELETE', `/audio/files/${sound}`);
    await make('drums');
    expect((await call('POST', '/bin/restore', { soundIds: ['x'] })).answer).toMatchObject({ collections: [] });
    expect((await call('POST', '/bin/restore', { all: true })).answer).toEqual({
      restored: [sound],
      notFound: [],
      collections: [trip],
      nameTaken: [drums],
    });
    expect((await call('GET', `/collections/${trip}`)).answer).toMatchObject({ name: 'Trip', sounds: 1 });
    expect((await call('GET', '/bin/collections')).answer).toMatchObject({ total: 1, items: [{ id: drums }] });
  });

  it('are gone for good when it is asked for, without a bin, with all of the bin, and after its days', async () => {
    const make = async (name: string): Promise<string> =>
      String((await call('POST', '/collections', { name })).answer['id']);
    const left = async (): Promise<unknown> => (await call('GET', '/bin/collections')).answer['total'];
    const [now, binned, off, emptied, old] = [
      await make('a'),
      await make('b'),
      await make('c'),
      await make('d'),
      await make('e'),
    ];
    expect((await call('DELETE', `/collections/${now}?permanent=true`)).status).toBe(204);
    await call('DELETE', `/collections/${binned}`);
    expect(await left()).toBe(1);
    expect((await call('DELETE', `/collections/${binned}?permanent=true`)).status).toBe(204);
    expect(await left()).toBe(0);
    await binOf(0).delete(LOCAL, off);
    expect(await left()).toBe(0);
    expect((await call('GET', `/collections/${off}`)).status).toBe(404);
    await call('DELETE', `/collections/${emptied}`);
    expect((await call('DELETE', '/bin')).answer).toMatchObject({ deleted: 0, collections: 1 });
    expect(await left()).toBe(0);
    await call('DELETE', `/collections/${old}`);
    await bin.purge();
    expect(await left()).toBe(1);
    await binOf(30, () => Date.now() + 31 * 86_400_000).purge();
    expect(await left()).toBe(0);
  });

  it('have names of their own', async () => {
    await call('POST', '/collections', { name: 'Drums' });
    const other = await call('POST', '/collections', { name: 'Keys' });
    const again = await call('POST', '/collections', { name: 'DRUMS' });
    expect(again).toMatchObject({ status: 409, answer: { code: 'conflict', errors: [{ path: 'name' }] } });
    expect((await call('PATCH', `/collections/${String(other.answer['id'])}`, { name: 'drums' })).status).toBe(409);
    expect((await call('POST', '/collections', { name: ' ' })).status).toBe(422);
    expect((await call('POST', '/collections', { name: 'x'.repeat(201) })).status).toBe(422);
  });

  it('take sounds in, let them out and change their order', async () => {
    const [a, b, c] = [await add('a.wav'), await add('b.wav'), await add('c.wav')];
    const path = `/collections/${String((await call('POST', '/collections', { name: 'All' })).answer['id'])}/sounds`;
    expect((await call('POST', path, { soundIds: [a, b, c, UNKNOWN] })).answer).toEqual({
      added: [a, b, c],
      already: [],
      notFound: [UNKNOWN],
    });
    expect((await call('POST', `${path}/move`, { soundIds: [c], before: a })).status).toBe(204);
    expect((await call('POST', `${path}/remove`, { soundIds: [a] })).answer).toEqual({ removed: [a], notFound: [] });
    expect((await call('GET', `${path}?limit=1`)).answer).toMatchObject({ total: 2, items: [{ filename: 'c.wav' }] });
    expect((await call('POST', path, { soundIds: [] })).status).toBe(422);
    expect((await call('POST', `/collections/${UNKNOWN}/sounds`, { soundIds: [a] })).status).toBe(404);
    expect((await call('GET', `${path}?cursor=nonsense`)).status).toBe(422);
  });

  it('are exported in their order', async () => {
    const [a, b] = [await add('a.wav'), await add('b.wav')];
    const { id } = await collections.create(LOCAL, 'Mix: one', null);
    await collections.add(LOCAL, id, [b, a]);
    const app = createApp(world.deps({ collections }));
    const list = await app.request(`http://localhost:8000/api/v1/collections/${id}/export?format=m3u8`, {
      headers: { host: 'localhost' },
    });
    expect(list.headers.get('content-disposition')).toMatch(/attachment; filename=".*Mix.*\.m3u8"/);
    const lines = (await list.text()).split('\n').filter((line) => line.startsWith('http'));
    expect(lines.map((line) => line.includes(b))).toEqual([true, false]);
    const zip = await app.request(`/api/v1/collections/${id}/export?format=zip`);
    const bytes = Buffer.concat(await Readable.fromWeb(zip.body! as never).toArray());
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    expect(bytes.indexOf('audio/b.wav')).toBeLessThan(bytes.indexOf('audio/a.wav'));
    expect((await app.request(`/api/v1/collections/${id}/export?format=exe`)).status).toBe(422);
  });
});

describe('many sounds', () => {
  it('get tags, with a reason for each that does not', async () => {
    const a = await add('a.wav');
    const { status, answer } = await call('POST', '/audio/files/tags', { ids: [a, UNKNOWN], add: ['wet'] });
    const undo = [{ ids: [a], add: [], remove: ['wet'], ownOnly: true }];
    expect([status, answer]).toEqual([200, { changed: 1, undo, failed: [{ id: UNKNOWN, code: 'not_found' }] }]);
    expect((await call('POST', '/audio/files/tags', { ids: [a] })).status).toBe(422);
    expect((await call('POST', '/audio/files/tags', { ids: [], add: ['x'] })).status).toBe(422);
    const tooMany = Array.from({ length: 10_001 }, () => a);
    expect((await call('POST', '/audio/files/tags', { ids: tooMany, add: ['x'] })).status).toBe(422);
  });

  it('are deleted with their files, thousands in one request', async () => {
    const ids = Array.from({ length: 3000 }, (_, at) => world.add(`sound ${at}`).id);
    const { answer } = await call('POST', '/audio/files/delete', { ids: [...ids, UNKNOWN] });
    expect(answer).toEqual({ deleted: ids, notFound: [UNKNOWN] });
    expect([world.sounds.size, world.binned.size, world.bytes.size]).toEqual([0, 3000, 3000]);
    const { answer: again } = await call('POST', '/audio/files/delete', { ids, permanent: true });
    expect(again).toEqual({ deleted: ids, notFound: [] });
    expect([world.binned.size, world.bytes.size]).toEqual([0, 0]);
  });

  it('are named by the ids of a list', async () => {
    const ids = [await add('a.wav'), await add('b.wav')];
    expect((await call('GET', '/audio/files/ids?q=wav&sort=title')).answer).toEqual({ ids, total: 2 });
    expect((await call('GET', '/audio/files/ids?sort=colour')).status).toBe(422);
  });

  it('are exported by their address, as what is dragged out of a browser has to be', async () => {
    const ids = [await add('b.wav'), await add('a.wav')];
    const get = (query: string): Promise<Response> =>
      Promise.resolve(createApp(world.deps()).request(`/api/v1/search/export?${query}`));
    const response = await get(`format=json&soundIds=${ids.join(',')}`);
    expect(response.headers.get('content-disposition')).toContain('attachment');
    const { items } = (await response.json()) as { items: { filename: string }[] };
    expect(items.map(({ filename }) => filename)).toEqual(['b.wav', 'a.wav']);
    expect((await get('format=zip&soundIds=')).status).toBe(422);
    expect((await get(`format=zip&soundIds=${Array(201).fill('x').join(',')}`)).status).toBe(422);
  });

  it('are exported from a form, so that the browser saves them', async () => {
    const a = await add('a.wav');
    const send = (request: string): Promise<Response> =>
      Promise.resolve(
        createApp(world.deps()).request('/api/v1/search/export/form', {
          method: 'POST',
          body: new URLSearchParams({ request }),
        }),
      );
    const response = await send(JSON.stringify({ format: 'csv', soundIds: [a] }));
    expect(response.headers.get('content-disposition')).toContain('attachment');
    expect(await response.text()).toContain('a.wav');
    expect((await send('{')).status).toBe(400);
    expect((await send('{"format":"csv"}')).status).toBe(422);
  });
});
