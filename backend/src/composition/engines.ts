import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Actor } from '../domain/accounts/actor.js';
import { EmbeddedVectorIndex } from '../adapters/hnsw/embedded-vector-index.js';
import { createTextEmbedder, type ClapModel, type ModelVersions } from '../clap/index.js';
import type { Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import type { AudioEmbedder } from '../domain/ingest/ingest.ports.js';
import type { ModelState, PreparedModel, SearchEngines } from '../domain/models/models.ports.js';
import type { ClipService, SentClip } from '../domain/search/clip.service.js';
import type { ReadQuery } from '../domain/search/query.reader.js';
import type { SegmentSource } from '../domain/search/search.ports.js';
import type { SearchService } from '../domain/search/search.service.js';
import type { Match, SearchAnswer, SearchRequest } from '../domain/search/search.types.js';
import type { VectorIndex } from '../domain/search/vectors.ports.js';
import type { AppDeps } from '../http/deps.js';
import type { Logger } from '../observability/logger.js';

type Searching = AppDeps['search'];
type Clips = AppDeps['clips'];

/** All that answers searches with one model. */
interface Engine {
  model: ClapModel;
  texts: Awaited<ReturnType<typeof createTextEmbedder>>;
  index: VectorIndex;
  search: SearchService;
  clips: ClipService;
}

/** Where the vectors of models are kept. */
export interface Indexes {
  of(model: { key: string; dimension: number }): VectorIndex;
  /** What is kept of a model that answers no more here, and was closed. */
  forget(modelKey: string): Promise<void>;
}

interface EngineParts {
  config: Config;
  versions: ModelVersions;
  logger: Logger;
  idleUnloadMs: number;
  createAudio: (model: ClapModel) => Promise<AudioEmbedder>;
  indexes: Indexes;
  /** Builds the services that a model answers with. */
  services: (
    parts: Pick<Engine, 'texts' | 'index'> & { audio: () => Promise<AudioEmbedder> },
  ) => Pick<Engine, 'search' | 'clips'>;
}

interface OpenEngine extends Engine {
  /** Requests that are being answered with it. */
  uses: number;
  retired: boolean;
  close(): Promise<void>;
}

/**
 * The engine that searches go to, and the way to put another in its place at once: a request that has begun is answered by
 * the engine it began with.
 */
export class Engines implements SearchEngines, Searching, Clips {
  /** A recorded clip is searched with the model that embedded it. */
  private readonly engineOfClip = new WeakMap<Float32Array, OpenEngine>();

  private constructor(
    private readonly parts: EngineParts,
    private engine: OpenEngine,
  ) {}

  static async start(model: ClapModel, parts: EngineParts): Promise<Engines> {
    return new Engines(parts, await openEngine(model, parts));
  }

  get current(): Engine {
    return this.engine;
  }

  get activeKey(): string {
    return this.engine.model.key;
  }

  async prepare(id: string): Promise<PreparedModel> {
    const { versions } = this.parts;
    const engine = await openEngine(await versions.keep(await versions.installed(id)), this.parts);
    try {
      await engine.texts.embedTexts(['rain']);
    } catch (error) {
      await engine.close();
      throw error;
    }
    return {
      key: engine.model.key,
      fill: async () => {
        await (engine.index.status().state === 'ready' ? engine.index.refresh() : engine.index.open());
      },
      activate: () => {
        const old = this.engine;
        this.engine = engine;
        old.retired = true;
        if (old.uses === 0) void this.dispose(old);
      },
      discard: () => engine.close(),
    };
  }

  search(actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
    const clip = request.clips
      .map(({ vector }) => this.engineOfClip.get(vector))
      .find((known) => known && !known.retired);
    return this.with(clip ?? this.engine, ({ search }) => search.search(actor, request));
  }

  repeatable<Answer>(...args: Parameters<SearchService['repeatable']>): Promise<{ answer: Answer; tookMs: number }> {
    return this.with(this.engine, ({ search }) => search.repeatable(...args)) as Promise<{
      answer: Answer;
      tookMs: number;
    }>;
  }

  similar(actor: Actor, soundId: string, limit: number, showCopies?: boolean): Promise<SearchAnswer> {
    return this.with(this.engine, ({ search }) => search.similar(actor, soundId, limit, showCopies));
  }

  moments(actor: Actor, soundId: string, typed: string): Promise<Match[]> {
    return this.with(this.engine, ({ search }) => search.moments(actor, soundId, typed));
  }

  async read(actor: Actor, typed: string): Promise<ReadQuery> {
    return this.engine.search.read(actor, typed);
  }

  history(actor: Actor, limit: number) {
    return this.engine.search.history(actor, limit);
  }

  deleteHistory(actor: Actor, id?: number): Promise<boolean> {
    return this.engine.search.deleteHistory(actor, id);
  }

  embed(
    actor: Actor,
    filename: string,
    source: Readable,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; durationS: number }> {
    return this.with(this.engine, async (engine) => {
      const clip = await engine.clips.embed(actor, filename, source, signal);
      this.engineOfClip.set(clip.vector, engine);
      return clip;
    });
  }

  keep(actor: Actor, filename: string, source: Readable, signal?: AbortSignal): Promise<SentClip> {
    return this.with(this.engine, ({ clips }) => clips.keep(actor, filename, source, signal));
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  private async with<T>(engine: OpenEngine, work: (engine: OpenEngine) => Promise<T>): Promise<T> {
    engine.uses++;
    try {
      return await work(engine);
    } finally {
      engine.uses--;
      if (engine.retired && engine.uses === 0) void this.dispose(engine);
    }
  }

  private async dispose(engine: OpenEngine): Promise<void> {
    try {
      await engine.close();
      await this.parts.indexes.forget(engine.model.key);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'the index of the former model could not be removed');
    }
  }
}

async function openEngine(model: ClapModel, parts: EngineParts): Promise<OpenEngine> {
  const { config, logger, idleUnloadMs } = parts;
  const index = parts.indexes.of({ key: model.key, dimension: model.info.dimension });
  const texts = await createTextEmbedder(model, { provider: config.executionProvider, logger, idleUnloadMs });
  let clipEmbedder: Promise<AudioEmbedder> | undefined;
  const audio = (): Promise<AudioEmbedder> => (clipEmbedder ??= parts.createAudio(model));
  return {
    model,
    texts,
    index,
    ...parts.services({ texts, index, audio }),
    uses: 0,
    retired: false,
    close: async () => {
      await Promise.allSettled([index.close(), texts.close(), clipEmbedder?.then((embedder) => embedder.close())]);
    },
  };
}

/** Indexes in the memory of this process, with their snapshots. */
export const indexesInMemory = (config: Config, source: SegmentSource, logger: Logger): Indexes => ({
  of: (model) =>
    new EmbeddedVectorIndex({
      source,
      directory: indexFolder(config, model.key),
      model,
      logger,
      exactUpTo: config.indexExactUpTo,
    }),
  forget: (modelKey) => rm(indexFolder(config, modelKey), { recursive: true, force: true }),
});

const indexFolder = ({ indexDir }: Config, modelKey: string): string => path.join(indexDir, modelKey);

/** An index that was written to since is that of another process, which has not heard yet of a change of models. */
const LEFT_ALONE_MS = 60 * 60_000;

/** Removes indexes of models that are no longer of interest to anybody. */
export async function sweepIndexes(
  { indexDir }: Pick<Config, 'indexDir'>,
  keep: readonly (string | null)[],
): Promise<void> {
  const names = await readdir(indexDir).catch((): string[] => []);
  for (const name of names.filter((each) => !keep.includes(each))) {
    const place = path.join(indexDir, name);
    const found = await stat(place).catch(() => null);
    if (found && Date.now() - found.mtimeMs > LEFT_ALONE_MS) await rm(place, { recursive: true, force: true });
  }
}

/**
 * The model that searches begin with: the active one, or at the first start the chosen or the default one. When the active
 * one is gone but another is wanted, that one takes its place at once. When an update has brought a new version of it, the
 * former one goes on until the library is embedded with the new one.
 * @throws DomainError `model_unavailable`
 */
export async function startingModel(
  { model: defaultId }: Pick<Config, 'model'>,
  state: ModelState,
  versions: ModelVersions,
  logger: Logger,
): Promise<ClapModel> {
  const wanted = (await state.chosen()) ?? defaultId;
  const active = await state.active();
  const id = active?.id ?? wanted;
  const installed = await versions.installed(id).catch(async (error: unknown) => {
    if (!(error instanceof DomainError) || id === wanted) throw error;
    logger.warn({ model: id, err: error }, `the active model is gone; ${wanted} takes its place`);
    await state.cancelSwitch();
    return versions.installed(wanted);
  });
  const isUpdated = active?.id === installed.manifest.id && active.key !== installed.key;
  const former = isUpdated ? await versions.former(active) : null;
  const model = former ?? (await versions.keep(installed));
  const started = model.manifest.id;
  await state.setActive({ id: started, key: model.key });
  // The program went back to the version that the library knows.
  if (!former && (await state.switch())?.targetId === started) await state.cancelSwitch();
  if (!(await state.switch())) {
    if (started !== wanted) {
      // MODEL was changed, and nobody has chosen otherwise.
      await state.requestSwitch(wanted);
    } else if (former) {
      logger.info(
        { from: former.key, to: installed.key },
        'the model was updated; searches use the former one for now',
      );
      await state.requestSwitch(started);
    }
  }
  await versions.sweep([model.key, (await state.switch())?.targetKey ?? null]);
  return model;
}
