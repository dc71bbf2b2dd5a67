import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { AppProcess, until } from './app-process.js';
import { temporaryFolder, tone } from './ingest-fixtures.js';

// What one keeps to oneself, others learn nothing of: asked of every route that openapi.json tells of, over both databases.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const PASSWORD = 'four words make one';
const NOBODY = '00000000-0000-4000-8000-000000000000';

/** A person with a browser. */
class Person {
  cookie = '';
  id = '';

  constructor(readonly app: AppProcess) {}

  ask(method: string, route: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const isForm = body instanceof FormData;
    return fetch(`${this.app.url}${route}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie && { cookie: this.cookie }),
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }

  async json<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, `/api/v1${route}`, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  async status(method: string, route: string, body?: unknown): Promise<number> {
    const answer = await this.ask(method, `/api/v1${route}`, body);
    await answer.arrayBuffer();
    return answer.status;
  }

  async enter(route: string, body: unknown): Promise<this> {
    const answer = await this.ask('POST', `/api/v1${route}`, body);
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
    this.cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    this.id = ((await answer.json()) as { user: { id: string } }).user.id;
    return this;
  }

  /** @param as the path that the browser gives, with folders */
  async upload(file: string, as = path.basename(file)): Promise<{ status: string; soundId: string; jobId: string }> {
    const form = new FormData();
    form.append('files', new Blob([await readFile(file)]), as);
    const { uploads } = await this.json<{ uploads: { status: string; soundId: string; jobId: string }[] }>(
      'POST',
      '/audio/upload',
      form,
    );
    return uploads[0]!;
  }

  async ready(id: string): Promise<void> {
    await until(60_000, 'a sound to be ready', async () => {
      const { status } = await this.json<{ status: string }>('GET', `/audio/files/${id}`);
      return status === 'ready';
    });
  }

  async found(query: string, mode = 'keyword'): Promise<string[]> {
    const { results } = await this.json<{ results: { sound: { id: string } }[] }>(
      'GET',
      `/search?q=${encodeURIComponent(query)}&mode=${mode}&copies=show&limit=50`,
    );
    return results.map(({ sound }) => sound.id);
  }

  /** What is told while something is done, and a while after. */
  async hears(doing: () => Promise<void>): Promise<string> {
    const over = new AbortController();
    let text = '';
    const answer = await this.ask('GET', '/api/v1/events', undefined, over.signal);
    const reading = (async () => {
      for await (const chunk of answer.body!) text += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => undefined);
    await until(10_000, 'the snapshot', () => text.includes('event: snapshot'));
    await doing();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    over.abort();
    await reading;
    return text;
  }
}

interface Operation {
  operationId: string;
  'x-right': string;
}

interface World {
  app: AppProcess;
  ada: Person;
  bob: Person;
  eve: Person;
  vic: Person;
  file: string;
  other: string;
  secret: { soundId: string; jobId: string };
  open: string;
  collectionId: string;
  linkId: string;
  binnedId: string;
  binnedCollectionId: string;
  /** What nobody else may read anywhere. */
  canaries: string[];
  figures: Record<string, unknown>;
  paths: Record<string, Record<string, Operation>>;
}

/** Figures that would tell that there is something more. */
const FIGURES = [
  '/analytics/stats',
  '/tags?limit=1',
  '/audio/files?limit=1',
  '/audio/files/ids',
  '/bin?limit=1',
  '/bin/collections?limit=1',
  '/collections?limit=1',
  '/audio/duplicates',
  '/jobs?limit=1',
  '/tags/vocabulary',
  '/analytics/usage?days=7',
];

async function figuresOf(person: Person): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (const route of FIGURES) {
    const answer = await person.json<Record<string, unknown>>('GET', route);
    const { total, library, queue, progress, plays, uploads, bytes } = answer;
    const index = answer['index'] as { segments: number; sounds: number } | undefined;
    const of = index && [index.segments, index.sounds];
    figures[route] = { total, library, queue, progress, plays, uploads, bytes, index: of };
  }
  return figures;
}

async function settle(person: Person): Promise<void> {
  await until(60_000, 'tags', async () => {
    const { progress } = await person.json<{ progress: { waiting: number } }>('GET', '/tags/vocabulary');
    return progress.waiting === 0;
  });
}

/** Bob has an open sound, and keeps another, a deleted one, a collection and a link of it to himself. */
async function build(app: AppProcess, folder: string): Promise<World> {
  const tokenOf = (): string | undefined => /\/setup#(\S+)/.exec(app.output)?.[1];
  await until(10_000, 'the token', () => tokenOf() !== undefined);
  const token = tokenOf();
  const ada = await new Person(app).enter('/auth/setup', { token, name: 'Ada', password: PASSWORD });
  const account = async (name: string, role: string): Promise<Person> => {
    await ada.json('POST', '/users', { name, role, password: PASSWORD });
    return new Person(app).enter('/auth/login', { name, password: PASSWORD });
  };
  const bob = await account('Bob', 'editor');
  const eve = await account('Eve', 'editor');
  const vic = await account('Vic', 'viewer');
  const file = await tone(path.join(folder, 'zanzibar.wav'), 3);
  const other = await tone(path.join(folder, 'meadow.wav'), 4);
  const third = await tone(path.join(folder, 'quagmire.wav'), 5);
  const { soundId: open } = await bob.upload(other);
  await bob.ready(open);
  await settle(bob);
  const figures = await figuresOf(eve);

  expect(await bob.status('PUT', '/origins/rules', { folder: 'Vault', visibility: 'private' })).toBe(200);
  const secret = await bob.upload(file, 'Vault/Deep/zanzibar.wav');
  const { soundId: binnedId } = await bob.upload(third, 'Vault/quagmire.wav');
  await bob.ready(secret.soundId);
  await bob.ready(binnedId);
  await settle(bob);
  await bob.json('PATCH', `/audio/files/${secret.soundId}`, {
    title: 'Obsidian Whisper',
    artist: 'Quillon',
    genre: 'Xenharmonic',
    tags: ['palimpsest'],
  });
  const { id: collectionId } = await bob.json<{ id: string }>('POST', '/collections', {
    name: 'Nocturne',
    visibility: 'private',
  });
  await bob.json('POST', `/collections/${collectionId}/sounds`, { soundIds: [secret.soundId, open] });
  const { id: linkId } = await bob.json<{ id: string }>('POST', '/links', {
    soundId: secret.soundId,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await bob.json('POST', `/audio/files/${secret.soundId}/plays`);
  await bob.found('obsidian zephyrword');
  await bob.found('obsidian');
  await bob.json('DELETE', `/audio/files/${binnedId}`);
  const { id: binnedCollectionId } = await bob.json<{ id: string }>('POST', '/collections', {
    name: 'Nocturne of before',
    visibility: 'private',
  });
  await bob.json('DELETE', `/collections/${binnedCollectionId}`);
  const { sha256 } = await bob.json<{ sha256: string }>('GET', `/audio/files/${secret.soundId}`);
  const { paths } = (await (await fetch(`${app.url}/openapi.json`)).json()) as { paths: World['paths'] };
  const ids = [secret.soundId, secret.jobId, collectionId, linkId, binnedId, binnedCollectionId, sha256];
  const words = [
    'zanzibar',
    'obsidian',
    'quillon',
    'xenharmonic',
    'palimpsest',
    'nocturne',
    'vault',
    'quagmire',
    'zephyrword',
  ];
  const canaries = [...ids, ...words];
  return {
    app,
    ada,
    bob,
    eve,
    vic,
    file,
    other,
    secret,
    open,
    collectionId,
    linkId,
    binnedId,
    binnedCollectionId,
    canaries,
    figures,
    paths,
  };
}

/** Bodies with which a request would be answered, if there was what it asks for. */
const BODIES: Record<string, (world: World) => unknown> = {
  addMarker: () => ({ startS: 0, text: 'Here' }),
  changeMarker: () => ({ text: 'There' }),
  importMarkers: () => ({ text: '0\t1\tHere\n' }),
  updateSound: () => ({ title: 'Mine now' }),
  changeCollectionAccess: () => ({ visibility: 'public' }),
  updateCollection: () => ({ name: 'Mine now' }),
  addToCollection: ({ open }) => ({ soundIds: [open] }),
  removeFromCollection: ({ open }) => ({ soundIds: [open] }),
  moveInCollection: ({ open }) => ({ soundIds: [open], before: null }),
};

const QUERIES: Record<string, string> = {
  streamSound: '',
  downloadRegion: '?startS=0&endS=1',
  findMoments: '?q=tone',
  exportCollection: '?format=json',
  exportMarkers: '?format=csv',
};

/** What is asked for by its id; of the numbers that follow the first. */
const addressOf = (route: string, id: string): string =>
  route.replace(/\{\w+\}/, id).replaceAll(/\{(?:level|index)\}/g, '0');

/** Of what there is one of, by the route that asks for it. */
const idFor = (route: string, world: World): string | null => {
  if (route.includes('/status/{jobId}') || route.startsWith('/api/v1/jobs/{id}')) return world.secret.jobId;
  if (route.startsWith('/api/v1/audio/files/{id}')) return world.secret.soundId;
  if (route.startsWith('/api/v1/collections/{id}')) return world.collectionId;
  if (route.startsWith('/api/v1/links/{id}')) return world.linkId;
  if (route.startsWith('/api/v1/bin/{id}')) return world.binnedId;
  if (route.startsWith('/api/v1/bin/collections/{id}')) return world.binnedCollectionId;
  return null;
};

/** What is otherwise each time, whoever does what. */
const PASSING = /^(uptimeS|tookMs|ms|cpuUse|memoryFreeBytes|processMemoryBytes|lastUsedAt|lastSeenAt|p50|p95)$/;

/** An answer without what passes. */
function steady(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (PASSING.test(key) ? undefined : value));
  } catch {
    return text;
  }
}

const eventsIn = (stream: string): string[] => [...stream.matchAll(/^event: (\S+)/gm)].map(([, name]) => name!);

/** Streams that never end, descriptions, and what is for those who run the installation as a whole (docs/security.md). */
const APART = /\/events$|^\/docs|openapi|health|\/metrics|system\/backup|\/audit|system\/tasks/;

const RIGHTS: Record<string, string[]> = {
  admin: ['read', 'upload', 'edit', 'delete', 'admin', 'metrics', 'worker'],
  editor: ['read', 'upload', 'edit', 'delete'],
  viewer: ['read'],
};

function suite(env: () => Promise<NodeJS.ProcessEnv>): void {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let world: World;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const settings = { AUTH: 'required', LOG_LEVEL: 'warn', ...(await env()) };
    const app = await AppProcess.spawn(path.join(folder.path, 'data'), settings).ready();
    try {
      world = await build(app, folder.path);
    } catch (error) {
      await app.stop();
      throw new Error(`${(error as Error).message}\n${app.output.slice(-3000)}`, { cause: error });
    }
  });
  afterAll(async () => {
    await world?.app.stop();
    await folder?.remove();
  });

  const strangers = (): [string, Person][] => [
    ['admin', world.ada],
    ['editor', world.eve],
    ['viewer', world.vic],
  ];
  const leaks = (text: string): string[] => world.canaries.filter((one) => text.toLowerCase().includes(one));

  it('is seen by its owner: what follows asks for what there is', async () => {
    const { bob, secret, collectionId } = world;
    expect(await bob.found('obsidian')).toEqual([secret.soundId]);
    expect(await bob.status('GET', `/collections/${collectionId}`)).toBe(200);
    const { items } = await bob.json<{ items: { name: string }[] }>('GET', '/origins');
    expect(items.map(({ name }) => name)).toEqual(['Vault']);
    for (const [route, operations] of Object.entries(world.paths)) {
      const id = idFor(route, world);
      if (id === null || !operations['get'] || APART.test(route)) continue;
      const address = addressOf(route, id) + (QUERIES[operations['get'].operationId] ?? '');
      const answer = await bob.ask('GET', address);
      await answer.arrayBuffer();
      expect([address, answer.status]).toEqual([address, 200]);
    }
    const text = JSON.stringify([
      await bob.json('GET', '/tags?q=pal'),
      await bob.json('GET', '/search/history'),
      await bob.json('GET', '/search/suggestions?q=obs'),
      await bob.json('GET', '/bin'),
      await bob.json('GET', '/links'),
      await bob.json('GET', '/jobs'),
    ]).toLowerCase();
    for (const word of ['palimpsest', 'zephyrword', 'obsidian whisper', 'quagmire']) expect(text).toContain(word);
  });

  it('is not there for anybody else by its id, on any route', async () => {
    const asked: string[] = [];
    for (const [route, operations] of Object.entries(world.paths)) {
      const id = idFor(route, world);
      if (id === null) continue;
      for (const [method, operation] of Object.entries(operations)) {
        for (const [role, person] of strangers()) {
          const told = `${role}: ${method} ${route}`;
          const address = addressOf(route, id).replaceAll(/\{\w+\}/g, NOBODY);
          const body = BODIES[operation.operationId]?.(world);
          const answer = await person.ask(method.toUpperCase(), address + (QUERIES[operation.operationId] ?? ''), body);
          const text = await answer.text();
          const allowed = RIGHTS[role]!.includes(operation['x-right']);
          expect([told, answer.status, text.slice(0, 200)]).toEqual([told, allowed ? 404 : 403, text.slice(0, 200)]);
          // What was asked for may be named; nothing else.
          expect([told, leaks(text.replaceAll(id, ''))]).toEqual([told, []]);
        }
        asked.push(operation.operationId);
      }
    }
    expect(asked.length).toBeGreaterThan(25);
    expect(await world.bob.found('obsidian')).toEqual([world.secret.soundId]);
  });

  it('is in no list of anybody else, and in no figure', async () => {
    const words = [
      'obsidian',
      'zanz',
      'quillon',
      'a tone',
      'artist:Quillon',
      'collection:Nocturne',
      'folder:Vault',
      'tag:palimpsest',
    ];
    const asks = [
      '',
      ...words.flatMap((word) => [`?q=${encodeURIComponent(word)}&history=false`]),
      '?under=Vault',
      '?sound=',
    ];
    const searches = ['hybrid', 'semantic', 'keyword'].flatMap((mode) =>
      words.map((word) => `/api/v1/search?q=${encodeURIComponent(word)}&mode=${mode}&copies=show&history=false`),
    );
    for (const [role, person] of strangers()) {
      for (const [route, operations] of Object.entries(world.paths)) {
        if (!operations['get'] || route.includes('{') || APART.test(route)) continue;
        for (const query of asks) {
          const answer = await person.ask('GET', route + query);
          const text = await answer.text();
          // What was asked is said again.
          const asked = decodeURIComponent(query).toLowerCase();
          const told = leaks(text).filter((one) => !asked.includes(one));
          expect([role, route, query, told]).toEqual([role, route, query, []]);
        }
      }
      for (const address of searches) {
        const answer = await person.ask('GET', address);
        // Filters alone describe no sound.
        expect([200, 422]).toContain(answer.status);
        const { results = [], total = 0 } = (await answer.json()) as {
          results?: { sound: { id: string } }[];
          total?: number;
        };
        expect([address, results.filter(({ sound }) => sound.id !== world.open)]).toEqual([address, []]);
        expect(total).toBeLessThanOrEqual(1);
      }
      const { secret, open } = world;
      const body = { soundIds: [secret.soundId, secret.jobId], jobIds: [secret.jobId] };
      for (const [method, route, given] of [
        ['POST', '/search/advanced', { like: [{ soundId: secret.soundId }] }],
        ['POST', '/search/advanced', { q: `like:${secret.soundId}` }],
        ['POST', '/search/export', { format: 'json', soundIds: [secret.soundId] }],
        ['POST', '/search/export', { format: 'csv', query: { q: 'tone', limit: 50 } }],
        ['POST', '/audio/status', { jobIds: body.jobIds }],
        ['PUT', '/ratings', { soundIds: [secret.soundId], favourite: true }],
        ['GET', `/audio/files/${open}/similar?copies=show`, undefined],
        ['GET', `/audio/files/${open}/copies`, undefined],
        ['GET', `/collections?soundId=${open}`, undefined],
        ['GET', `/jobs?sound=${secret.soundId}`, undefined],
        ['GET', `/search/parse?q=${encodeURIComponent(`like:${secret.soundId}`)}`, undefined],
      ] as const) {
        const text = await (await person.ask(method, `/api/v1${route}`, given)).text();
        const said = text.replaceAll(secret.soundId, '').replaceAll(secret.jobId, '');
        expect([role, route, leaks(said)]).toEqual([role, route, []]);
      }
      const rated = await person.json<{ ratings: unknown[] }>('PUT', '/ratings', {
        soundIds: [secret.soundId],
        stars: 3,
      });
      expect(rated.ratings).toEqual([]);
    }
    expect(await figuresOf(world.eve)).toEqual(world.figures);
  });

  it('is not changed by others who name it among many', async () => {
    const { eve, bob, secret, binnedId, collectionId } = world;
    await eve.json('POST', '/audio/files/tags', { ids: [secret.soundId], add: ['stolen'] });
    await eve.json('POST', '/audio/files/delete', { ids: [secret.soundId], permanent: true });
    const restored = await eve.json<{ restored: number }>('POST', '/bin/restore', { soundIds: [binnedId] });
    expect(JSON.stringify(restored)).not.toContain(`"restored":["${binnedId}"]`);
    await eve.ask('DELETE', '/api/v1/bin');
    expect(await eve.status('POST', '/audio/process', { soundIds: [secret.soundId] })).toBe(404);
    await eve.json('POST', '/audio/process', { all: true });
    await eve.ask('PUT', '/api/v1/audio/files/access', { ids: [secret.soundId], visibility: 'public' });
    await eve.json('POST', '/tags/retag', { soundIds: [secret.soundId], forgetRejected: true });
    const own = await eve.json<{ id: string }>('POST', '/collections', { name: 'Nocturne', visibility: 'private' });
    const added = await eve.json<{ notFound: string[] }>('POST', `/collections/${own.id}/sounds`, {
      soundIds: [secret.soundId],
    });
    expect(added.notFound).toEqual([secret.soundId]);
    await eve.json('DELETE', `/collections/${own.id}`);
    const { tags, visibility } = await bob.json<{ tags: { name: string }[]; visibility: string }>(
      'GET',
      `/audio/files/${secret.soundId}`,
    );
    expect([tags.some(({ name }) => name === 'stolen'), visibility]).toEqual([false, 'private']);
    const { items } = await bob.json<{ items: { id: string }[] }>('GET', '/bin');
    expect(items.map(({ id }) => id)).toEqual([binnedId]);
    expect(await bob.status('GET', `/collections/${collectionId}`)).toBe(200);
    await bob.ready(world.open);
  });

  it('is told of to nobody else', async () => {
    const { eve, bob, secret, collectionId, open } = world;
    const doing = async (): Promise<void> => {
      await bob.json('PATCH', `/audio/files/${secret.soundId}`, { album: 'Vault' });
      await bob.json('POST', '/audio/process', { soundIds: [secret.soundId], force: true });
      await bob.json('PATCH', `/collections/${collectionId}`, { description: 'of the vault' });
      await bob.ready(secret.soundId);
      await bob.json('PATCH', `/audio/files/${open}`, { album: 'Open' });
    };
    const heard = await eve.hears(doing);
    expect(leaks(heard)).toEqual([]);
    expect(heard).toContain(open);
    expect(leaks(await bob.hears(doing))).not.toEqual([]);
  });

  it('leaves no trace while it comes, changes and goes: others hear nothing, and all that they are answered stays the same', async () => {
    const { bob, eve, vic } = world;
    const others = [eve, vic];
    const answers = async (person: Person): Promise<Record<string, unknown>> => {
      const said: Record<string, unknown> = {};
      for (const [route, operations] of Object.entries(world.paths)) {
        if (!operations['get'] || route.includes('{') || /\/events$|^\/docs|openapi|auth\/sessions/.test(route))
          continue;
        for (const query of ['', '?q=a+tone&history=false', '?q=o&limit=1&history=false']) {
          const answer = await person.ask('GET', route + query);
          const text = await answer.text();
          said[route + query] = answer.ok ? steady(text) : answer.status;
        }
      }
      return said;
    };
    const hidden = await tone(path.join(folder.path, 'unheard.wav'), 2);
    const before = await Promise.all(others.map(answers));
    let during: Record<string, unknown>[] = [];
    let soundId = '';
    const doing = async (): Promise<void> => {
      ({ soundId } = await bob.upload(hidden, 'Vault/unheard.wav'));
      await bob.ready(soundId);
      await settle(bob);
      await bob.json('PUT', '/ratings', { soundIds: [soundId], stars: 4 });
      const saved = await bob.json<{ id: string }>('POST', '/saved-searches', { name: 'Unheard', query: 'unheard' });
      await bob.json('DELETE', `/saved-searches/${saved.id}`);
      during = await Promise.all(others.map(answers));
      await bob.json('DELETE', `/audio/files/${soundId}?permanent=true`);
    };
    const heard = Promise.all(others.map((person) => person.hears(() => until(60_000, 'the end', () => isOver))));
    let isOver = false;
    const told = await bob.hears(async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await doing();
    });
    isOver = true;
    expect(new Set(eventsIn(told))).toEqual(
      new Set(['snapshot', 'library', 'job', 'tagging', 'personal', 'index'].filter((one) => told.includes(one))),
    );
    for (const one of ['library', 'job', 'personal']) expect(eventsIn(told)).toContain(one);
    for (const text of await heard) expect(eventsIn(text).filter((one) => one !== 'snapshot')).toEqual([]);
    expect(during).toEqual(before);
    expect(await Promise.all(others.map(answers))).toEqual(before);
  });

  it('is no hindrance to the same bytes of somebody else, who may do with them as they please', async () => {
    const { eve, bob, secret, file, vic } = world;
    const own = await eve.upload(file, 'mine.wav');
    expect(own.status).toBe('queued');
    expect(own.soundId).not.toBe(secret.soundId);
    await eve.ready(own.soundId);
    expect((await eve.upload(file)).status).toBe('duplicate');
    const copies = await eve.json<{ items: unknown[] }>('GET', `/audio/files/${own.soundId}/copies`);
    expect(leaks(JSON.stringify(copies)).filter((one) => one.length < 60)).toEqual([]);
    expect(await vic.found('mine')).toEqual([own.soundId]);
    expect(await eve.status('DELETE', `/audio/files/${own.soundId}?permanent=true`)).toBe(204);
    const played = await bob.ask('GET', `/api/v1/audio/files/${secret.soundId}/download`);
    expect([played.status, (await played.arrayBuffer()).byteLength]).toEqual([200, (await readFile(file)).byteLength]);
  });

  it('is public and goes into the bin by anyone who may delete, but for good by its owner and admins alone', async () => {
    const { ada, bob, eve, app } = world;
    const made: string[] = [];
    for (const s of [12, 13, 14, 15]) {
      const { soundId } = await bob.upload(await tone(path.join(folder.path, `common ${s}.wav`), s));
      await bob.ready(soundId);
      made.push(soundId);
    }
    const [first, second, third, fourth] = made as [string, string, string, string];
    const { soundId: own } = await eve.upload(await tone(path.join(folder.path, 'of eve.wav'), 16));
    await eve.ready(own);
    const key = await eve.json<{ secret: string }>('POST', '/keys', { name: 'edits', scopes: ['edit'] });
    const byKey = async (method: string, route: string, body?: object): Promise<number> =>
      (
        await fetch(`${app.url}/api/v1${route}`, {
          method,
          headers: { 'x-api-key': key.secret, ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
        })
      ).status;
    const refused = async (id: string): Promise<void> => {
      const answer = await eve.ask('DELETE', `/api/v1/audio/files/${id}?permanent=true`);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('erasing_of_another')]);
      // One among many: nothing is deleted.
      const body = { ids: [own, id], permanent: true };
      expect(await eve.status('POST', '/audio/files/delete', body)).toBe(403);
      expect(await byKey('POST', '/audio/files/delete', body)).toBe(403);
      expect(await byKey('DELETE', `/audio/files/${id}?permanent=true`)).toBe(403);
    };
    await refused(first);
    await eve.json('POST', '/audio/files/delete', { ids: [own, ...made] });
    await refused(first);
    expect(await eve.status('DELETE', `/bin/${first}`)).toBe(403);
    expect(await byKey('DELETE', `/bin/${first}`)).toBe(403);
    type Bin = { items: { id: string; erasable: boolean }[]; erasable: { sounds: number } };
    const bin = await eve.json<Bin>('GET', '/bin');
    expect([bin.erasable.sounds, bin.items.find(({ id }) => id === own)?.erasable]).toEqual([1, true]);
    expect(bin.items.find(({ id }) => id === first)?.erasable).toBe(false);
    expect(await eve.json('DELETE', '/bin')).toMatchObject({ deleted: 1, kept: 4 });
    expect(await byKey('DELETE', '/bin')).toBe(200);

    expect(await bob.status('DELETE', `/bin/${first}`)).toBe(204);
    expect(await ada.status('DELETE', `/audio/files/${second}?permanent=true`)).toBe(204);
    expect(await ada.json('DELETE', '/bin')).toMatchObject({ deleted: 2, kept: 0 });
    expect(await bob.json('POST', '/bin/restore', { soundIds: [third, fourth] })).toMatchObject({ restored: [] });
  });

  it('is a public collection that anyone who edits may delete and have back, and that its owner and admins alone erase', async () => {
    const { ada, bob, eve, vic, app, binnedCollectionId } = world;
    const make = async (name: string, visibility = 'public'): Promise<string> =>
      (await bob.json<{ id: string }>('POST', '/collections', { name, visibility })).id;
    const [kit, walk, hidden] = [
      await make('Common kit'),
      await make('Common walk'),
      await make('Nocturne two', 'private'),
    ];
    const { secret } = await eve.json<{ secret: string }>('POST', '/keys', { name: 'lists', scopes: ['edit'] });
    const byKey = async (method: string, route: string): Promise<number> =>
      (await fetch(`${app.url}/api/v1${route}`, { method, headers: { 'x-api-key': secret } })).status;

    const answer = await eve.ask('DELETE', `/api/v1/collections/${kit}?permanent=true`);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('erasing_collection_of_another'),
    ]);
    expect(await byKey('DELETE', `/collections/${kit}?permanent=true`)).toBe(403);
    expect(await vic.status('DELETE', `/collections/${kit}`)).toBe(403);
    for (const id of [kit, walk]) expect(await eve.status('DELETE', `/collections/${id}`)).toBe(204);
    await bob.status('DELETE', `/collections/${hidden}`);

    type Binned = { items: { id: string; erasable: boolean }[] };
    const listed = async (person: Person): Promise<[string, boolean][]> =>
      (await person.json<Binned>('GET', '/bin/collections')).items.map(({ id, erasable }) => [id, erasable]);
    expect(await listed(eve)).toEqual([
      [walk, false],
      [kit, false],
    ]);
    expect(await listed(ada)).toEqual([
      [walk, true],
      [kit, true],
    ]);
    expect(await listed(bob)).toHaveLength(4);
    expect(await eve.status('POST', `/bin/collections/${hidden}/restore`)).toBe(404);
    expect(await ada.status('DELETE', `/collections/${hidden}?permanent=true`)).toBe(404);
    expect(await vic.status('POST', `/bin/collections/${kit}/restore`)).toBe(403);
    expect(await eve.status('DELETE', `/collections/${kit}?permanent=true`)).toBe(403);
    expect(await byKey('DELETE', `/collections/${kit}?permanent=true`)).toBe(403);
    await eve.json('DELETE', '/bin');
    expect(await listed(eve)).toHaveLength(2);
    expect(await eve.status('POST', `/bin/collections/${kit}/restore`)).toBe(200);
    expect(await bob.status('GET', `/collections/${kit}`)).toBe(200);
    expect(await ada.status('DELETE', `/collections/${walk}?permanent=true`)).toBe(204);
    for (const id of [kit, hidden]) expect(await bob.status('DELETE', `/collections/${id}?permanent=true`)).toBe(204);
    expect(await listed(bob)).toEqual([[binnedCollectionId, true]]);
  });

  it('is processed anew by a key that only adds sounds where it is of its owner', async () => {
    const { ada, bob, eve, app, open } = world;
    const ask = async (person: Person, body: object): Promise<unknown> => {
      const name = `adds ${JSON.stringify(body)}`.slice(0, 40);
      const { id, secret } = await person.json<{ id: string; secret: string }>('POST', '/keys', {
        name,
        scopes: ['upload'],
      });
      const answer = await fetch(`${app.url}/api/v1/audio/process`, {
        method: 'POST',
        headers: { 'x-api-key': secret, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await person.json('DELETE', `/keys/${id}`);
      return [
        answer.status,
        ((await answer.json()) as { jobs?: { soundId: string }[] }).jobs?.map((job) => job.soundId),
      ];
    };
    for (const person of [eve, ada]) {
      expect(await ask(person, { soundIds: [open], force: true })).toEqual([404, undefined]);
      expect(await ask(person, { all: true, force: true })).toEqual([202, []]);
    }
    expect(await ask(bob, { soundIds: [open], force: true })).toEqual([202, [open]]);
    await bob.ready(open);
  });

  it('is shared with chosen people, who only see it; then with all; then with nobody again', async () => {
    const { ada, bob, eve, vic, secret } = world;
    const keep = (to: object): Promise<{ changed: string[] }> =>
      bob.json('PUT', '/audio/files/access', { ids: [secret.soundId], ...to });
    const seers = async (): Promise<string[]> => {
      const seen: string[] = [];
      for (const [name, person] of Object.entries({ ada, bob, eve, vic })) {
        const [byId] = [await person.status('GET', `/audio/files/${secret.soundId}`)];
        const found = await person.found('obsidian');
        expect([name, found.includes(secret.soundId)]).toEqual([name, byId === 200]);
        if (byId === 200) seen.push(name);
      }
      return seen;
    };
    expect(await seers()).toEqual(['bob']);
    const heard = await eve.hears(async () => void (await keep({ visibility: 'shared', people: [eve.id] })));
    expect(heard).toContain(`"change":"restored","soundId":"${secret.soundId}"`);
    expect(await seers()).toEqual(['bob', 'eve']);
    expect(await eve.status('PATCH', `/audio/files/${secret.soundId}`, { title: 'Hers' })).toBe(403);
    expect(await eve.status('DELETE', `/audio/files/${secret.soundId}`)).toBe(403);
    expect(await eve.status('POST', '/audio/files/tags', { ids: [secret.soundId], add: ['hers'] })).toBe(403);
    expect(await eve.status('PUT', '/audio/files/access', { ids: [secret.soundId], visibility: 'public' })).toBe(403);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    expect(await eve.status('POST', '/links', { soundId: secret.soundId, expiresAt })).toBe(403);
    const shown = await eve.json<object>('GET', `/audio/files/${secret.soundId}/access`);
    expect(shown).toMatchObject({
      owner: { id: bob.id, name: 'Bob' },
      visibility: 'shared',
      people: [],
      mayChange: false,
    });
    await keep({ visibility: 'public' });
    expect(await seers()).toEqual(['ada', 'bob', 'eve', 'vic']);
    expect(await eve.status('PATCH', `/audio/files/${secret.soundId}`, { album: 'Ours' })).toBe(200);
    const gone = await eve.hears(async () => void (await keep({ visibility: 'private' })));
    expect(gone).toContain(`"change":"deleted","soundId":"${secret.soundId}"`);
    expect(await seers()).toEqual(['bob']);
    expect(
      await bob.status('PUT', '/audio/files/access', { ids: [secret.soundId], visibility: 'shared', people: ['x'] }),
    ).toBe(422);
  });

  it('is asked for by whose it is and who sees it, and names tell nothing of people who keep all to themselves', async () => {
    const { ada, bob, eve, vic, secret, open } = world;
    const listed = async (person: Person, query: string): Promise<string[]> =>
      (await person.json<{ items: { id: string }[] }>('GET', `/audio/files?limit=200&${query}`)).items.map(
        ({ id }) => id,
      );
    const mine = [secret.soundId, open].sort();
    expect((await listed(bob, 'owner=me')).sort()).toEqual(mine);
    expect((await listed(bob, 'owner=bob')).sort()).toEqual(mine);
    expect((await listed(bob, `owner=${bob.id}`)).sort()).toEqual(mine);
    expect(await listed(bob, 'visibility=private')).toEqual([secret.soundId]);
    expect((await bob.found('tone owner:me', 'semantic')).sort()).toEqual(mine);
    expect(await bob.found('tone -owner:me', 'semantic')).toEqual([]);
    expect(await bob.found('tone visibility:private', 'semantic')).toEqual([secret.soundId]);
    for (const other of [ada, eve, vic]) {
      expect(await listed(other, 'owner=Bob')).toEqual([open]);
      expect(await listed(other, 'owner=me')).toEqual([]);
      expect(await listed(other, 'visibility=private')).toEqual([]);
      expect(await other.found('tone owner:BOB', 'semantic')).toEqual([open]);
      expect(await other.found('tone -owner:bob', 'semantic')).toEqual([]);
    }
    // Whose sounds are all kept from one is to be told from nobody by nothing.
    const said = async (name: string): Promise<string> => {
      const answer = await vic.json<object>(
        'GET',
        `/search?q=${encodeURIComponent(`tone owner:${name}`)}&mode=semantic&history=false`,
      );
      return JSON.stringify({ ...answer, tookMs: 0 })
        .toLowerCase()
        .replaceAll(name.toLowerCase(), '…');
    };
    const to = (visibility: string): Promise<unknown> =>
      bob.json('PUT', '/audio/files/access', { ids: [open], visibility });
    const offered = async (person: Person, text: string): Promise<string[]> =>
      (
        await person.json<{ items: { text: string }[] }>('GET', `/search/suggestions?q=${encodeURIComponent(text)}`)
      ).items.map((item) => item.text);
    expect(await offered(vic, 'owner:')).toEqual(['owner:me', 'owner:Bob']);
    await to('private');
    try {
      expect(await said('Bob')).toBe(await said('Nobody'));
      expect(await offered(vic, 'owner:')).toEqual(['owner:me']);
      expect(await offered(vic, 'owner:b')).toEqual([]);
      expect(await offered(bob, 'owner:b')).toEqual(['owner:Bob']);
    } finally {
      await to('public');
    }
    expect(await vic.status('GET', '/audio/files?visibility=secret')).toBe(422);
    const body = { text: [{ text: 'tone' }], filters: { not: [{ owner: 'Bob' }] }, mode: 'semantic' };
    expect(await vic.json('POST', '/search/advanced', body)).toMatchObject({ total: 0 });
  });

  it('stays hidden in a collection that is everybody’s', async () => {
    const { bob, eve, secret, open, collectionId } = world;
    await bob.json('PUT', `/collections/${collectionId}/access`, { visibility: 'public' });
    const { items, total } = await eve.json<{ items: { id: string }[]; total: number }>(
      'GET',
      `/collections/${collectionId}/sounds`,
    );
    expect([items.map(({ id }) => id), total]).toEqual([[open], 1]);
    expect(await eve.json('GET', `/collections/${collectionId}`)).toMatchObject({ sounds: 1 });
    expect(await eve.found('collection:Nocturne')).toEqual([open]);
    const named = (text: string): string[] => leaks(text).filter((one) => !['nocturne', collectionId].includes(one));
    for (const format of ['json', 'csv', 'm3u8', 'zip']) {
      const answer = await eve.ask('GET', `/api/v1/collections/${collectionId}/export?format=${format}`);
      expect([format, answer.status]).toEqual([format, 200]);
      expect([format, named(Buffer.from(await answer.arrayBuffer()).toString('latin1'))]).toEqual([format, []]);
    }
    // A link of somebody else to it shares what that one may show.
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const link = await eve.json<{ path: string }>('POST', '/links', { collectionId, expiresAt });
    const token = link.path.split('#')[1];
    const guest = await new Person(eve.app).ask('POST', '/api/v1/shared', { token });
    expect([guest.status, named(await guest.text())]).toEqual([200, []]);
    const sounds = `/collections/${collectionId}/sounds`;
    const heard = await eve.hears(async () => {
      await bob.json('POST', `${sounds}/remove`, { soundIds: [secret.soundId] });
      await bob.json('POST', sounds, { soundIds: [secret.soundId] });
    });
    expect(heard).not.toContain('event: collection');
    expect(
      await eve.hears(async () => {
        await bob.json('POST', `${sounds}/move`, { soundIds: [open], before: secret.soundId });
      }),
    ).toContain('event: collection');
    await eve.json('POST', `/collections/${collectionId}/sounds/move`, { soundIds: [open], before: null });
    const before = { soundIds: [open], before: NOBODY };
    expect(await eve.status('POST', `/collections/${collectionId}/sounds/move`, before)).toBe(404);
    const kept = await bob.json<{ items: { id: string }[] }>('GET', `/collections/${collectionId}/sounds`);
    expect(kept.items.map(({ id }) => id)).toEqual([secret.soundId, open]);
    await bob.json('PUT', `/collections/${collectionId}/access`, { visibility: 'private' });
    expect(await eve.status('GET', `/collections/${collectionId}`)).toBe(404);
  });

  it('is not taken from somebody who was deleted, turned off or may add nothing any more while it came', async () => {
    const { ada, app } = world;
    const bytes = await readFile(await tone(path.join(folder.path, 'on its way.wav'), 12));
    const head = 'Content-Disposition: form-data; name="files"; filename="on its way.wav"';
    /** What is told when the second half of a file comes after something was done to the account of whoever sends it. */
    const send = async (headers: Record<string, string>, meanwhile: () => Promise<unknown>): Promise<Response> => {
      const halves = async function* () {
        yield Buffer.from(`--x\r\n${head}\r\n\r\n`);
        yield bytes.subarray(0, bytes.length / 2);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await meanwhile();
        yield bytes.subarray(bytes.length / 2);
        yield Buffer.from(`\r\n--x\r\n${head}\r\n\r\nmore\r\n--x--\r\n`);
      };
      return fetch(`${app.url}/api/v1/audio/upload`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
        body: ReadableStream.from(halves()),
        duplex: 'half',
      } as unknown as RequestInit);
    };
    const total = async (): Promise<unknown> =>
      (await ada.json<{ total: number }>('GET', '/audio/files?limit=1')).total;
    const before = await total();
    const ends: [number, (id: string) => Promise<unknown>][] = [
      [401, (id) => ada.json('DELETE', `/users/${id}`)],
      [403, (id) => ada.json('PATCH', `/users/${id}`, { off: true })],
      [403, (id) => ada.json('PATCH', `/users/${id}`, { role: 'viewer' })],
    ];
    for (const [place, [status, end]] of ends.entries()) {
      const name = `Ivo ${place}`;
      await ada.json('POST', '/users', { name, role: 'editor', password: PASSWORD });
      const ivo = await new Person(app).enter('/auth/login', { name, password: PASSWORD });
      const answer = await send({ cookie: ivo.cookie }, () => end(ivo.id));
      expect([answer.status, await answer.json()]).toMatchObject([status, { uploads: [{ status: 'rejected' }, {}] }]);
    }
    expect(await total()).toBe(before);

    const { id, secret } = await ada.json<{ id: string; secret: string }>('POST', '/keys', {
      name: 'On its way',
      scopes: ['upload'],
    });
    const answer = await send({ 'x-api-key': secret }, () => ada.json('DELETE', `/keys/${id}`));
    // What had begun before the key was revoked is whole; what comes behind it is not looked at.
    expect(await answer.json()).toMatchObject({ uploads: [{ status: 'queued' }, { code: 'unauthorized' }] });
  });

  it('is no more than its owner may keep, however many come at once; and goes to whom it is given', async () => {
    const { ada, bob, app } = world;
    const { id } = await ada.json<{ id: string }>('POST', '/users', {
      name: 'Gil',
      role: 'editor',
      password: PASSWORD,
    });
    const gil = await new Person(app).enter('/auth/login', { name: 'Gil', password: PASSWORD });
    await ada.json('PATCH', `/users/${id}`, { maxSounds: 2 });
    const files = await Promise.all([6, 7, 8, 9, 10].map((s) => tone(path.join(folder.path, `gil ${s}.wav`), s)));
    const send = async (file: string): Promise<number> => {
      const form = new FormData();
      form.append('files', new Blob([await readFile(file)]), path.basename(file));
      const answer = await gil.ask('POST', '/api/v1/audio/upload', form);
      const text = await answer.text();
      if (answer.status === 413) expect(JSON.parse(text)).toMatchObject({ code: 'quota_exceeded' });
      return answer.status;
    };
    expect((await Promise.all(files.map(send))).sort()).toEqual([202, 202, 413, 413, 413]);
    const kept = async (): Promise<unknown> =>
      (await ada.json<{ items: { id: string; kept: unknown }[] }>('GET', '/users')).items.find((one) => one.id === id)
        ?.kept;
    expect(await kept()).toMatchObject({ sounds: 2 });
    await ada.json('PATCH', `/users/${id}`, { maxSounds: null, maxBytes: 2_000_000 });
    // Tones of so many seconds are so many times 88 kB: whichever two of them were kept, a short one fits and a long one does not.
    const more = await Promise.all([1, 2, 30].map((s) => tone(path.join(folder.path, `more ${s}.wav`), s)));
    expect(await send(more[2]!)).toBe(413);
    expect([await send(more[0]!), await send(more[1]!)]).toContain(202);
    const { items } = await gil.json<{ items: { id: string }[] }>('GET', '/audio/files?limit=200');
    const own = (await gil.json<{ items: { id: string; ownerId: string }[] }>('GET', '/audio/files?limit=200')).items
      .filter(({ ownerId }) => ownerId === id)
      .map((sound) => sound.id);
    expect(items.length).toBeGreaterThanOrEqual(own.length);
    await gil.json('PUT', '/audio/files/access', { ids: own, visibility: 'private' });
    expect(await ada.status('DELETE', `/users/${id}?sounds=nobody`)).toBe(422);
    expect(await ada.status('DELETE', `/users/${id}?sounds=${bob.id}`)).toBe(204);
    for (const soundId of own) {
      expect(await bob.json('GET', `/audio/files/${soundId}`)).toMatchObject({
        ownerId: bob.id,
        visibility: 'private',
      });
      expect(await ada.status('GET', `/audio/files/${soundId}`)).toBe(404);
    }
    const { id: hal } = await ada.json<{ id: string }>('POST', '/users', {
      name: 'Hal',
      role: 'editor',
      password: PASSWORD,
    });
    const other = await new Person(app).enter('/auth/login', { name: 'Hal', password: PASSWORD });
    const thrown = await other.upload(await tone(path.join(folder.path, 'thrown.wav'), 11));
    expect(await ada.status('DELETE', `/users/${hal}?sounds=bin`)).toBe(204);
    expect(await ada.status('GET', `/audio/files/${thrown.soundId}`)).toBe(404);
    const bin = await ada.json<{ items: { id: string }[] }>('GET', '/bin');
    expect(bin.items.map((sound) => sound.id)).toContain(thrown.soundId);
  });
}

describe('what one keeps to oneself, on SQLite', () => suite(() => Promise.resolve({})));

describe.skipIf(withoutPostgres() !== null)('what one keeps to oneself, on PostgreSQL', () => {
  let postgres: TestPostgres;
  afterAll(() => postgres?.stop());
  suite(async () => ({ DATABASE_URL: await (postgres = await TestPostgres.start()).library() }));
});
