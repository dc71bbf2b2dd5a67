import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SqlSegmentSource, storesOver } from '../../src/adapters/sql/index.js';
import { WeaviateConnection, WeaviateVectorIndex } from '../../src/adapters/weaviate/index.js';
import { TestWeaviate, withoutWeaviate } from '../support/weaviate.js';
import { sqlite, type OpenEngine } from './engines.js';
import { gaussian, newSound, processed, seeded, segmentsFrom, unit } from './fixtures.js';

vi.setConfig({ hookTimeout: 300_000, testTimeout: 450_000 });

const MODEL = { key: 'model-a', dimension: 16 };
const nothing = (): void => undefined;
const silentLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

describe.skipIf(withoutWeaviate() !== null)('vectors in three nodes of Weaviate', () => {
  let cluster: TestWeaviate;
  let library: OpenEngine;
  beforeAll(async () => {
    cluster = await TestWeaviate.start(3);
    library = await sqlite.open();
  });
  afterAll(async () => {
    await cluster.stop();
    await library.close();
  });

  it('go on while one of them dies and comes back: every search answers, and nothing that came in is missing', async () => {
    const stores = storesOver(library.storage, { recordSearches: false });
    const random = seeded(5);
    const vectorsOf = (count: number): number[][] =>
      Array.from({ length: count }, () => Array.from({ length: MODEL.dimension }, () => gaussian(random)));
    const known = new Map<number, Float32Array[]>();
    const add = async (name: string): Promise<void> => {
      const outcome = await stores.jobs.accept(newSound(name));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      await stores.jobs.start(outcome.job.id);
      const vectors = vectorsOf(3).map(unit);
      await stores.jobs.complete(outcome.job.id, { ...processed(segmentsFrom(vectors)), modelKey: MODEL.key });
      known.set((await stores.sounds.get(outcome.job.soundId))!.soundKey, vectors);
    };
    const expected = (vector: Float32Array): number[] => {
      const score = (own: Float32Array): number => own.reduce((sum, value, at) => sum + value * vector[at]!, 0);
      const best = Array.from(known, ([key, own]) => ({ key, score: Math.max(...own.map(score)) }));
      return best
        .sort((a, b) => b.score - a.score)
        .slice(0, 10)
        .map(({ key }) => key);
    };
    const connection = new WeaviateConnection({ nodes: cluster.nodes, key: null, consistency: 'QUORUM' });
    const index = new WeaviateVectorIndex({
      connection,
      settings: { shards: 3, replicas: 3 },
      source: new SqlSegmentSource(library.storage),
      sets: stores.vectorSets,
      leases: stores.work,
      holder: () => randomUUID(),
      model: MODEL,
      logger: silentLog,
    });
    const recall = async (asked: number): Promise<number> => {
      let [found, wanted] = [0, 0];
      for (let i = 0; i < asked; i++) {
        const vector = unit(vectorsOf(1)[0]!);
        const right = expected(vector);
        const { hits } = await index.search({ vector, filter: { among: null }, limit: 10, matchesPerSound: 3 });
        found += hits.filter(({ soundKey }) => right.includes(soundKey)).length;
        wanted += right.length;
      }
      return found / wanted;
    };
    for (let i = 0; i < 60; i++) await add(`before ${i}.wav`);
    await index.open();
    // A node that learnt of the collection after the first writes is given what it lacks by the others, as below.
    await vi.waitFor(async () => expect(await recall(10)).toBeGreaterThanOrEqual(0.99), 120_000);

    // The first node is the one that is asked.
    let [answered, killed] = [0, false];
    const problems: unknown[] = [];
    const searching = (async () => {
      for (let after = 0; after < 15; after += killed ? 1 : 0) {
        await recall(1).then(
          () => answered++,
          (error: unknown) => problems.push(error),
        );
        await pause(50);
      }
    })();
    await pause(300);
    await cluster.kill(0);
    killed = true;
    await searching;
    expect(problems).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(15);

    // Two of three suffice to write, too; a batch that waits for the dead one is let go by Weaviate after a minute.
    for (let i = 0; i < 20; i++) await add(`meanwhile ${i}.wav`);
    await vi.waitFor(async () => {
      await index.refresh();
      expect(index.status()).toMatchObject({ state: 'ready', sounds: 80, problem: null });
    }, 150_000);
    expect(await recall(10)).toBeGreaterThanOrEqual(0.99);

    await cluster.resume(0);
    // What it missed, it is given by the others.
    await vi.waitFor(async () => expect(await recall(10)).toBeGreaterThanOrEqual(0.99), 120_000);
    await index.close();
    await connection.close();
  });
});
