import { Readable } from 'node:stream';
import { beforeEach, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { createApp } from '../../src/http/app.js';
import { UploadService } from '../../src/domain/ingest/upload.service.js';
import { KeyedLock } from '../../src/domain/keyed-lock.js';
import { FakeWorld } from '../support/fakes.js';
import { forAll, openToAll } from '../support/viewers.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});
const bytes = (text: string): Readable => Readable.from([Buffer.from(text)]);

it('keeps the bytes of a sound that is deleted while the same bytes are uploaded', async () => {
  const { uploads, bin } = world.deps();
  for (let round = 0; round < 20; round++) {
    const old = [...world.sounds.values()][0] ?? world.add('same');
    const [outcome] = await Promise.all([
      uploads.receive(LOCAL, 'again.wav', bytes('same')),
      bin.delete(LOCAL, [old.id], { permanent: true }),
    ]);
    const sound = [...world.sounds.values()][0];
    // Whichever came first: a sound that is in the library has its bytes, and bytes without a sound are gone.
    expect(world.bytes.has(old.sha256)).toBe(sound !== undefined);
    expect(outcome.status).toBe(sound ? 'queued' : 'duplicate');
  }
});

it('takes the same bytes sent twice at once as one sound', async () => {
  const { uploads } = world.deps();
  const outcomes = await Promise.all([
    uploads.receive(LOCAL, 'a.wav', bytes('same')),
    uploads.receive(LOCAL, 'b.wav', bytes('same')),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['duplicate', 'queued']);
  expect(world.sounds.size).toBe(1);
  expect(world.queued).toHaveLength(1);
});

it('brings back the file of a sound whose file was lost', async () => {
  const { uploads, library } = world.deps();
  const sound = world.add('one');
  world.bytes.delete(sound.sha256);
  await expect(library.file(LOCAL, sound.id)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('missing') as unknown,
  });
  expect(await uploads.receive(LOCAL, 'one.wav', bytes('one'))).toMatchObject({
    status: 'duplicate',
    soundId: sound.id,
  });
  expect((await library.file(LOCAL, sound.id)).sound.id).toBe(sound.id);
});

it('takes back the bytes when the sound cannot be written down', async () => {
  const ports = world.ports();
  const failing = {
    ...ports.jobs,
    accept: () => {
      throw new Error('database is full');
    },
  };
  const service = new UploadService({
    ...ports,
    sounds: forAll(ports.sounds),
    jobs: forAll(failing),
    access: openToAll,
    store: world.store(),
    bin: world.bin(),
    locks: new KeyedLock(),
    events: world.events,
    origins: { add: () => true },
    maxUploadBytes: 100,
  });
  await expect(service.receive(LOCAL, 'a.wav', bytes('one'))).rejects.toThrow('database is full');
  expect([...world.bytes.keys()].filter((key) => !key.startsWith('temporary'))).toEqual([]);
});

it('says that too much waits already, and when to come again', async () => {
  const app = createApp(world.deps({ maxWaiting: 2 }));
  const send = (...names: string[]) => {
    const form = new FormData();
    for (const name of names) form.append('files', new Blob([name]), name);
    return app.request('/api/v1/audio/upload', { method: 'POST', body: form });
  };
  expect((await send('a.wav')).status).toBe(202);
  expect((await send('b.wav')).status).toBe(202);
  const full = await send('c.wav', 'd.wav');
  expect(full.status).toBe(503);
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await full.json()).toMatchObject({ code: 'busy', detail: expect.stringContaining('2 sounds') as string });
  expect(world.sounds.size).toBe(2);
  expect(world.queued).toHaveLength(2);
});
