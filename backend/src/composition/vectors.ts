import { createDescribedRows } from '../audio/analysis/described-rows.js';
import type { Config } from '../config.js';
import { AspectIndex } from '../domain/analysis/aspect.index.js';
import { isCancelled } from '../domain/errors.js';
import { ClipService } from '../domain/search/clip.service.js';
import { MomentRefiner } from '../domain/search/moment.refiner.js';
import type { TextEmbedder } from '../domain/search/search.ports.js';
import { SearchService } from '../domain/search/search.service.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import { ActiveModel, indexesInMemory, startingModel, sweepIndexes, type Indexes } from './active-model.js';
import type { ServerFiles } from './files.js';
import type { Lifecycle } from './lifecycle.js';
import type { ServerMedia } from './media.js';
import { audioEmbedders, modelVersions } from './models.js';
import type { KeptVectors, ServerStorage } from './storage.js';
import { traced, tracedDecoder, tracedSeen } from './tracing.js';

/** Opens the model that the library is embedded with, and the index of its vectors; the index fills in the background. */
export async function openVectors(
  config: Config,
  parts: {
    storage: ServerStorage;
    files: ServerFiles;
    media: ServerMedia;
    logger: Logger;
    lifecycle: Lifecycle;
    tracing: Tracing | null;
  },
): Promise<ActiveModel> {
  const { storage, files, media, logger, lifecycle, tracing } = parts;
  const { models: state, segments, changes, described, markers, searches: log, seen } = storage;
  const aspects = new AspectIndex({ described, createRows: createDescribedRows });
  const { store } = files;
  const { probe } = media;
  const decoder = tracedDecoder(tracing, media.decoder);
  const versions = modelVersions(config, logger);
  const model = await startingModel(config, state, versions, logger);
  const wanted = [model.key, (await state.switch())?.targetKey ?? null];
  await sweepIndexes(config, wanted);
  // Its client is 240 modules, which nobody else waits for when the server starts.
  const kept = config.weaviate
    ? await (await import('./weaviate.js')).openWeaviate(config.weaviate, storage, logger, lifecycle)
    : storage.vectors;
  await kept?.sweep(wanted.filter((key) => key !== null));
  const activeModel = await ActiveModel.start(model, {
    config,
    versions,
    indexes: kept ? indexesElsewhere(kept, logger) : indexesInMemory(config, segments, logger),
    logger,
    idleUnloadMs: config.idleUnloadMs,
    createAudio: audioEmbedders(config, logger, 1),
    services: ({ index, texts, audio }) => {
      const clips = new ClipService({ store, probe, decoder, audio });
      const refiner = new MomentRefiner({ store, decoder, audio });
      return {
        search: traced(
          tracing,
          new SearchService({
            sounds: tracedSeen(tracing, seen('sounds'), {
              getByKeys: 'rows',
              keysMatching: 'filters',
              inOrder: 'order',
            }),
            keywords: tracedSeen(tracing, seen('keywords'), { search: 'words' }),
            copies: seen('copies'),
            history: seen('searches'),
            index: traced(tracing, index, { search: 'index' }),
            texts: traced(tracing, texts, { embedTexts: 'text tower' }),
            segments: traced(tracing, segments, { segmentsOf: 'vectors of a sound' }),
            log,
            clips,
            refiner,
            changes,
            markers,
            aspects,
          }),
          { search: 'search', repeatable: 'search', similar: 'similar', moments: 'moments' },
        ),
        clips,
      };
    },
  });
  lifecycle.add('model and index', () => activeModel.close());
  activeModel.current.index.open().catch((error: unknown) => {
    // The end of the program came first.
    if (isCancelled(error)) return;
    logger.error({ err: error }, 'the index could not be opened');
  });
  return activeModel;
}

/** Other processes may still answer with the former model: what is kept of it goes at a next start. */
const indexesElsewhere = (vectors: KeptVectors, logger: Logger): Indexes => ({
  of: (model) => vectors.index(model, logger),
  forget: () => Promise.resolve(),
});

/** The words as the model of the moment understands them, whichever that is. */
export function currentTexts(activeModel: ActiveModel): TextEmbedder {
  return {
    get info() {
      return activeModel.current.texts.info;
    },
    get background() {
      return activeModel.current.texts.background;
    },
    embedTexts: (texts) => activeModel.current.texts.embedTexts(texts),
  };
}
