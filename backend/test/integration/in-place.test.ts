import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { DiskFileAudit } from '../../src/adapters/disk/file-audit.js';
import { DiskFolders, DiskWatch, PlacedAudioStore, PlacedFileAudit } from '../../src/adapters/folders/index.js';
import { contentsOf, openDatabase, storageOver, storesOver, type Database } from '../../src/adapters/sql/index.js';
import { FfmpegCoverMaker } from '../../src/audio/covers/ffmpeg-cover-maker.js';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { createPeaksBuilder } from '../../src/audio/peaks.js';
import { createSoundAnalyzer } from '../../src/audio/analysis/sound-analyzer.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { FoldersService } from '../../src/domain/folders/folders.service.js';
import { GoneService } from '../../src/domain/folders/gone.service.js';
import type { Folder } from '../../src/domain/folders/folders.types.js';
import { ProcessService } from '../../src/domain/ingest/process.service.js';
import { UploadService } from '../../src/domain/ingest/upload.service.js';
import { KeyedLock } from '../../src/domain/keyed-lock.js';
import { BinService } from '../../src/domain/library/bin.service.js';
import { BulkService } from '../../src/domain/library/bulk.service.js';
import { FolderTagsService } from '../../src/domain/library/folder-tags.service.js';
import { LibraryService } from '../../src/domain/library/library.service.js';
import type { Sound } from '../../src/domain/library/library.types.js';
import { because, state } from '../../src/domain/reasons.js';
import { backupArchive } from '../../src/http/export/whole.js';
import { temporaryFolder } from '../contract/fixtures.js';
import { MemoryEvents } from '../support/memory-events.js';
import { testJobs } from '../support/jobs.js';
import { forAll, openToAll } from '../support/viewers.js';
import { silentLog, wav } from './ingest-fixtures.js';
import { fakeEmbedder, firstAttempt, MODEL } from './ingest-pipeline.js';

const PATIENCE = { timeout: 20_000, interval: 20 };
const DAY_MS = 86_400_000;

let place: ReturnType<typeof temporaryFolder>;
/** What IMPORT_DIRS names, and the drive in it. */
let [allowed, root] = ['', ''];
let db: Database;
let world: ReturnType<typeof open>;
let now = Date.now();

/** The real parts around one data folder and one drive, but for the model and Redis. */
function open() {
  const sql = storageOver(db);
  const stores = storesOver(sql, { recordSearches: false });
  const { sounds, jobs, placed, folders, bin: binned } = stores;
  const disk = new DiskFolders({ roots: [allowed] });
  const audioDir = path.join(place.path, 'audio');
  const kept = new DiskAudioStore({ directory: audioDir });
  const store = new PlacedAudioStore({ kept, placed, disk });
  const audit = new PlacedFileAudit({ kept: new DiskFileAudit({ directory: audioDir, store: kept }), store, placed });
  const events = new MemoryEvents();
  const locks = new KeyedLock();
  const queue = {
    add: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const common = { sounds: forAll(sounds), store, queue, locks, events };
  const work = testJobs(db);
  const bin = new BinService({
    ...common,
    bin: forAll(binned),
    access: openToAll,
    jobs,
    reserve: { use: async (task) => task(), fill: () => Promise.resolve() },
    keptDays: 30,
    logger: silentLog,
    work,
    now: () => now,
  });
  const bulk = new BulkService({ bulk: forAll(stores.bulk), sounds: forAll(sounds), events });
  const folderTags = new FolderTagsService({ rules: stores.folderTags, sounds: forAll(sounds), bulk });
  const uploads = new UploadService({
    ...common,
    jobs: forAll(jobs),
    bin,
    access: openToAll,
    probe: new FfmpegProbe({ maxDurationS: 3600 }),
    origins: stores.origins,
    folderTags,
    maxUploadBytes: 1e9,
  });
  const service = new FoldersService({
    disk,
    folders,
    placed,
    store,
    uploads,
    createWatch: () => new DiskWatch(),
    events,
    work,
    settleMs: 100,
    quietMs: 50,
    presenceMs: 100,
    logger: silentLog,
  });
  const gone = new GoneService({
    placed,
    bin,
    store,
    keptDays: 30,
    leads: () => Promise.resolve(true),
    logger: silentLog,
    now: () => now,
  });
  const processing = new ProcessService({
    jobs,
    sounds,
    store,
    probe: new FfmpegProbe({ maxDurationS: 3600 }),
    decoder: new FfmpegDecoder(),
    tags: new FileTagReader(),
    covers: new FfmpegCoverMaker(),
    embedder: fakeEmbedder(undefined, MODEL),
    createPeaks: createPeaksBuilder,
    createAnalyzer: createSoundAnalyzer,
    notifier: { notify: () => undefined },
    maxDurationS: 3600,
    logger: silentLog,
  });
  const library = new LibraryService({
    ...common,
    jobs: forAll(jobs),
    bin,
    pcm: { open: () => Promise.reject(new Error('nobody listens')) },
  });
  return {
    ...stores,
    binned,
    library,
    manyTags: bulk,
    rules: folderTags,
    kept,
    store,
    audit,
    bin,
    uploads,
    service,
    gone,
    processing,
    audioDir,
  };
}

beforeEach(async () => {
  place = temporaryFolder();
  allowed = path.join(place.path, 'drives');
  root = path.join(allowed, 'Samples');
  await mkdir(root, { recursive: true });
  db = openDatabase(path.join(place.path, 'traum.db'));
  now = Date.now();
  world = open();
});

afterEach(async () => {
  await world.service.stop();
  await world.audit.close();
  db.close();
  place.remove();
});

/** A second and a half of a tone that is this number's alone. */
async function put(
  name: string,
  number = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
): Promise<string> {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  const samples = Int16Array.from({ length: 66_000 }, (_, at) => 9000 * Math.sin((at * (number % 900) + at) / 3000));
  await wav(file, Buffer.from(samples.buffer));
  const yesterday = new Date(Date.now() - DAY_MS);
  await utimes(file, yesterday, yesterday);
  return file;
}

const scanned = async (id: string): Promise<Folder> => {
  await vi.waitFor(async () => expect((await world.service.get(LOCAL, id)).scan).toBeNull(), PATIENCE);
  return world.service.get(LOCAL, id);
};
async function add(options: Partial<{ watch: boolean; inPlace: boolean; path: string }> = {}): Promise<string> {
  const { id } = await world.service.add(LOCAL, {
    path: root,
    watch: false,
    recursive: true,
    inPlace: true,
    ...options,
  });
  await scanned(id);
  return id;
}
async function scan(id: string): Promise<Folder> {
  await world.service.scan(LOCAL, id);
  return scanned(id);
}
const all = async (): Promise<Sound[]> =>
  (await world.sounds.list({ filters: {}, sort: 'title', order: 'asc', limit: 100 })).items;
const names = async (): Promise<string[]> => (await all()).map(({ filename }) => filename);
const only = async (): Promise<Sound> => {
  const [sound, ...others] = await all();
  expect(others).toEqual([]);
  return sound!;
};
const bytesOf = async ({ sha256 }: Sound): Promise<Buffer> => buffer(await world.store.read(sha256));
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
async function process(): Promise<void> {
  for (const { id } of await world.jobs.unfinished()) await world.processing.run(id, firstAttempt());
}
/** Files that the library keeps itself. */
const copies = async (): Promise<string[]> => {
  const entries = await readdir(world.audioDir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};
/** What a person would notice of the drive: names, contents and times of everything on it. */
async function drive(): Promise<unknown> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => {
      const { mtimeMs, size, mode } = await stat(file);
      return [path.relative(root, file), size, mtimeMs, mode, hash(await readFile(file))];
    }),
  );
}

describe('a folder that stays in its place', () => {
  it('is listened to, played in ranges and checked without a copy, and nothing in it is touched', async () => {
    await put('a.wav');
    await put('Drums/Kick.wav');
    await put(
      'Drums/again.wav',
      [...'a.wav'].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
    );
    await writeFile(path.join(root, 'notes.mp3'), 'no sound');
    const before = await drive();
    const id = await add();
    expect(await scanned(id)).toMatchObject({ counts: { imported: 2, duplicate: 1, rejected: 1 }, missing: 0 });
    await process();
    const [a, kick] = await all();
    expect([a!.status, kick!.status]).toEqual(['ready', 'ready']);
    expect(a!.durationS).toBeCloseTo(1.497, 2);
    expect(a).toMatchObject({ folders: ['Samples', 'Samples/Drums'], inPlace: { state: 'there' } });
    const whole = await readFile(path.join(root, 'Drums/Kick.wav'));
    expect(hash(await bytesOf(kick!))).toBe(kick!.sha256);
    expect(await buffer(await world.store.read(kick!.sha256, { start: 100, end: 299 }))).toEqual(
      whole.subarray(100, 300),
    );
    const examined = { hash: true, signal: new AbortController().signal };
    expect(await world.audit.examine(kick!, examined)).toBeNull();
    expect(await copies()).toEqual([]);
    expect(await drive()).toEqual(before);
    const contents = contentsOf(path.join(place.path, 'traum.db'));
    expect(contents).toMatchObject({ files: [], inPlace: 2 });
  });

  it('knows a file that was renamed or moved by its content: the same sound with its tags, called as it is now', async () => {
    const file = await put('old name.wav');
    const id = await add();
    const before = await only();
    await world.sounds.update(before.id, { tags: ['mine'], title: null });
    await mkdir(path.join(root, 'Kicks'));
    await rename(file, path.join(root, 'Kicks/new name.wav'));
    expect(await scan(id)).toMatchObject({ counts: { imported: 1, duplicate: 0 }, missing: 0 });
    const after = await only();
    expect(after).toMatchObject({ id: before.id, filename: 'new name.wav', folders: ['Samples/Kicks'] });
    expect(after.tags.map(({ name }) => name)).toEqual(['mine']);
    expect(after.inPlace?.state).toBe('there');
    expect(hash(await bytesOf(after))).toBe(before.sha256);
  });

  it('knows two files that have exchanged their names', async () => {
    const [a, b] = [await put('a.wav'), await put('b.wav')];
    const id = await add();
    const before = new Map((await all()).map(({ id: sound, sha256 }) => [sha256, sound]));
    await rename(a, `${a}.aside`);
    await rename(b, a);
    await rename(`${a}.aside`, b);
    await scan(id);
    const after = await all();
    expect(after.map(({ filename }) => filename)).toEqual(['a.wav', 'b.wav']);
    for (const sound of after) {
      expect(before.get(sound.sha256)).toBe(sound.id);
      expect(hash(await readFile(path.join(root, sound.filename)))).toBe(sound.sha256);
    }
  });

  it('reads a changed file again as the same sound, and never plays it as the old one', async () => {
    const file = await put('loop.wav', 1);
    const id = await add();
    await process();
    const before = await only();
    await world.sounds.update(before.id, { tags: ['mine'] });
    await put('loop.wav', 2);
    await expect(world.store.read(before.sha256)).rejects.toMatchObject({ code: 'not_ready' });
    await expect(world.store.withLocalFile(before.sha256, () => Promise.resolve())).rejects.toMatchObject({
      code: 'not_ready',
    });
    await scan(id);
    const after = await only();
    expect(after.id).toBe(before.id);
    expect(after.sha256).toBe(hash(await readFile(file)));
    expect(after.tags.map(({ name }) => name)).toEqual(['mine']);
    await process();
    expect((await only()).status).toBe('ready');
  });

  it('notices a change that kept size and time, when it is played and when it is scanned', async () => {
    const file = await put('loop.wav', 1);
    const { mtime } = await stat(file);
    const id = await add();
    const before = await only();
    await put('loop.wav', 2);
    await utimes(file, mtime, mtime);
    await expect(world.store.read(before.sha256)).rejects.toMatchObject({ code: 'not_ready' });
    await scan(id);
    expect((await only()).sha256).toBe(hash(await readFile(file)));
  });

  it('goes on playing a file whose rights or name on another path changed, and does not listen to it again', async () => {
    const file = await put('loop.wav');
    const id = await add();
    await process();
    await chmod(file, 0o600);
    await link(file, path.join(place.path, 'elsewhere.wav'));
    const sound = await only();
    expect(hash(await bytesOf(sound))).toBe(sound.sha256);
    await scan(id);
    expect(await only()).toMatchObject({ id: sound.id, status: 'ready' });
  });

  it('breaks off when a file is changed while it is read', async () => {
    const file = await put('loop.wav');
    await add();
    const sound = await only();
    const stream = await world.store.read(sound.sha256);
    await appendFile(file, 'more');
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'not_ready' });
    const lent = world.store.withLocalFile(sound.sha256, () => Promise.resolve());
    await expect(lent).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('marks what is gone, keeps it for thirty days, then puts it into the bin, from where it comes back with its file', async () => {
    const file = await put('a.wav');
    await put('b.wav');
    const id = await add();
    const aside = path.join(place.path, 'aside.wav');
    await rename(file, aside);
    expect(await scan(id)).toMatchObject({ missing: 1, counts: { imported: 1 } });
    const [gone] = await all();
    await world.sounds.update(gone!.id, { tags: ['mine'] });
    expect(gone).toMatchObject({ filename: 'a.wav', inPlace: { state: 'missing' } });
    await expect(bytesOf(gone!)).rejects.toMatchObject({ code: 'not_found' });
    now += 29 * DAY_MS;
    await world.gone.look();
    expect(await names()).toEqual(['a.wav', 'b.wav']);
    now += 2 * DAY_MS;
    await world.gone.look();
    expect(await names()).toEqual(['b.wav']);
    await copyFile(aside, file);
    await utimes(file, new Date(0), new Date(0));
    await scan(id);
    const [back] = await all();
    expect(back).toMatchObject({ id: gone!.id, inPlace: { state: 'there' } });
    expect(back!.tags.map(({ name }) => name)).toEqual(['mine']);
    expect(await world.service.get(LOCAL, id)).toMatchObject({ missing: 0, counts: { imported: 2 } });
  });

  it('waits anew for a file whose sound somebody took out of the bin', async () => {
    const file = await put('a.wav');
    await put('b.wav');
    const id = await add();
    await rm(file);
    await scan(id);
    const [gone] = await all();
    now += 31 * DAY_MS;
    await world.gone.look();
    now = Date.now();
    await world.bin.restore(LOCAL, [gone!.id]);
    await world.gone.look();
    expect(await names()).toEqual(['a.wav', 'b.wav']);
  });

  it.each([
    ['is not there', () => rename(root, `${root}.unplugged`), () => rename(`${root}.unplugged`, root)],
    [
      'is an empty place to mount it at',
      async () => {
        await rename(root, `${root}.unplugged`);
        await mkdir(root);
      },
      async () => {
        await rm(root, { recursive: true });
        await rename(`${root}.unplugged`, root);
      },
    ],
  ])(
    'loses nothing while its drive is unplugged and the folder %s, says so, and works when it is back',
    async (_, unplug, plug) => {
      await put('a.wav');
      await put('Drums/b.wav');
      const id = await add();
      await process();
      await unplug();
      expect(await scan(id)).toMatchObject({ counts: { imported: 2 }, missing: 0 });
      const away = await world.service.get(LOCAL, id);
      expect(away.unpluggedSince).not.toBeNull();
      expect(away.error).not.toBeNull();
      const sounds = await all();
      expect(sounds.map(({ inPlace }) => inPlace?.state)).toEqual(['unplugged', 'unplugged']);
      await expect(bytesOf(sounds[0]!)).rejects.toMatchObject({ code: 'busy', transient: true });
      expect(await world.audit.examine(sounds[0]!, { hash: false, signal: new AbortController().signal })).toBe(
        'unplugged',
      );
      now += 400 * DAY_MS;
      await world.gone.look();
      expect(await names()).toEqual(['a.wav', 'b.wav']);
      await plug();
      expect(hash(await bytesOf(sounds[0]!))).toBe(sounds[0]!.sha256);
      expect(await scan(id)).toMatchObject({ unpluggedSince: null, error: null, counts: { imported: 2 }, missing: 0 });
      expect((await all()).map(({ inPlace, status }) => [inPlace?.state, status])).toEqual([
        ['there', 'ready'],
        ['there', 'ready'],
      ]);
      expect(await world.jobs.unfinished()).toEqual([]);
    },
  );

  it('notices by itself that a drive is gone and back, and tries again what failed meanwhile', async () => {
    await put('a.wav');
    const id = await add();
    await world.service.start();
    await rename(root, `${root}.unplugged`);
    await vi.waitFor(async () => expect((await world.service.get(LOCAL, id)).unpluggedSince).not.toBeNull(), PATIENCE);
    const [job] = await world.jobs.unfinished();
    await world.processing.run(job!.id, { ...firstAttempt(), attempt: 3, lastAttempt: true });
    expect((await only()).status).toBe('failed');
    await rename(`${root}.unplugged`, root);
    await vi.waitFor(async () => expect((await world.service.get(LOCAL, id)).unpluggedSince).toBeNull(), PATIENCE);
    await vi.waitFor(async () => expect(await world.jobs.unfinished()).toHaveLength(1), PATIENCE);
    await process();
    expect((await only()).status).toBe('ready');
  });

  it('has sounds embedded with another model as soon as the drive is back, whenever that failed', async () => {
    await put('a.wav');
    const id = await add();
    await process();
    const { models } = world;
    await models.requestSwitch('other');
    await models.beginSwitch('other-key');
    const [job] = await models.openJobs(1);
    const unplugged = state(because('place_unplugged'));
    await rename(root, `${root}.unplugged`);
    await models.startJob(job!);
    await models.failJob(job!, unplugged);
    await scan(id);
    expect(await models.counts()).toMatchObject({ failed: 1, open: 0 });
    await rename(`${root}.unplugged`, root);
    await scan(id);
    expect(await models.counts()).toMatchObject({ failed: 0, open: 1 });
    // A worker that was waiting gives up only now.
    await models.startJob(job!);
    await models.failJob(job!, unplugged);
    await world.service.start();
    await vi.waitFor(async () => expect(await models.counts()).toMatchObject({ failed: 0, open: 1 }), PATIENCE);
    // What is at fault itself is not tried again and again.
    await models.startJob(job!);
    await models.failJob(job!, state(because('file_without_audio')));
    await scan(id);
    expect(await models.counts()).toMatchObject({ failed: 1, open: 0 });
  });

  it('does not take what cannot be read at the moment for gone', async () => {
    await put('a.wav');
    await put('Drums/b.wav');
    const id = await add();
    const drums = path.join(root, 'Drums');
    // A link out of the folder is as closed as a folder without rights, which root reads all the same.
    await rename(drums, path.join(place.path, 'Drums'));
    await symlink(path.join(place.path, 'Drums'), drums);
    expect(await scan(id)).toMatchObject({ missing: 0, counts: { rejected: 1 } });
    expect(await names()).toEqual(['a.wav', 'b.wav']);
  });
});

describe('what is deleted in the app', () => {
  it('leaves its file alone and does not come back, whatever is scanned, moved or touched', async () => {
    const file = await put('a.wav');
    await put('b.wav');
    const before = await drive();
    const id = await add();
    const [a] = await all();
    await world.bin.delete(LOCAL, [a!.id]);
    expect(await names()).toEqual(['b.wav']);
    await scan(id);
    expect(await names()).toEqual(['b.wav']);
    await world.bin.restore(LOCAL, [a!.id]);
    expect(hash(await bytesOf(a!))).toBe(a!.sha256);
    await world.bin.delete(LOCAL, [a!.id], { permanent: true });
    expect(await drive()).toEqual(before);
    await scan(id);
    await utimes(file, new Date(0), new Date(0));
    await scan(id);
    await rename(file, path.join(root, 'moved.wav'));
    const folder = await scan(id);
    expect(await names()).toEqual(['b.wav']);
    expect(folder.counts).toEqual({ imported: 1, duplicate: 0, rejected: 1 });
    const [refused] = await world.service.files(LOCAL, id, { outcome: 'rejected', after: null, limit: 10 });
    expect(refused!.reason).toContain('place_deleted');
    // By hand it can be had again, as a copy.
    const { status } = await world.uploads.receive(
      LOCAL,
      'a.wav',
      Readable.from(await readFile(path.join(root, 'moved.wav'))),
    );
    expect(status).toBe('queued');
    expect(await names()).toEqual(['a.wav', 'b.wav']);
  });

  it('frees nothing, as nothing was taken; what was copied does', async () => {
    const file = await put('stays.wav');
    await add();
    await put('kept.wav', 500);
    const { size } = await stat(file);
    await world.uploads.receive(LOCAL, 'kept.wav', createReadStream(path.join(root, 'kept.wav')), { batch: false });
    await world.bin.delete(
      LOCAL,
      (await all()).map(({ id }) => id),
    );
    expect(await world.binned.sums()).toEqual({ sounds: 2, bytes: size });
    expect(await world.bin.empty(LOCAL)).toEqual({ deleted: 2, kept: 0, freedBytes: size });
    expect((await stat(file)).size).toBe(size);
  });

  it('is all of a folder that is removed: to the bin, and back with all its tags when the folder is added again', async () => {
    await put('a.wav');
    const before = await drive();
    const id = await add();
    const sound = await only();
    await world.sounds.update(sound.id, { tags: ['mine'] });
    await world.service.remove(LOCAL, id);
    await world.gone.look();
    expect(await names()).toEqual([]);
    expect(await drive()).toEqual(before);
    await add();
    const back = await only();
    expect(back.id).toBe(sound.id);
    expect(back.tags.map(({ name }) => name)).toEqual(['mine']);
    expect(hash(await bytesOf(back))).toBe(sound.sha256);
  });
});

describe('rules: all in a folder gets tags', () => {
  const ownTags = async (): Promise<Record<string, string[]>> =>
    Object.fromEntries(
      (await all()).map(({ filename, tags }) => [
        filename,
        tags.flatMap(({ name, source }) => (source === 'user' ? [name] : [])).sort(),
      ]),
    );

  it('count for what comes in later, in the folder and below, copied or in place, dropped or moved there', async () => {
    await world.rules.set(LOCAL, { folder: 'samples/DRUMS', tags: ['drum', 'dry'] });
    await world.rules.set(LOCAL, { folder: 'Samples/Drums/Kicks', tags: ['kick', 'drum'] });
    await put('Drums/Kicks/a.wav');
    await put('Drums/b.wav');
    await put('Drums and more/c.wav');
    const id = await add();
    await process();
    const there = { 'a.wav': ['drum', 'dry', 'kick'], 'b.wav': ['drum', 'dry'], 'c.wav': [] };
    expect(await ownTags()).toEqual(there);
    await put('../d.wav', 77);
    const bytes = createReadStream(path.join(allowed, 'd.wav'));
    await world.uploads.receive(LOCAL, 'd.wav', bytes, { folder: 'Samples/Drums' });
    expect(await ownTags()).toEqual({ ...there, 'd.wav': ['drum', 'dry'] });
    await rename(path.join(root, 'Drums and more/c.wav'), path.join(root, 'Drums/c.wav'));
    await scan(id);
    expect((await ownTags())['c.wav']).toEqual(['drum', 'dry']);
  });

  it('leave alone what a person took away, however often the folder is looked through', async () => {
    await world.rules.set(LOCAL, { folder: 'Samples', tags: ['loud'] });
    const file = await put('a.wav');
    const id = await add();
    const { id: soundId } = await only();
    await world.manyTags.changeTags(LOCAL, [soundId], { add: [], remove: ['loud'] });
    await utimes(file, new Date(Date.now() - 5 * DAY_MS), new Date(Date.now() - 5 * DAY_MS));
    await scan(id);
    expect(await ownTags()).toEqual({ 'a.wav': [] });
  });

  it('count for what is there when somebody asks, as one change that can be taken back', async () => {
    for (const name of ['Drums/a.wav', 'Drums/Kicks/b.wav', 'Pads/c.wav']) await put(name);
    await add();
    const { id: tagged } = (await all()).find(({ filename }) => filename === 'a.wav')!;
    await world.manyTags.changeTags(LOCAL, [tagged], { add: ['drum'], remove: [] });
    await world.rules.set(LOCAL, { folder: 'Samples/Drums', tags: ['drum'] });
    expect(await ownTags()).toEqual({ 'a.wav': ['drum'], 'b.wav': [], 'c.wav': [] });
    const { done, undo } = await world.rules.apply(LOCAL, 'samples/drums');
    expect(done).toHaveLength(2);
    expect(await ownTags()).toEqual({ 'a.wav': ['drum'], 'b.wav': ['drum'], 'c.wav': [] });
    for (const { ids, ...back } of undo) await world.manyTags.changeTags(LOCAL, ids, back);
    expect(await ownTags()).toEqual({ 'a.wav': ['drum'], 'b.wav': [], 'c.wav': [] });
    await world.rules.delete(LOCAL, 'Samples/Drums');
    await expect(world.rules.apply(LOCAL, 'Samples/Drums')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a folder of many files', () => {
  it('is read in parts, and whole', async () => {
    const id = await add();
    const files = db.prepare(
      `INSERT INTO folder_files (folder_id, path, size_bytes, modified_ms, outcome) VALUES (?, ?, 1, 1, 'imported')`,
    );
    const places = db.prepare(
      `INSERT INTO placed_files (folder_id, path, sha256, size_bytes, modified_ms, changed_ms, state, since)
       VALUES (?, ?, ?, 1, 1, 1, 'there', '')`,
    );
    const paths = Array.from({ length: 10_001 }, (_, number) => `pack/${number}.wav`);
    db.transaction(() => {
      for (const name of paths) {
        files.run(id, name);
        // One path may have had several contents.
        for (const content of ['a', 'b']) places.run(id, name, content);
      }
    })();
    expect([...(await world.folders.files(id)).keys()].sort()).toEqual([...paths].sort());
    const found = await world.placed.of(id);
    expect(new Set(found.map(({ path: name, sha256 }) => `${name} ${sha256}`)).size).toBe(2 * paths.length);
    expect(found).toHaveLength(2 * paths.length);
  });
});

describe('the copy of everything', () => {
  it('holds what the library keeps, of the bin too, and not what stays in its folder', async () => {
    await put('stays.wav');
    await add();
    for (const [name, number] of [
      ['kept.wav', 500],
      ['deleted.wav', 501],
    ] as const) {
      await put(`../${name}`, number);
      const bytes = createReadStream(path.join(allowed, name));
      await world.uploads.receive(LOCAL, name, bytes, { batch: false });
    }
    const [deleted, kept, stays] = (await all()).sort((a, b) => a.filename.localeCompare(b.filename));
    await world.bin.delete(LOCAL, [deleted!.id]);
    const database = {
      sizeBytes: 4,
      createdAt: new Date().toISOString(),
      read: () => Readable.from([Buffer.from('data')]),
    };
    const zip = (await buffer(backupArchive(LOCAL, database, world.library, world.bin))).toString('latin1');
    const nameOf = ({ sha256 }: Sound): string => `audio/${sha256.slice(0, 2)}/${sha256}`;
    expect(zip).toContain('traum.db');
    expect(zip).toContain(nameOf(kept!));
    expect(zip).toContain(nameOf(deleted!));
    expect(stays!.filename).toBe('stays.wav');
    expect(zip).not.toContain(nameOf(stays!));
  });
});

describe('content in several places', () => {
  const uploaded = async (file: string) =>
    world.uploads.receive(LOCAL, path.basename(file), Readable.from(await readFile(file)));

  it('is kept when it is uploaded as well, before or after, and outlives its folder then', async () => {
    const [a, b] = [await put('a.wav'), await put('b.wav')];
    expect(await uploaded(a)).toMatchObject({ status: 'queued' });
    const id = await add();
    expect(await uploaded(b)).toMatchObject({ status: 'duplicate' });
    expect((await all()).map(({ inPlace }) => inPlace)).toEqual([null, null]);
    expect(await copies()).toHaveLength(2);
    await rm(a);
    await rm(b);
    await put('c.wav');
    await scan(id);
    now += 31 * DAY_MS;
    await world.gone.look();
    expect(await names()).toEqual(['a.wav', 'b.wav', 'c.wav']);
    const [first] = await all();
    expect(hash(await bytesOf(first!))).toBe(first!.sha256);
  });

  it('is played from another file when one of several is gone', async () => {
    const file = await put('a.wav', 5);
    await put('b.wav', 5);
    const id = await add();
    const sound = await only();
    await rm(file);
    expect(hash(await bytesOf(sound))).toBe(sound.sha256);
    expect(await scan(id)).toMatchObject({ missing: 0 });
    expect((await only()).inPlace?.state).toBe('there');
  });

  it('stays one sound and another when one of two equal files is changed', async () => {
    await put('a.wav', 5);
    await put('b.wav', 5);
    const id = await add();
    const before = await only();
    await put('a.wav', 6);
    await scan(id);
    const sounds = await all();
    expect(sounds).toHaveLength(2);
    const same = sounds.find(({ id: each }) => each === before.id)!;
    expect(same.sha256).toBe(before.sha256);
    expect(hash(await bytesOf(same))).toBe(before.sha256);
  });

  it('is copied when the folder is told to, and left where it is when it is told that', async () => {
    await put('a.wav');
    const id = await add();
    await world.service.change(LOCAL, id, { inPlace: false });
    await scanned(id);
    expect((await only()).inPlace).toBeNull();
    expect(await copies()).toHaveLength(1);
    await world.service.change(LOCAL, id, { inPlace: true });
    await put('b.wav');
    await scan(id);
    expect((await all()).map(({ inPlace }) => inPlace?.state ?? null)).toEqual([null, 'there']);
    expect(await copies()).toHaveLength(1);
  });
});

describe('what leads out of a folder', () => {
  it('is refused: links to other folders, and to files of other allowed ones', async () => {
    await put('a.wav');
    const outside = path.join(allowed, 'Others');
    await mkdir(outside);
    await copyFile(path.join(root, 'a.wav'), path.join(outside, 'secret.wav'));
    await appendFile(path.join(outside, 'secret.wav'), 'x');
    await symlink(path.join(outside, 'secret.wav'), path.join(root, 'link.wav'));
    await symlink(outside, path.join(root, 'linked'));
    await symlink(root, path.join(root, 'circle'));
    const id = await add();
    expect(await names()).toEqual(['a.wav']);
    const refused = await world.service.files(LOCAL, id, { outcome: 'rejected', after: null, limit: 10 });
    expect(refused.map((file) => file.path)).toEqual(['link.wav', 'linked']);
  });

  it('is not read either when a link took the place of a file later', async () => {
    const file = await put('a.wav');
    await add();
    const sound = await only();
    await rename(file, path.join(place.path, 'outside.wav'));
    await symlink(path.join(place.path, 'outside.wav'), file);
    await expect(world.store.read(sound.sha256)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not read when IMPORT_DIRS no longer allows its folder', async () => {
    await put('a.wav');
    await add();
    const sound = await only();
    const disk = new DiskFolders({ roots: [path.join(place.path, 'other')] });
    const store = new PlacedAudioStore({ kept: world.kept, placed: world.placed, disk });
    await expect(store.read(sound.sha256)).rejects.toMatchObject({ code: 'busy' });
  });
});

describe('a crash', () => {
  const crash = new Error('killed');

  it.each([
    ['before its place is noted', () => vi.spyOn(world.placed, 'put')],
    ['before the place is settled', () => vi.spyOn(world.placed, 'settle')],
    ['before its sound is accepted', () => vi.spyOn(world.jobs, 'accept')],
    ['before it is noted what became of it', () => vi.spyOn(world.folders, 'record')],
  ])('of a scan %s leaves a file that the next scan takes, once', async (_, spy) => {
    await put('a.wav');
    spy().mockRejectedValueOnce(crash);
    const id = await add();
    await scan(id);
    const sound = await only();
    expect(hash(await bytesOf(sound))).toBe(sound.sha256);
    expect(await scan(id)).toMatchObject({ missing: 0 });
  });

  it.each([
    ['before the place is settled', () => vi.spyOn(world.placed, 'settle')],
    ['before the sound has the new content', () => vi.spyOn(world.jobs, 'replace')],
    ['before it is noted what became of it', () => vi.spyOn(world.folders, 'record')],
  ])('of a scan that reads a changed file again, %s, keeps the sound', async (_, spy) => {
    const file = await put('a.wav', 1);
    const id = await add();
    const { id: sound } = await only();
    await put('a.wav', 2);
    spy().mockRejectedValueOnce(crash);
    await scan(id);
    await scan(id);
    expect(await only()).toMatchObject({ id: sound, sha256: hash(await readFile(file)), inPlace: { state: 'there' } });
    expect((await world.service.get(LOCAL, id)).missing).toBe(0);
  });

  it('between the note that a sound is put away and the bin puts it away the next time', async () => {
    const file = await put('a.wav');
    await put('b.wav');
    const id = await add();
    await rm(file);
    await scan(id);
    now += 31 * DAY_MS;
    vi.spyOn(world.bin, 'delete').mockRejectedValueOnce(crash);
    await expect(world.gone.look()).rejects.toThrow('killed');
    await world.gone.look();
    expect(await names()).toEqual(['b.wav']);
  });
});
