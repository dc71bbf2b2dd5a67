import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import { makeCollection, WeaviateConnection, WeaviateVectors } from '../../src/adapters/weaviate/index.js';
import { TestWeaviate, withoutWeaviate } from '../support/weaviate.js';
import { vectorsSuite, type VectorEngine } from './vectors.suite.js';

vi.setConfig({ hookTimeout: 180_000, testTimeout: 120_000 });

describe.skipIf(withoutWeaviate() !== null)('vectors in Weaviate', () => {
  let server: TestWeaviate;
  beforeAll(async () => {
    server = await TestWeaviate.start();
  });
  afterAll(() => server.stop());

  const engine = (shards: number): VectorEngine => ({
    name: `Weaviate, ${shards} shards`,
    open: async (dimension) => {
      const connection = new WeaviateConnection({ nodes: server.nodes, key: null, consistency: 'QUORUM' });
      const name = `Traum_${randomBytes(6).toString('hex')}`;
      await makeCollection(connection, name, 'model-a', { shards, replicas: 1 });
      return {
        vectors: new WeaviateVectors(connection, () => ({ name, dimension })),
        close: async () => {
          await connection.with(({ collections }) => collections.delete(name));
          await connection.close();
        },
      };
    },
  });

  vectorsSuite(engine(1));
  vectorsSuite(engine(3));
});
