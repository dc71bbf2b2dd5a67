import { ownName } from '../adapters/bullmq/index.js';
import { WeaviateConnection, WeaviateVectorIndex } from '../adapters/weaviate/index.js';
import type { Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import type { Logger } from '../observability/logger.js';
import type { Lifecycle } from './lifecycle.js';
import type { KeptVectors, ServerStorage } from './storage.js';

/**
 * Vectors in Weaviate. One that is away holds up no start: searches go by words until it is there.
 * @throws DomainError `conflict` when it is too old or does not take the key, saying what to do
 */
export async function openWeaviate(
  { nodes, key, consistency, collections }: NonNullable<Config['weaviate']>,
  { segments, vectorSets, work }: ServerStorage,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<KeptVectors> {
  const connection = new WeaviateConnection({ nodes, key, consistency });
  lifecycle.add('Weaviate', () => connection.close());
  const parts = { connection, sets: vectorSets, leases: work, holder: ownName };
  await unlessAway(logger, () => connection.with(({ collections: there }) => there.exists('Traum_')));
  return {
    index: (model, log) =>
      new WeaviateVectorIndex({ ...parts, source: segments, settings: collections, model, logger: log }),
    sweep: (keep) => unlessAway(logger, () => WeaviateVectorIndex.sweep(parts, keep)),
  };
}

async function unlessAway(logger: Logger, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DomainError) || !error.transient) throw error;
    logger.warn({ err: error.options.cause ?? error }, error.message);
  }
}
