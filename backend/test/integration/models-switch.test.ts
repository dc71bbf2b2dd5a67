import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDescribedRows } from '../../src/audio/analysis/described-rows.js';
import { AspectIndex } from '../../src/domain/analysis/aspect.index.js';
import { NOTHING_HEARD } from '../../src/domain/analysis/analysis.types.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import {
  openDatabase,
  SqlJobRepository,
  SqlChangeCounter,
  SqlCopyRepository,
  SqlDescribedSounds,
  SqlKeywordIndex,
  SqlMarkerRepository,
  SqlModelState,
  SqlSearchLog,
  SqlSegmentSource,
  SqlSoundRepository,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { ClapModelCatalog, loadModel, ModelVersions, type ClapModel } from '../../src/clap/index.js';
import { loadConfig } from '../../src/config.js';
import { ActiveModel, indexesInMemory, startingModel } from '../../src/composition/active-model.js';
import { DomainError } from '../../src/domain/errors.js';
import type { AudioEmbedder, RedeliveringQueue } from '../../src/domain/ingest/ingest.ports.js';
import type { Segment } from '../../src/domain/ingest/ingest.types.js';
import { EmbedService } from '../../src/domain/models/embed.service.js';
import { InstallService } from '../../src/domain/models/install.service.js';
import { ModelsService } from '../../src/domain/models/models.service.js';
import { SwitchService } from '../../src/domain/models/switch.service.js';
import { ClipService } from '../../src/domain/search/clip.service.js';
import { SearchService } from '../../src/domain/search/search.service.js';
import { createLogger } from '../../src/observability/logger.js';
import { toyDimension, writeToyModel } from '../golden/toy-model.js';
import { FakeWorld } from '../support/fakes.js';
import { noTags } from '../contract/fixtures.js';
import { firstAttempt } from './ingest-pipeline.js';
import { MemoryEvents } from '../support/memory-events.js';
import { testJobs } from '../support/jobs.js';
import { forAll } from '../support/viewers.js';

const logger = createLogger('silent', 'test');
let modelsDir: string;
let folder: string;
let app: App;

beforeEach(async () => {
  const toy = await writeToyModel();
  modelsDir = toy.modelsDir;
  for (const id of ['old', 'new', 'third', BUNDLED]) copyModel(modelsDir, id);
  folder = mkdtempSync(path.join(tmpdir(), 'traum-switch-'));
  app = await App.start();
});
afterEach(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(modelsDir, { recursive: true, force: true });
});

const BUNDLED = 'compact-clap';

/** Installs the toy model of a folder under another id. */
function copyModel(from: string, id: string): void {
  rmSync(path.join(modelsDir, id), { recursive: true, force: true });
  cpSync(path.join(from, 'toy'), path.join(modelsDir, id), { recursive: true });
  const file = path.join(modelsDir, id, 'manifest.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"id":"toy"', `"id":"${id}"`));
}

/** What an update of the program does to the model that comes with it: other files in the same place. */
async function updateBundled(audioGraph: string): Promise<void> {
  const toy = await writeToyModel({ audioGraph });
  copyModel(toy.modelsDir, BUNDLED);
  await toy.remove();
}

const vector = (at: number): Float32Array => Float32Array.from({ length: toyDimension }, (_, i) => (i === at ? 1 : 0));

/** The API process around one data folder, with the real database, index and text model; the test is queue and worker. */
class App {
  readonly state: SqlModelState;
  readonly jobs: SqlJobRepository;
  readonly segments: SqlSegmentSource;
  readonly sounds: SqlSoundRepository;
  readonly queue = new Set<string>();
  readonly embedded: string[] = [];
  readonly switching: SwitchService;
  readonly models: ModelsService;
  /** What a worker's model does with a sound; by default it gives one vector. */
  hear: (model: string) => Segment[] | Promise<Segment[]> = () => [{ index: 0, startS: 0, endS: 1, vector: vector(1) }];

  private constructor(
    readonly db: Database,
    readonly activeModel: ActiveModel,
    readonly model: ClapModel,
  ) {
    this.state = new SqlModelState(storageOver(db));
    this.jobs = new SqlJobRepository(storageOver(db));
    this.segments = new SqlSegmentSource(storageOver(db));
    this.sounds = new SqlSoundRepository(storageOver(db));
    const queue: RedeliveringQueue = {
      add: (id) => Promise.resolve(void this.queue.add(id)),
      addMissing: (ids) => Promise.resolve(ids.filter((id) => !this.queue.has(id) && this.queue.add(id)).length),
      remove: (id) => Promise.resolve(void this.queue.delete(id)),
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    this.switching = new SwitchService({
      state: this.state,
      activeModel,
      queue,
      jobs: testJobs(db, undefined, { beatMs: 1000, holdMs: 0 }),
      logger,
    });
    const catalog = new ClapModelCatalog({ directory: modelsDir });
    const staging = { freeBytes: never, open: never, remove: () => Promise.resolve() };
    this.models = new ModelsService({
      jobs: testJobs(db, undefined, { beatMs: 1000, holdMs: 0 }),
      catalog,
      staging,
      installs: new InstallService({ catalog, staging, logger }),
      hub: { name: 'nowhere', open: never },
      state: this.state,
      switching: this.switching,
      defaultModel: 'old',
      events: new MemoryEvents(),
      logger,
    });
  }

  static async start(env: Record<string, string> = { MODEL: 'old' }): Promise<App> {
    const config = loadConfig({ DATA_DIR: folder, MODELS_DIR: modelsDir, ...env });
    const db = openDatabase(config.databasePath);
    const versions = new ModelVersions({ modelsDir, keptDir: config.keptModelsDir, logger });
    const model = await startingModel(config, new SqlModelState(storageOver(db)), versions, logger);
    const segments = new SqlSegmentSource(storageOver(db));
    const activeModel = await ActiveModel.start(model, {
      config,
      versions,
      indexes: indexesInMemory(config, segments, logger),
      logger,
      idleUnloadMs: 0,
      createAudio: never,
      services: ({ index, texts, audio }) => {
        const { probe } = new FakeWorld().ports();
        const decoder = {
          decode: () => {
            throw new Error('not used in these tests');
          },
        };
        const clips = new ClipService({ probe, decoder, store: new FakeWorld().store(), audio });
        const search = new SearchService({
          sounds: forAll(new SqlSoundRepository(storageOver(db))),
          index,
          copies: forAll(new SqlCopyRepository(storageOver(db))),
          changes: new SqlChangeCounter(storageOver(db)),
          keywords: forAll(new SqlKeywordIndex(storageOver(db))),
          texts,
          segments,
          log: new SqlSearchLog(storageOver(db)),
          history: forAll(new SqlSearchLog(storageOver(db))),
          clips,
          refiner: { listen: never },
          markers: new SqlMarkerRepository(storageOver(db)),
          aspects: new AspectIndex({
            described: new SqlDescribedSounds(storageOver(db)),
            createRows: createDescribedRows,
          }),
        });
        return { search, clips };
      },
    });
    await activeModel.current.index.open();
    return new App(db, activeModel, model);
  }

  /** Nothing is said goodbye to but the threads: what the next start finds is what a crash leaves. */
  async stop(): Promise<void> {
    await this.switching.stop();
    await this.activeModel.close();
    this.db.close();
  }

  /** An upload that is processed with the active model. */
  async add(name: string): Promise<string> {
    const accepted = await this.jobs.accept({
      id: name,
      sha256: name.padEnd(64, '0'),
      filename: `${name}.wav`,
      sizeBytes: 1,
      durationS: 1,
      sampleRateHz: 48_000,
      channels: 1,
      codec: 'pcm_s16le',
      bitRateKbps: 768,
      bitsPerSample: null,
    });
    if (accepted.kind !== 'accepted') throw new Error('given twice');
    await this.process(accepted.job.id, (await this.state.active())?.key ?? '');
    return name;
  }

  async process(jobId: string, modelKey: string): Promise<boolean> {
    await this.jobs.start(jobId);
    return this.jobs.complete(jobId, {
      modelKey,
      facts: { durationS: 1, sampleRateHz: null, channels: null, codec: null, bitRateKbps: null, bitsPerSample: null },
      fileTags: noTags,
      peaks: { bucketS: 1, minMax: new Int8Array(2) },
      analysis: { ...NOTHING_HEARD, version: 1 },
      segments: [{ index: 0, startS: 0, endS: 1, vector: vector(0) }],
    });
  }

  worker(): EmbedService {
    const embedder = (id: string): AudioEmbedder => ({
      info: { ...this.model.info, id },
      embedStream: async function* (this: App): AsyncIterable<Segment> {
        yield* await this.hear(id);
      }.bind(this),
      close: () => Promise.resolve(),
    });
    return new EmbedService({
      state: this.state,
      embedders: { open: ({ id }) => Promise.resolve({ embedder: embedder(id), release: () => undefined }) },
      store: {
        ...new FakeWorld().store(),
        withLocalFile: (sha256, use) => (this.embedded.push(sha256.replace(/0+$/, '')), use(sha256)),
      },
      decoder: { decode: async function* () {} },
      notifier: { notify: () => undefined },
      maxDurationS: 60,
      logger,
    });
  }

  /** Lets the worker do up to `limit` jobs of the queue. */
  async work(limit = Infinity): Promise<string[]> {
    const outcomes: string[] = [];
    for (const jobId of [...this.queue].slice(0, limit)) {
      this.queue.delete(jobId);
      outcomes.push(await this.worker().run(jobId, firstAttempt()));
    }
    return outcomes;
  }

  async use(id: string): Promise<void> {
    await this.models.use(LOCAL, id);
    await this.switching.step();
  }

  /** Until nothing is left to do. */
  async finish(): Promise<void> {
    for (let round = 0; round < 20 && (await this.state.switch()); round++) {
      await this.work();
      await this.switching.step();
    }
    await this.switching.step();
  }

  async searchModel(): Promise<string> {
    const request = { text: [{ text: 'rain', weight: 1 }], like: [], clips: [], filters: {}, limit: 10, offset: 0 };
    const answer = await this.activeModel.search(LOCAL, { ...request, mode: 'semantic' });
    expect(answer.results.length).toBe((await this.sounds.counts()).ready);
    return answer.model;
  }

  count(id: string): number {
    return this.db
      .prepare<[string], number>("SELECT count(*) FROM segments WHERE model_key LIKE ? || '@%'")
      .pluck()
      .get(id)!;
  }
}

const never = (): Promise<never> => Promise.reject(new Error('not used in these tests'));

describe('changing the model', () => {
  it('goes on searching with the old one, then changes over at once', async () => {
    for (const name of ['a', 'b', 'c']) await app.add(name);
    await app.activeModel.current.index.refresh();
    await app.use('new');
    expect(await app.models.activity(LOCAL)).toMatchObject({
      active: 'old',
      switch: { targetId: 'new', total: 3, done: 0 },
    });
    expect(await app.work(2)).toEqual(['completed', 'completed']);
    await app.switching.step();
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({ done: 2, total: 3, state: 'running' });
    expect(await app.searchModel()).toBe('old');

    // Uploaded meanwhile: found with the old model now, and with the new one later.
    await app.add('d');
    await app.activeModel.current.index.refresh();
    expect(await app.searchModel()).toBe('old');

    await app.finish();
    expect(await app.models.activity(LOCAL)).toMatchObject({ active: 'new', switch: null });
    expect(await app.searchModel()).toBe('new');
    expect([app.count('old'), app.count('new')]).toEqual([0, 4]);
    expect(app.embedded.sort()).toEqual(['a', 'b', 'c', 'd']);
    await vi.waitFor(() => expect(existsSync(path.join(folder, 'index', app.model.key))).toBe(false), 10_000);
  });

  it('needs no worker for an empty library', async () => {
    await app.use('new');
    await app.switching.step();
    expect(await app.searchModel()).toBe('new');
  });

  it('goes on after a crash without doing anything twice', async () => {
    for (const name of ['a', 'b', 'c']) await app.add(name);
    await app.use('new');
    await app.work(1);
    // This one is begun when the process dies.
    await app.state.startJob([...app.queue][0]!);
    await app.stop();

    app = await App.start();
    expect(await app.models.activity(LOCAL)).toMatchObject({
      active: 'old',
      switch: { targetId: 'new', done: 1, total: 3 },
    });
    expect(await app.searchModel()).toBe('old');
    await app.switching.step();
    await app.finish();
    expect(app.embedded.sort()).toEqual(['b', 'c']);
    expect(await app.searchModel()).toBe('new');
    await app.stop();

    // The choice outlives MODEL.
    app = await App.start({ MODEL: 'old' });
    expect(await app.searchModel()).toBe('new');
  });

  it('drops the old vectors at the next start when it dies right after changing over', async () => {
    await app.add('a');
    await app.use('new');
    await app.work();
    const key = (await app.state.switch())?.targetKey ?? '';
    expect(await app.state.commitSwitch({ id: 'new', key })).toBe(true);
    await app.stop();
    app = await App.start();
    expect([app.count('old'), app.count('new')]).toEqual([1, 1]);
    await app.switching.step();
    expect([app.count('old'), app.count('new')]).toEqual([0, 1]);
    expect(await app.searchModel()).toBe('new');
  });

  it('pauses and resumes', async () => {
    for (const name of ['a', 'b']) await app.add(name);
    await app.use('new');
    const delivered = [...app.queue];
    await app.switching.pause(LOCAL);
    expect(app.queue.size).toBe(0);
    // A delivery that was under way.
    expect(await app.worker().run(delivered[0]!, firstAttempt())).toBe('skipped');
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({ state: 'paused', done: 0 });
    await app.switching.resume(LOCAL);
    await app.finish();
    expect(await app.searchModel()).toBe('new');
    await expect(app.switching.pause(LOCAL)).rejects.toThrow(DomainError);
  });

  it('cancelled, leaves everything as it was', async () => {
    for (const name of ['a', 'b']) await app.add(name);
    await app.activeModel.current.index.refresh();
    await app.use('new');
    await app.work(1);
    const running = app.worker();
    const [jobId] = [...app.queue];
    app.hear = async () => {
      await app.switching.cancel(LOCAL);
      return [{ index: 0, startS: 0, endS: 1, vector: vector(1) }];
    };
    expect(await running.run(jobId!, firstAttempt())).toBe('skipped');
    await app.switching.step();
    expect(await app.models.activity(LOCAL)).toMatchObject({ active: 'old', switch: null });
    expect([app.count('old'), app.count('new')]).toEqual([2, 0]);
    expect(app.queue.size).toBe(0);
    expect(await app.searchModel()).toBe('old');
  });

  it('to a third model: what was for the second writes nothing', async () => {
    await app.add('a');
    await app.use('new');
    const [jobId] = [...app.queue];
    expect(await app.state.startJob(jobId!)).not.toBeNull();
    await app.use('third');
    expect(await app.state.completeJob(jobId!, [{ index: 0, startS: 0, endS: 1, vector: vector(2) }])).toBe(false);
    expect(app.count('new')).toBe(0);
    await app.finish();
    expect(await app.searchModel()).toBe('third');
  });

  it('asks an upload that was embedded with the former model to be done again', async () => {
    await app.add('a');
    const before = (await app.state.active())?.key ?? '';
    const job = await app.jobs.restart('a');
    await app.use('new');
    await app.finish();
    expect((await app.state.active())?.id).toBe('new');
    expect(await app.process(job!.id, before)).toBe(false);
    expect(app.count('old')).toBe(0);
    expect((await app.jobs.unfinished()).map(({ id, state }) => [id, state])).toEqual([[job!.id, 'queued']]);
    expect(await app.process(job!.id, (await app.state.active())?.key ?? '')).toBe(true);
    expect([app.count('old'), app.count('new')]).toEqual([0, 1]);
  });

  it('stops with a reason when the model cannot be opened, and goes on when it can', async () => {
    await app.add('a');
    await app.activeModel.current.index.refresh();
    const graph = path.join(modelsDir, 'new', 'text.onnx');
    const bytes = readFileSync(graph);
    writeFileSync(graph, Buffer.alloc(bytes.length, 1));
    await app.use('new');
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('model_not_opened') as string,
    });
    expect(await app.searchModel()).toBe('old');
    writeFileSync(graph, bytes);
    await app.switching.resume(LOCAL);
    await app.finish();
    expect(await app.searchModel()).toBe('new');
  });

  it('stops with a reason when the model cannot embed anything', async () => {
    await app.add('a');
    await app.use('new');
    app.hear = () => Promise.reject(new DomainError('model_unavailable', 'It does not run.'));
    expect(await app.work()).toEqual(['skipped']);
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({
      state: 'failed',
      error: 'It does not run.',
      failed: 0,
    });
    expect((await app.sounds.get('a'))?.status).toBe('ready');
  });

  it('is not held up by a sound that cannot be embedded', async () => {
    for (const name of ['a', 'b']) await app.add(name);
    await app.use('new');
    const hear = app.hear;
    app.hear = async (model) => {
      app.hear = hear;
      return (await hear(model)) && (await Promise.reject(new DomainError('unreadable_media', 'The file is broken.')));
    };
    expect(await app.work()).toEqual(['failed', 'completed']);
    await app.finish();
    expect(await app.sounds.get('a')).toMatchObject({ status: 'failed', error: 'The file is broken.' });
    expect(await app.searchModel()).toBe('new');
  });
});

describe('the starting model', () => {
  it('changes in the background when MODEL does, as long as nobody has chosen one', async () => {
    await app.add('a');
    await app.stop();
    app = await App.start({ MODEL: 'new' });
    expect(await app.searchModel()).toBe('old');
    await app.switching.step();
    await app.finish();
    expect(await app.searchModel()).toBe('new');
  });

  it('is another one when the active one is gone and another was chosen', async () => {
    await app.add('a');
    await app.models.use(LOCAL, 'new');
    await app.stop();
    rmSync(path.join(modelsDir, 'old'), { recursive: true });
    app = await App.start();
    expect((await app.state.active())?.id).toBe('new');
    expect(await app.state.switch()).toBeNull();
  });
});

describe('an update of the bundled model', () => {
  const restart = async (): Promise<void> => {
    await app.stop();
    app = await App.start({ MODEL: BUNDLED });
  };
  const keptKeys = (): string[] => readdirSync(path.join(folder, 'models')).sort();

  beforeEach(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
    app = await App.start({ MODEL: BUNDLED });
    for (const name of ['a', 'b']) await app.add(name);
    await app.activeModel.current.index.refresh();
  });

  it('changes over in the background, while the former version goes on answering', async () => {
    const former = app.model.key;
    await updateBundled('audio-fp16');
    await restart();
    const { key: latest } = await loadModel(modelsDir, BUNDLED);
    expect(latest).not.toBe(former);
    expect(await app.state.active()).toEqual({ id: BUNDLED, key: former });
    expect(await app.searchModel()).toBe(BUNDLED);

    await app.switching.step();
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({
      targetId: BUNDLED,
      targetKey: latest,
      total: 2,
      done: 0,
    });
    await app.work(1);
    expect(await app.searchModel()).toBe(BUNDLED);
    expect(app.activeModel.current.model.key).toBe(former);
    // A crash in the middle.
    await restart();
    expect(app.activeModel.current.model.key).toBe(former);
    await app.finish();
    expect(await app.state.active()).toEqual({ id: BUNDLED, key: latest });
    expect(app.activeModel.current.model.key).toBe(latest);
    expect(await app.searchModel()).toBe(BUNDLED);
    expect(app.count(BUNDLED)).toBe(2);
  });

  it('opens each version by its key, for the worker too', async () => {
    const former = { id: BUNDLED, key: app.model.key };
    await updateBundled('audio-fp16');
    await restart();
    const versions = new ModelVersions({ modelsDir, keptDir: path.join(folder, 'models'), logger });
    const latest = { id: BUNDLED, key: (await loadModel(modelsDir, BUNDLED)).key };
    for (const version of [former, latest]) expect((await versions.exact(version)).key).toBe(version.key);
    await expect(versions.exact({ id: BUNDLED, key: `${BUNDLED}@000000000000` })).rejects.toThrow(/Restart it/);
    // Files of the program may change while it runs.
    await updateBundled('audio-nan');
    expect(await app.searchModel()).toBe(BUNDLED);
    expect((await versions.exact(former)).key).toBe(former.key);
  });

  it('is gone on with when the model is chosen again, and cancelled until the next start', async () => {
    await updateBundled('audio-fp16');
    await restart();
    await app.switching.step();
    await app.switching.pause(LOCAL);
    expect(await app.models.use(LOCAL, BUNDLED)).toBe('switching');
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({ state: 'running' });
    await app.switching.cancel(LOCAL);
    expect((await app.models.activity(LOCAL)).switch).toBeNull();
    expect(await app.searchModel()).toBe(BUNDLED);
    await restart();
    expect((await app.models.activity(LOCAL)).switch).toMatchObject({ targetId: BUNDLED });
  });

  it('is called off when the program goes back to the former version', async () => {
    const former = app.model.key;
    await updateBundled('audio-fp16');
    await restart();
    await app.switching.step();
    await app.work(1);
    await updateBundled('audio');
    await restart();
    expect((await app.state.active())?.key).toBe(former);
    expect((await app.models.activity(LOCAL)).switch).toBeNull();
    await app.switching.step();
    expect(app.count(BUNDLED)).toBe(2);
    expect(keptKeys()).toEqual([former]);
  });

  it('keeps no copies but those in use, and copies a version anew whose texts changed', async () => {
    const former = app.model.key;
    await updateBundled('audio-fp16');
    await restart();
    await app.switching.step();
    await app.finish();
    await restart();
    const latest = app.model.key;
    expect(keptKeys()).toEqual([latest]);
    expect(latest).not.toBe(former);
    const file = path.join(modelsDir, BUNDLED, 'manifest.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version":"1.0.0"', '"version":"1.0.1"'));
    await restart();
    expect(app.model.manifest.version).toBe('1.0.1');
    expect((await app.models.activity(LOCAL)).switch).toBeNull();
    expect(keptKeys()).toEqual([latest]);
  });

  it('embeds everything anew at once when the former version is not there or damaged', async () => {
    const former = app.model.key;
    const copy = path.join(folder, 'models', former, BUNDLED, 'text.onnx');
    const bytes = readFileSync(copy);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(copy, bytes);
    await updateBundled('audio-fp16');
    await restart();
    const { key } = await loadModel(modelsDir, BUNDLED);
    expect((await app.state.active())?.key).toBe(key);
    expect((await app.models.activity(LOCAL)).switch).toBeNull();
    expect(await app.jobs.soundsWithoutModel(key)).toEqual(['a', 'b']);
  });

  it('does not wait for a copy: without one the model is run from its own folder', async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'models'), 'in the way');
    app = await App.start({ MODEL: BUNDLED });
    await app.add('a');
    await app.activeModel.current.index.refresh();
    expect(await app.searchModel()).toBe(BUNDLED);
    expect(app.model.dir).toBe(path.join(modelsDir, BUNDLED));
  });
});

describe('removing models', () => {
  it('spares the one in use and the one to come', async () => {
    await app.add('a');
    await app.use('new');
    await expect(app.models.remove(LOCAL, 'old')).rejects.toThrow(/in use/);
    await expect(app.models.remove(LOCAL, 'new')).rejects.toThrow(/Cancel that first/);
    await expect(app.models.remove(LOCAL, 'third')).resolves.toBeUndefined();
    expect((await loadModel(modelsDir, 'old')).key).toBe(app.model.key);
  });
});
