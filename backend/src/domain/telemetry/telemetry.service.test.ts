import { describe, expect, it } from 'vitest';
import { LOCAL } from '../accounts/actor.js';
import type { EventLog } from '../events.js';
import type { Job } from '../ingest/ingest.types.js';
import type { Sound } from '../library/library.types.js';
import { TelemetryService } from './telemetry.service.js';
import type { WorkerPulse } from './telemetry.types.js';

async function setUp() {
  let now = Date.UTC(2026, 10, 20);
  let notify: Parameters<EventLog['subscribe']>[0] = () => undefined;
  const jobs = new Map<string, Partial<Job>>();
  const workers: WorkerPulse[] = [];
  const telemetry = new TelemetryService({
    jobs: {
      get: (id) => (jobs.get(id) as Job | undefined) ?? null,
      counts: () => ({ queued: 3, active: 1, completed: 0, failed: 0 }),
    },
    sounds: { get: () => ({ durationS: 600 }) as Sound },
    events: { subscribe: (listener) => ((notify = listener), () => undefined) },
    workers: { present: () => workers },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    memoryBytes: () => 100,
    now: () => now,
  });
  telemetry.start();
  await telemetry.stop();
  return {
    telemetry,
    workers,
    wait: (seconds: number) => (now += seconds * 1000),
    job: (id: string, state: Job['state'], progress: number) => {
      jobs.set(id, { id, soundId: 's', state, progress });
      notify({ id: '', event: { kind: 'job', jobId: id } });
    },
    latest: async () => {
      await telemetry.sample();
      return telemetry.recent(LOCAL, 60).at(-1)!;
    },
  };
}

describe('samples of the running system', () => {
  it('spread the speed of a long sound over its progress, and count its end once', async () => {
    const { job, wait, latest } = await setUp();
    job('a', 'active', 0.5);
    expect(await latest()).toMatchObject({ realTimeFactor: 5, soundsPerMin: 0, queued: 3, active: 1 });
    wait(30);
    job('a', 'completed', 1);
    job('a', 'completed', 1);
    expect(await latest()).toMatchObject({ realTimeFactor: 10, soundsPerMin: 1 });
    wait(61);
    expect(await latest()).toMatchObject({ realTimeFactor: 0, soundsPerMin: 0 });
  });

  it('tell latencies of the last minute, and none where there was no search', async () => {
    const { telemetry, wait, latest } = await setUp();
    expect(await latest()).toMatchObject({ searches: 0, searchP50Ms: null, searchP95Ms: null });
    for (let ms = 1; ms <= 100; ms++) telemetry.search(ms);
    expect(await latest()).toMatchObject({ searches: 100, searchP50Ms: 50, searchP95Ms: 95 });
    wait(61);
    expect(await latest()).toMatchObject({ searches: 0, searchP50Ms: null });
  });

  it('add up the memory of the workers; none is not zero', async () => {
    const { telemetry, workers, latest } = await setUp();
    expect(await latest()).toMatchObject({ workers: 0, workerMemoryBytes: null, serverMemoryBytes: 100 });
    workers.push(
      { id: 'a', memoryBytes: 5, stages: { model: { runs: 2, seconds: 3 } } },
      { id: 'b', memoryBytes: 7, stages: { model: { runs: 1, seconds: 1 }, saving: { runs: 1, seconds: 0.5 } } },
    );
    expect(telemetry.workers()).toEqual({
      count: 2,
      stages: { model: { runs: 3, seconds: 4 }, saving: { runs: 1, seconds: 0.5 } },
    });
    expect(await latest()).toMatchObject({ workers: 2, workerMemoryBytes: 12 });
  });

  it('are kept for an hour, and given from a moment on', async () => {
    const { telemetry, wait } = await setUp();
    for (let i = 0; i < 1000; i++) {
      wait(5);
      await telemetry.sample();
    }
    const hour = telemetry.recent(LOCAL, 60);
    expect(hour).toHaveLength(720);
    expect(telemetry.recent(LOCAL, 1)).toHaveLength(12);
    expect(telemetry.recent(LOCAL, 60, hour.at(-3)!.at)).toHaveLength(2);
  });
});
