import { DiskModelStaging, FolderModelSource, HubModelSource } from '../adapters/hub/index.js';
import { ClapModelCatalog, createAudioEmbedder, ModelVersions, type ClapModel } from '../clap/index.js';
import type { Config } from '../config.js';
import type { EventSink } from '../domain/events.js';
import type { AudioEmbedder } from '../domain/ingest/ingest.ports.js';
import { JobsService } from '../domain/jobs/jobs.service.js';
import { InstallService } from '../domain/models/install.service.js';
import type { ModelState } from '../domain/models/models.ports.js';
import { ModelsService, type Switching } from '../domain/models/models.service.js';
import type { Logger } from '../observability/logger.js';
import type { Lifecycle } from './lifecycle.js';
import { openPatientStorage } from './storage.js';

/** The models as people manage them. */
export function buildModels(
  config: Config,
  parts: {
    state: ModelState;
    switching: Switching | null;
    jobs: JobsService;
    events: EventSink;
    logger: Logger;
  },
): ModelsService {
  const catalog = new ClapModelCatalog({ directory: config.modelsDir });
  const staging = new DiskModelStaging({ directory: config.modelsDir });
  return new ModelsService({
    ...parts,
    catalog,
    staging,
    installs: new InstallService({ catalog, staging, logger: parts.logger }),
    hub: new HubModelSource({ endpoint: config.hubEndpoint }),
    defaultModel: config.model,
  });
}

/** Models to manage from the command line; a running server notices what is chosen here. */
export async function buildModelTools(
  config: Config,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<{ models: ModelsService; folder: (directory: string) => FolderModelSource }> {
  const { models: state, work: store } = await openPatientStorage(config, lifecycle);
  const events = { tell: () => undefined, subscribe: () => () => undefined };
  const jobs = new JobsService({ store, seen: () => store, events, logger });
  return {
    models: buildModels(config, { state, switching: null, jobs, events, logger }),
    folder: (directory) => new FolderModelSource({ directory }),
  };
}

/** The versions of models that this installation has, or had. */
export const modelVersions = ({ modelsDir, keptModelsDir: keptDir }: Config, logger: Logger): ModelVersions =>
  new ModelVersions({ modelsDir, keptDir, logger });

/** Opens the part of a model that hears. */
export const audioEmbedders =
  (config: Config, logger: Logger, threads: number) =>
  (model: ClapModel): Promise<AudioEmbedder> =>
    createAudioEmbedder(model, {
      threads,
      provider: config.executionProvider,
      logger,
      idleUnloadMs: config.idleUnloadMs,
    });
