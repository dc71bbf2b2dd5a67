import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { DiskReserve } from '../../src/adapters/disk/disk-reserve.js';
import {
  openDatabase,
  openStores,
  SqlBinRepository,
  SqlJobRepository,
  SqlSoundRepository,
  type Database,
  storageOver,
  storesOver,
  ThreadWriter,
} from '../../src/adapters/sql/index.js';
import { asStorageFull, DomainError } from '../../src/domain/errors.js';
import { UploadService } from '../../src/domain/ingest/upload.service.js';
import { KeyedLock } from '../../src/domain/keyed-lock.js';
import { BinService } from '../../src/domain/library/bin.service.js';
import { silentLog } from './ingest-fixtures.js';
import { MemoryEvents } from '../support/memory-events.js';
import { testJobs } from '../support/jobs.js';
import { forAll, openToAll } from '../support/viewers.js';

const DAY_MS = 86_400_000;

let directory: string;
let db: Database;
let store: DiskAudioStore;
let sounds: SqlSoundRepository;
let jobs: SqlJobRepository;
let now = Date.now();
const told: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'traum-bin-'));
  db = openDatabase(path.join(directory, 'traum.db'));
  store = new DiskAudioStore({ directory: path.join(directory, 'audio') });
  sounds = new SqlSoundRepository(storageOver(db));
  jobs = new SqlJobRepository(storageOver(db));
  now = Date.now();
  told.length = 0;
});

afterEach(async () => {
  db.close();
  await rm(directory, { recursive: true, force: true });
});

const queue = {
  add: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  ping: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
const locks = new KeyedLock();

const service = (given: Partial<ConstructorParameters<typeof BinService>[0]> = {}): BinService =>
  new BinService({
    work: testJobs(),
    bin: forAll(new SqlBinRepository(storageOver(db))),
    access: openToAll,
    sounds: forAll(sounds),
    jobs,
    store,
    queue,
    locks,
    reserve: { use: async (work) => work(), fill: () => Promise.resolve() },
    keptDays: 30,
    logger: silentLog,
    events: { tell: (event) => event.kind === 'sound' && told.push(`${event.change} ${event.soundId}`) },
    now: () => now,
    ...given,
  });

const uploads = (bin: BinService): UploadService =>
  new UploadService({
    store,
    jobs: forAll(jobs),
    sounds: forAll(sounds),
    access: openToAll,
    queue,
    bin,
    locks,
    events: new MemoryEvents(),
    probe: {
      probe: () =>
        Promise.resolve({
          durationS: 1,
          sampleRateHz: 8000,
          channels: 1,
          codec: 'pcm_s16le',
          bitRateKbps: 128,
          bitsPerSample: null,
          tracks: [0],
          lengthFrom: 'header',
          strayShare: 0,
        }),
    },
    origins: { add: () => true },
    maxUploadBytes: 1e6,
  });

async function add(text: string): Promise<{ id: string; sha256: string }> {
  const outcome = await uploads(service()).receive(LOCAL, `${text}.wav`, Readable.from([Buffer.from(text)]));
  return { id: outcome.soundId!, sha256: createHash('sha256').update(text).digest('hex') };
}

describe('the bin', () => {
  it('keeps the bytes for its days, and then they are gone', async () => {
    const bin = service();
    const { id, sha256 } = await add('one');
    expect(await bin.delete(LOCAL, [id, randomUUID()])).toMatchObject({ deleted: [id] });
    expect(await store.has(sha256)).toBe(true);
    now += 29 * DAY_MS;
    await bin.purge();
    expect((await bin.sums()).sounds).toBe(1);
    now += 2 * DAY_MS;
    await bin.purge();
    expect([(await bin.sums()).sounds, await store.has(sha256)]).toEqual([0, false]);
    expect(told).toEqual([`deleted ${id}`]);
  });

  it('may be purged by two processes at once', async () => {
    const added = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(add));
    const ids = added.map(({ id }) => id);
    await service().delete(LOCAL, ids);
    now += 31 * DAY_MS;
    const other = openDatabase(path.join(directory, 'traum.db'));
    // Waiting for the other would hold up this thread, and with it the other: a process of its own is at least a thread.
    const settings = { recordSearches: false };
    const writer = new ThreadWriter({ file: path.join(directory, 'traum.db'), ...settings });
    const { bin } = openStores(storesOver(storageOver(other), settings), writer);
    await Promise.all([service().purge(), service({ bin: forAll(bin), locks: new KeyedLock() }).purge()]);
    await writer.close();
    other.close();
    expect((await service().sums()).sounds).toBe(0);
    expect(await Promise.all(added.map(({ sha256 }) => store.has(sha256)))).toEqual(ids.map(() => false));
  });

  it('deletes after a crash what had lost its row but not its bytes; nothing that is in use again', async () => {
    const [gone, back] = [await add('gone'), await add('back')];
    // The rows are gone, and the process with them.
    await new SqlBinRepository(storageOver(db)).erase([gone.id, back.id], 'anywhere');
    expect(await store.has(gone.sha256)).toBe(true);
    const again = await add('back');
    await service().purge();
    expect([await store.has(gone.sha256), await store.has(back.sha256)]).toEqual([false, true]);
    expect(await sounds.get(again.id)).not.toBeNull();
    expect(await new SqlBinRepository(storageOver(db)).leftovers()).toEqual([]);
  });

  it('deletes the bytes of an upload that ended in a crash before it was accepted, after an hour', async () => {
    const bin = service();
    // What a killed process does not come to: from here on nothing is written, nor taken back.
    const remove = vi.spyOn(store, 'remove').mockResolvedValue();
    vi.spyOn(jobs, 'accept').mockRejectedValueOnce(new Error('killed'));
    const cut = uploads(bin).receive(LOCAL, 'cut.wav', Readable.from([Buffer.from('cut')]));
    await expect(cut).rejects.toThrow('killed');
    remove.mockRestore();
    const sha256 = createHash('sha256').update('cut').digest('hex');
    await add('whole');
    await bin.purge();
    expect(await store.has(sha256)).toBe(true);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61 * 60_000 });
    try {
      await bin.purge();
    } finally {
      vi.useRealTimers();
    }
    expect(await store.has(sha256)).toBe(false);
    expect(await new SqlBinRepository(storageOver(db)).leftovers()).toEqual([]);
    expect((await sounds.allIds()).length).toBe(1);
  });

  it('gives a sound back when its bytes are uploaded again, but not when a folder has them still', async () => {
    const bin = service();
    const { id } = await add('tide');
    await bin.delete(LOCAL, [id]);
    const bytes = () => Readable.from([Buffer.from('tide')]);
    expect(await uploads(bin).receive(LOCAL, 'tide.wav', bytes(), { fromBin: false })).toMatchObject({
      status: 'rejected',
      error: expect.stringContaining('sound_in_bin') as unknown,
    });
    expect(await sounds.get(id)).toBeNull();
    expect(await uploads(bin).receive(LOCAL, 'other name.wav', bytes())).toMatchObject({
      status: 'restored',
      soundId: id,
    });
    expect((await sounds.get(id))?.filename).toBe('tide.wav');
    expect(told.at(-1)).toBe(`restored ${id}`);
    expect(await uploads(bin).receive(LOCAL, 'tide.wav', bytes())).toMatchObject({ status: 'duplicate', soundId: id });
  });

  it('is passed by at a wish, and where it is turned off', async () => {
    const [a, b, c] = [await add('a'), await add('b'), await add('c')];
    await service().delete(LOCAL, [a.id]);
    await service().delete(LOCAL, [a.id, b.id], { permanent: true });
    await service({ keptDays: 0 }).delete(LOCAL, [c.id]);
    expect((await service().sums()).sounds).toBe(0);
    expect(await Promise.all([a, b, c].map(({ sha256 }) => store.has(sha256)))).toEqual([false, false, false]);
  });

  it('lets others have their turn while ten thousand are deleted and restored', async () => {
    const insert = db.prepare(
      `INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at)
       VALUES (?, ?, ?, 'wav', 1, ?, '', '')`,
    );
    const ids = Array.from({ length: 10_000 }, () => randomUUID());
    db.transaction(() => {
      for (const id of ids) insert.run(id, createHash('sha256').update(id).digest('hex'), `${id}.wav`, id);
    })();
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const bin = service();
    expect((await bin.delete(LOCAL, ids)).deleted).toHaveLength(10_000);
    expect((await bin.restore(LOCAL)).restored).toHaveLength(10_000);
    await bin.delete(LOCAL, ids);
    expect((await bin.empty(LOCAL)).deleted).toBe(10_000);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(100);
  }, 180_000);
});

describe('the reserve', () => {
  const full = (): Error => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  const file = (): string => path.join(directory, 'reserve');
  const size = (): Promise<number> =>
    stat(file()).then(
      (found) => found.size,
      () => 0,
    );

  it('makes room once for work that a full disk has stopped, and is there again after', async () => {
    const reserve = new DiskReserve({ file: file(), bytes: 1_000_000 });
    await reserve.fill();
    expect(await size()).toBe(1_000_000);
    let tries = 0;
    const result = await reserve.use(async () => {
      if (++tries === 1) throw full();
      return await size();
    });
    expect(result).toBe(0);
    expect(await size()).toBe(1_000_000);
    await expect(reserve.use(() => Promise.reject(full()))).rejects.toThrow('disk is full');
    await expect(reserve.use(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });

  it('is lent from the beginning where little else is free, and not where there is enough', async (context) => {
    const small = path.join(directory, 'small');
    await mkdir(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      context.skip('no file system may be mounted here');
    }
    try {
      const reserve = new DiskReserve({ file: path.join(small, 'reserve'), bytes: 1_000_000 });
      await reserve.fill();
      const work = (name: string) => () => writeFile(path.join(small, name), randomBytes(500_000));
      expect(await reserve.lend(async () => (await stat(path.join(small, 'reserve'))).size)).toBe(1_000_000);
      await writeFile(path.join(small, 'other'), randomBytes(2_100_000));
      await expect(work('a')()).rejects.toMatchObject({ code: 'ENOSPC' });
      await rm(path.join(small, 'a'), { force: true });
      await reserve.lend(work('a'));
      expect((await stat(path.join(small, 'a'))).size).toBe(500_000);
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('keeps its second half for work that frees space', async () => {
    const reserve = new DiskReserve({ file: file(), bytes: 1_000_000 });
    await writeFile(file(), Buffer.alloc(400_000));
    let tries = 0;
    const failsOnce = (): string => {
      if (tries++ === 0) throw full();
      return 'done';
    };
    await expect(reserve.use(failsOnce, { keepHalf: true })).rejects.toThrow('disk is full');
    tries = 0;
    expect(await reserve.use(failsOnce)).toBe('done');
  });

  it('tells a full bin apart: deleting into it says what to do, emptying it works', async () => {
    const { id } = await add('one');
    const bin = new SqlBinRepository(storageOver(db));
    await bin.put([id]);
    const other = await add('two');
    bin.put = () => {
      throw full();
    };
    const reserve = new DiskReserve({ file: file(), bytes: 1_000_000 });
    const tight = service({ bin: forAll(bin), reserve });
    await expect(tight.delete(LOCAL, [other.id])).rejects.toMatchObject({
      code: 'storage_full',
      message: expect.stringContaining('Empty the bin') as unknown,
    });
    expect(await tight.empty(LOCAL)).toEqual({ deleted: 1, freedBytes: 3, kept: 0 });
  });

  it('knows a full disk however it is told', () => {
    for (const code of ['SQLITE_FULL', 'ENOSPC', 'EDQUOT']) {
      expect(asStorageFull(Object.assign(new Error('x'), { code }))?.code).toBe('storage_full');
    }
    expect(asStorageFull(new DomainError('storage_full', 'x'))?.message).toBe('x');
    expect(asStorageFull(new Error('x'))).toBeNull();
  });
});
