import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { TestS3, withoutS3 } from '../support/s3.js';
import { TestWeaviate, withoutWeaviate } from '../support/weaviate.js';
import { AppProcess, until } from './app-process.js';
import { temporaryFolder, tone } from './ingest-fixtures.js';

// What people do with the whole program, one thing after the other, over all sets of engines: the answers must be the same.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const NAMES = ['kettle.wav', 'thunder.wav', 'bell.wav', 'glockenspiel.wav'];
const PASSWORD = 'four words make one';
/** Paths whose answers tell of this machine or of models, or go on for ever. */
const NOT_ASKED = /events|\/docs|spectrogram|browse|system\/backup/;

interface Named {
  id: string;
  filename: string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const files: string[] = [];
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [at, name] of NAMES.entries()) files.push(await tone(path.join(folder.path, name), 2 + at));
  await mkdir(path.join(folder.path, 'import', 'deep'), { recursive: true });
  await tone(path.join(folder.path, 'import', 'deep', 'whistle.wav'), 7);
});
afterAll(() => folder.remove());

/** The whole program as `npm start` has it, and somebody who uses it. */
class User {
  cookie = '';

  constructor(readonly app: AppProcess) {}

  async ask(method: string, route: string, body?: unknown): Promise<Response> {
    const isForm = body instanceof FormData;
    return fetch(`${this.app.url}/api/v1${route}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie && { cookie: this.cookie }),
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
  }

  async json<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, route, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  status = async (method: string, route: string, body?: unknown): Promise<number> =>
    (await this.ask(method, route, body)).status;

  async upload(names: string[]): Promise<string[]> {
    const form = new FormData();
    for (const file of names) form.append('files', new Blob([await readFile(file)]), path.basename(file));
    const { uploads } = await this.json<{ uploads: { soundId: string }[] }>('POST', '/audio/upload', form);
    return uploads.map(({ soundId }) => soundId);
  }

  async names(route: string): Promise<string[]> {
    const { items } = await this.json<{ items: Named[] }>('GET', route);
    return items.map(({ filename }) => filename).sort();
  }

  /** With all copies: tones are copies of each other. */
  async found(query: string, mode = 'keyword'): Promise<string[]> {
    const answer = await this.json<{ results: { sound: Named }[] }>(
      'GET',
      `/search?q=${encodeURIComponent(query)}&mode=${mode}&copies=show`,
    );
    return answer.results.map(({ sound }) => sound.filename).sort();
  }

  async ready(count: number): Promise<void> {
    await until(120_000, `${count} sounds to be ready`, async () => {
      const { items } = await this.json<{ items: unknown[] }>('GET', '/audio/files?status=ready');
      const stats = await this.json<{ index: { segments: number } }>('GET', '/analytics/stats');
      return items.length === count && stats.index.segments >= count;
    });
  }
}

/** What was done and what came of it. */
async function useAll(user: User): Promise<[string, unknown][]> {
  const said: [string, unknown][] = [];
  const say = (what: string, answer: unknown): void => void said.push([what, answer]);
  const [kettle, thunder, bell, glocken] = (await user.upload(files)) as [string, string, string, string];
  await user.ready(4);
  say('upload again', (await user.upload([files[0]!]))[0] === kettle);
  say('list', await user.names('/audio/files?sort=title'));

  for (const query of ['kettle', 'kettel', 'glocken', '"bell"', 'thunder OR bell', '-kettle', 'name:bell', 'nothing'])
    say(`search ${query}`, await user.found(query));
  say('by sound', (await user.found('a tone', 'semantic')).length > 0);
  const advanced = await user.json<{ results: { sound: Named }[] }>('POST', '/search/advanced', {
    q: 'thunder',
    mode: 'keyword',
    filters: { maxDurationS: 60 },
  });
  say(
    'advanced',
    advanced.results.map(({ sound }) => sound.filename),
  );
  say('similar', await user.status('GET', `/audio/files/${kettle}/similar?copies=show`));
  say('moments', await user.status('GET', `/audio/files/${kettle}/moments?q=tone`));
  say('copies', await user.status('GET', `/audio/files/${kettle}/copies`));
  const history = async () =>
    (await user.json<{ items: { id: number; query: string }[] }>('GET', '/search/history')).items;
  await until(20_000, 'the history', async () => (await history()).length > 5);
  say('history', (await history()).map(({ query }) => query).sort());
  say('forget one', await user.status('DELETE', `/search/history/${(await history())[0]!.id}`));
  const suggested = await user.json<{ items: { kind: string; text: string }[] }>('GET', '/search/suggestions?q=ket');
  say(
    'suggestions',
    suggested.items.filter(({ kind }) => kind !== 'prompt'),
  );

  const other = { title: 'Of nobody', artist: null };
  say('rename blindly', await user.status('PATCH', `/audio/files/${bell}`, { title: 'Bell', was: other }));
  say('rename', await user.status('PATCH', `/audio/files/${bell}`, { title: 'Große Glocke', artist: 'Ada', bpm: 120 }));
  say('found by its title', await user.found('große'));
  const edited = await user.json<{ changed: number; undo: unknown[] }>('POST', '/audio/files/edit', {
    ids: [bell, kettle],
    patch: { album: 'Haus' },
  });
  say('edit several', edited.changed);
  for (const body of edited.undo) say('take it back', await user.status('POST', '/audio/files/edit', body));
  say('found by artist', await user.found('artist:ada'));
  say('tag', await user.status('POST', '/audio/files/tags', { ids: [kettle, bell], add: ['metal', 'loud'] }));
  say('untag', await user.status('POST', '/audio/files/tags', { ids: [bell], remove: ['loud'] }));
  say('by tag', [await user.found('tag:metal'), await user.found('tag:loud')]);
  const { items: tags } = await user.json<{ items: { name: string; sounds: number }[] }>('GET', '/tags');
  say(
    'tags',
    tags.filter(({ name }) => ['metal', 'loud'].includes(name)),
  );
  say('vocabulary', await user.status('PUT', '/tags/vocabulary', { own: [{ name: 'clang' }] }));

  const collection = await user.json<{ id: string }>('POST', '/collections', { name: 'Kitchen' });
  say('same name', await user.status('POST', '/collections', { name: 'kitchen' }));
  say('fill', await user.status('POST', `/collections/${collection.id}/sounds`, { soundIds: [kettle, thunder, bell] }));
  say(
    'move',
    await user.status('POST', `/collections/${collection.id}/sounds/move`, { soundIds: [bell], before: kettle }),
  );
  const inOrder = await user.json<{ items: Named[] }>('GET', `/collections/${collection.id}/sounds`);
  say(
    'in order',
    inOrder.items.map(({ filename }) => filename),
  );
  const playlist = await user.ask('GET', `/collections/${collection.id}/export?format=m3u8`);
  say(
    'playlist',
    (await playlist.text()).split('\n').filter((line) => line.startsWith('#EXTINF')),
  );
  const archive = await user.ask('GET', `/collections/${collection.id}/export?format=zip`);
  say('archive', (await archive.arrayBuffer()).byteLength > 10_000);
  say('in collection', await user.found('collection:Kitchen'));
  say('take out', await user.status('POST', `/collections/${collection.id}/sounds/remove`, { soundIds: [thunder] }));

  say('rate', await user.status('PUT', '/ratings', { soundIds: [kettle], favourite: true, stars: 4 }));
  say('favourites', await user.found('favourite:yes'));
  const saved = await user.json<{ id: string }>('POST', '/saved-searches', { name: 'Mine', query: 'tag:metal' });
  say('seen', await user.status('POST', `/saved-searches/${saved.id}/seen`));
  say('rename search', await user.status('PATCH', `/saved-searches/${saved.id}`, { name: 'Ours' }));
  say('forget search', await user.status('DELETE', `/saved-searches/${saved.id}`));

  const part = await fetch(`${user.app.url}/api/v1/audio/files/${kettle}/stream`, {
    headers: { range: 'bytes=0-99', ...(user.cookie && { cookie: user.cookie }) },
  });
  say('play', [part.status, (await part.arrayBuffer()).byteLength]);
  say('played', await user.status('POST', `/audio/files/${kettle}/plays`));
  const played = await user.json<{ items: { sound: Named }[] }>('GET', '/analytics/played');
  say(
    'played last',
    played.items.map(({ sound }) => sound.filename),
  );
  const usage = await user.json<{ plays: number; uploads: number }>('GET', '/analytics/usage?days=7');
  say('usage', [usage.plays, usage.uploads]);

  say('to the bin', await user.status('POST', '/audio/files/delete', { ids: [thunder] }));
  say('in the bin', await user.names('/bin'));
  say('not found', await user.found('thunder'));
  say('back', await user.status('POST', '/bin/restore', { soundIds: [thunder] }));
  say('found again', await user.found('thunder'));
  say('for good', await user.status('DELETE', `/audio/files/${glocken}?permanent=true`));
  say('gone', [await user.status('GET', `/audio/files/${glocken}`), await user.status('DELETE', `/bin/${glocken}`)]);
  await user.status('POST', '/audio/files/delete', { ids: [thunder] });
  say('empty the bin', (await user.status('DELETE', '/bin')) < 300);
  await until(30_000, 'an empty bin', async () => (await user.names('/bin')).length === 0);

  const imported = await user.json<{ id: string }>('POST', '/folders', { path: path.join(folder.path, 'import') });
  await until(60_000, 'the import', async () => (await user.found('whistle')).length === 1);
  say('imported', await user.names('/audio/files?sort=title'));
  say('its files', await user.status('GET', `/folders/${imported.id}/files`));
  say('forget the folder', await user.status('DELETE', `/folders/${imported.id}`));
  await user.ready(3);

  for (const kind of ['check', 'compact', 'rebuild']) {
    const { id } = await user.json<{ id: string }>('POST', '/system/tasks', {
      kind,
      ...(kind === 'check' && { hash: true }),
    });
    interface Task {
      id: string;
      state: string;
      error: string | null;
      report: { faults?: unknown; complaints?: unknown } | null;
    }
    let task: Task | undefined;
    await until(60_000, `${kind} to end`, async () => {
      task = (await user.json<{ items: Task[] }>('GET', '/system/tasks')).items.find((each) => each.id === id);
      return task !== undefined && task.state !== 'running';
    });
    say(kind, [task?.state, task?.error, task?.report?.faults, task?.report?.complaints]);
  }
  say('backups', [await user.status('GET', '/backups'), await user.status('POST', '/backups')]);
  say('another run', (await user.status('POST', '/audio/process', { soundIds: [kettle], force: true })) < 300);
  await user.ready(3);

  // Nothing that can be read fails.
  const { paths } = JSON.parse(await (await fetch(`${user.app.url}/openapi.json`)).text()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const reads = Object.keys(paths).filter((route) => paths[route]!.get && route.startsWith('/api/v1'));
  for (const route of reads.filter((each) => !NOT_ASKED.test(each))) {
    const status = await user.status(
      'GET',
      route
        .replace('/api/v1', '')
        .replace('/audio/files/{id}', `/audio/files/${kettle}`)
        .replace('/collections/{id}', `/collections/${collection.id}`)
        .replaceAll(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000'),
    );
    say(`GET ${route}`, status);
    expect([route, status < 500 || status === 503]).toEqual([route, true]);
  }
  return said;
}

/** Makes the first account and lets another in. */
async function signUp(app: AppProcess): Promise<[string, unknown][]> {
  const said: [string, unknown][] = [];
  const ada = new User(app);
  expect(await ada.status('GET', '/audio/files')).toBe(401);
  const token = /\/setup#(\S+)/.exec(app.output)?.[1];
  const cookieOf = (answer: Response): string =>
    answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
  const made = await ada.ask('POST', '/auth/setup', { token, name: 'Ada', password: PASSWORD });
  ada.cookie = cookieOf(made);
  said.push(['set up', made.status]);
  const bob = await ada.json<{ id: string }>('POST', '/users', { name: 'Bob', role: 'viewer', password: PASSWORD });
  said.push(['same name', await ada.status('POST', '/users', { name: 'bob', role: 'viewer', password: PASSWORD })]);
  const viewer = new User(app);
  said.push(['wrong password', await viewer.status('POST', '/auth/login', { name: 'Bob', password: 'wrong one' })]);
  const login = await viewer.ask('POST', '/auth/login', { name: 'bob', password: PASSWORD });
  viewer.cookie = cookieOf(login);
  said.push(['viewer', [login.status, await viewer.status('GET', '/audio/files')]]);
  said.push(['viewer may not', await viewer.status('POST', '/collections', { name: 'Bob' })]);
  const key = await ada.json<{ id: string }>('POST', '/keys', { name: 'script', scopes: ['read'] });
  said.push(['forget key', await ada.status('DELETE', `/keys/${key.id}`)]);
  said.push(['off', await ada.status('PATCH', `/users/${bob.id}`, { off: true })]);
  said.push(['shut out', await viewer.status('GET', '/audio/files')]);
  for (const route of ['/auth/me', '/auth/sessions', '/keys', '/users', '/audit'])
    said.push([`GET ${route}`, await ada.status('GET', route)]);
  return [...said, ...(await useAll(ada))];
}

async function transcript(name: string, env: NodeJS.ProcessEnv): Promise<[string, unknown][]> {
  const dataDir = path.join(folder.path, name);
  const settings = { IMPORT_DIRS: path.join(folder.path, 'import'), AUTH: 'required', LOG_LEVEL: 'warn', ...env };
  const app = await AppProcess.spawn(dataDir, settings).ready();
  try {
    return await signUp(app);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${app.output.slice(-3000)}`, { cause: error });
  } finally {
    await app.stop();
  }
}

let embedded: Promise<[string, unknown][]> | undefined;

it('does what people do on SQLite and a disk', async () => {
  const said = new Map(await (embedded = transcript('embedded', {})));
  expect(said.get('search kettel')).toEqual(['kettle.wav']);
  expect(said.get('by tag')).toEqual([['bell.wav', 'kettle.wav'], ['kettle.wav']]);
  expect(said.get('in order')).toEqual(['bell.wav', 'kettle.wav', 'thunder.wav']);
  expect(said.get('imported')).toEqual(['bell.wav', 'kettle.wav', 'whistle.wav']);
  expect(said.get('check')?.[0 as never]).toBe('completed');
});

describe.skipIf(withoutPostgres() !== null || withoutS3() !== null)('on PostgreSQL and S3', () => {
  let postgres: TestPostgres;
  let s3: TestS3;
  beforeAll(async () => void ([postgres, s3] = await Promise.all([TestPostgres.start(), TestS3.start()])));
  afterAll(async () => {
    await postgres?.stop();
    await s3?.stop();
  });

  it('does the same', async () => {
    const said = await transcript('scaled', { DATABASE_URL: await postgres.library(), ...s3.settings('whole') });
    expect(said).toEqual(await (embedded ??= transcript('again', {})));
  });

  it.skipIf(withoutWeaviate() !== null)('does the same with the vectors in Weaviate', async () => {
    const weaviate = await TestWeaviate.start();
    try {
      const env = { DATABASE_URL: await postgres.library(), ...weaviate.settings, ...s3.settings('weaviate') };
      expect(await transcript('weaviate', env)).toEqual(await (embedded ??= transcript('again', {})));
    } finally {
      await weaviate.stop();
    }
  });

  it('does the same with the vectors in PostgreSQL too', async () => {
    const url = await postgres.library();
    const said = await transcript('pgvector', { DATABASE_URL: url, VECTORS: 'pgvector', ...s3.settings('vectors') });
    expect(said).toEqual(await (embedded ??= transcript('again', {})));
  });
});
