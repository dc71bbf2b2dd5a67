import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Actor } from '../domain/accounts/actor.js';
import { EmbeddedVectorIndex } from '../adapters/embedded-index/embedded-vector-index.js';
import { createTextEmbedder, type ClapModel, type ModelVersions } from '../clap/index.js';
import type { Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import type { AudioEmbedder } from '../domain/ingest/ingest.ports.js';
import type { ModelState, PreparedModel, ModelSwitcher } from '../domain/models/models.ports.js';
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
interface LoadedModel {
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

interface ActiveModelParts {
  config: Config;
  versions: ModelVersions;
  logger: Logger;
  idleUnloadMs: number;
  createAudio: (model: ClapModel) => Promise<AudioEmbedder>;
  indexes: Indexes;
  /** Builds the services that a model answers with. */
  services: (
    parts: Pick<LoadedModel, 'texts' | 'index'> & { audio: () => Promise<AudioEmbedder> },
  ) => Pick<LoadedModel, 'search' | 'clips'>;
}

interface RetirableModel extends LoadedModel {
  /** Requests that are being answered with it. */
  uses: number;
  retired: boolean;
  close(): Promise<void>;
}

/**
 * The model that searches are answered with, and the way to put another in its place at once: a request that has begun is
 * answered by the one it began with.
 */
export class ActiveModel implements ModelSwitcher, Searching, Clips {
  /** A recorded clip is searched with the model that embedded it. */
  private readonly modelOfClip = new WeakMap<Float32Array, RetirableModel>();

  private constructor(
    private readonly parts: ActiveModelParts,
    private loaded: RetirableModel,
  ) {}

  static async start(model: ClapModel, parts: ActiveModelParts): Promise<ActiveModel> {
    return new ActiveModel(parts, await loadModel(model, parts));
  }

  get current(): LoadedModel {
    return this.loaded;
  }

  get activeKey(): string {
    return this.loaded.model.key;
  }

  async prepare(id: string): Promise<PreparedModel> {
    const { versions } = this.parts;
    const loaded = await loadModel(await versions.keep(await versions.installed(id)), this.parts);
    try {
      await loaded.texts.embedTexts(['rain']);
    } catch (error) {
      await loaded.close();
      throw error;
    }
    return {
      key: loaded.model.key,
      fill: async () => {
        await (loaded.index.status().state === 'ready' ? loaded.index.refresh() : loaded.index.open());
      },
      activate: () => {
        const old = this.loaded;
        this.loaded = loaded;
        old.retired = true;
        if (old.uses === 0) void this.dispose(old);
      },
      discard: () => loaded.close(),
    };
  }

  search(actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
    const clip = request.clips
      .map(({ vector }) => this.modelOfClip.get(vector))
      .find((known) => known && !known.retired);
    return this.with(clip ?? this.loaded, ({ search }) => search.search(actor, request));
  }

  repeatable<Answer>(...args: Parameters<SearchService['repeatable']>): Promise<{ answer: Answer; tookMs: number }> {
    return this.with(this.loaded, ({ search }) => search.repeatable(...args)) as Promise<{
      answer: Answer;
      tookMs: number;
    }>;
  }

  similar(...args: Parameters<SearchService['similar']>): Promise<SearchAnswer> {
    return this.with(this.loaded, ({ search }) => search.similar(...args));
  }

  moments(actor: Actor, soundId: string, typed: string): Promise<Match[]> {
    return this.with(this.loaded, ({ search }) => search.moments(actor, soundId, typed));
  }

  async read(actor: Actor, typed: string, timeZone: string): Promise<ReadQuery> {
    return this.loaded.search.read(actor, typed, timeZone);
  }

  history(actor: Actor, limit: number) {
    return this.loaded.search.history(actor, limit);
  }

  deleteHistory(actor: Actor, id?: number): Promise<boolean> {
    return this.loaded.search.deleteHistory(actor, id);
  }

  embed(
    actor: Actor,
    filename: string,
    source: Readable,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; durationS: number }> {
    return this.with(this.loaded, async (loaded) => {
      const clip = await loaded.clips.embed(actor, filename, source, signal);
      this.modelOfClip.set(clip.vector, loaded);
      return clip;
    });
  }

  keep(actor: Actor, filename: string, source: Readable, signal?: AbortSignal): Promise<SentClip> {
    return this.with(this.loaded, ({ clips }) => clips.keep(actor, filename, source, signal));
  }

  close(): Promise<void> {
    return this.loaded.close();
  }

  private async with<T>(loaded: RetirableModel, work: (loaded: RetirableModel) => Promise<T>): Promise<T> {
    loaded.uses++;
    try {
      return await work(loaded);
    } finally {
      loaded.uses--;
      if (loaded.retired && loaded.uses === 0) void this.dispose(loaded);
    }
  }

  private async dispose(loaded: RetirableModel): Promise<void> {
    try {
      await loaded.close();
      await this.parts.indexes.forget(loaded.model.key);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'the index of the former model could not be removed');
    }
  }
}

async function loadModel(model: ClapModel, parts: ActiveModelParts): Promise<RetirableModel> {
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
