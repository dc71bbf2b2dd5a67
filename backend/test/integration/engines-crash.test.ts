import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedisCluster } from '../support/redis-cluster.js';
import { TestWeaviate, withoutWeaviate } from '../support/weaviate.js';
import { AppProcess, until } from './app-process.js';
import { temporaryFolder, tone } from './ingest-fixtures.js';

// Nine servers and a program on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const SOUNDS = 40;
const AT_ONCE = 4;

describe.skipIf(withoutWeaviate() !== null)('Redis Cluster and Weaviate', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let redis: TestRedisCluster;
  let weaviate: TestWeaviate;
  beforeAll(async () => {
    folder = await temporaryFolder();
    [redis, weaviate] = await Promise.all([TestRedisCluster.start(), TestWeaviate.start(3)]);
  });
  afterAll(async () => {
    await Promise.all([redis.stop(), weaviate.stop()]);
    await folder.remove();
  });

  it('lose nothing and have nothing twice when a node of each dies while sounds come in', async () => {
    const app = await AppProcess.spawn(path.join(folder.path, 'data'), {
      LOG_LEVEL: 'warn',
      ...redis.settings,
      ...weaviate.settings,
      VECTOR_REPLICAS: '3',
      VECTOR_CONSISTENCY: 'quorum',
    }).ready();
    try {
      const accepted = new Set<string>();
      const left = Array.from({ length: SOUNDS }, (_, at) => at).values();
      const adding = Array.from({ length: AT_ONCE }, async () => {
        for (const at of left) {
          const file = await tone(path.join(folder.path, `${at}.wav`), 1 + at / 8);
          await until(120_000, 'an upload to be taken', async () => {
            const form = new FormData();
            form.append('files', new Blob([await readFile(file)]), path.basename(file));
            const answer = app.json<{ uploads: { soundId: string }[] }>('/audio/upload', {
              method: 'POST',
              body: form,
            });
            const { uploads } = await answer.catch(() => ({ uploads: [] }));
            for (const { soundId } of uploads) accepted.add(soundId);
            return uploads.length > 0;
          });
        }
      });
      await until(120_000, 'a third of the sounds', () => accepted.size > SOUNDS / 3);
      await Promise.all([redis.killOwnerOf('{traum}:'), weaviate.kill(0)]);
      await Promise.all(adding);

      let items: { id: string; status: string }[] = [];
      await until(300_000, `all sounds; it said:\n${app.output}`, async () => {
        ({ items } = await app.json<{ items: typeof items }>('/audio/files?limit=100'));
        return items.filter(({ status }) => status === 'ready').length === SOUNDS;
      });
      expect(new Set(items.map(({ id }) => id))).toEqual(accepted);
      expect(items).toHaveLength(SOUNDS);
      const held = async (): Promise<number[]> => {
        const { index } = await app.json<{ index: { sounds: number; segments: number } }>('/analytics/stats');
        return [index.sounds, index.segments];
      };
      await until(120_000, 'the index', async () => (await held())[0] === SOUNDS);
      expect(await held()).toEqual([SOUNDS, SOUNDS]);
      await weaviate.resume(0);
      expect(await held()).toEqual([SOUNDS, SOUNDS]);
    } finally {
      await app.stop();
    }
  });
});
