import type { ChildProcess } from 'node:child_process';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BullmqJobQueue,
  BullmqWorker,
  RedisEventLog,
  type BullmqWorkerOptions,
  type Delivery,
} from '../../src/adapters/bullmq/index.js';
import type { AppEvent, StampedEvent } from '../../src/domain/events.js';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { redisCommand } from '../../src/adapters/redis/redis-command.js';
import { runScript, silentLog, temporaryFolder, until } from './ingest-fixtures.js';
import { told } from '../../src/domain/reasons.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let redis: PrivateRedis;
let queue: BullmqJobQueue;
const closing: (() => Promise<void>)[] = [];

const startRedis = (): Promise<PrivateRedis> => startPrivateRedis({ directory: folder.path, logger: silentLog });

beforeEach(async () => {
  folder = await temporaryFolder();
  redis = await startRedis();
  // Its first call waits for the connection.
  queue = new BullmqJobQueue({ connection: redis, firstRetryMs: 20 });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await queue.close();
  await redis.stop();
  await folder.remove();
});

/** Whether the queue still has the job, in whatever state. */
const holds = async (jobId: string): Promise<boolean> =>
  (await redisCommand(redis.socketPath, `EXISTS traum:ingest:${jobId}`, 1000)) === ':1';

interface Run extends Delivery {
  jobId: string;
  end(error?: Error): void;
}

/** A worker whose jobs the test ends by hand. */
function manualWorker(options: Partial<BullmqWorkerOptions> = {}): { runs: Run[]; worker: BullmqWorker } {
  const runs: Run[] = [];
  const worker = new BullmqWorker({
    connection: redis,
    concurrency: 2,
    logger: silentLog,
    process: (jobId, delivery) =>
      new Promise<void>((resolve, reject) => {
        delivery.signal.addEventListener('abort', () => reject(delivery.signal.reason as Error));
        runs.push({ jobId, ...delivery, end: (error) => (error ? reject(error) : resolve()) });
      }),
    timing: { lockMs: 30_000, stalledCheckMs: 300, finishMs: 200 },
    ...options,
  });
  closing.push(() => worker.close());
  return { runs, worker };
}

/** A worker in a process of its own, that says `taken` and then does what `body` says. */
function workerProcess(body: string, lockMs = 1000): ChildProcess {
  const child = runScript(
    `const { BullmqWorker } = await import(argument(0));
     new BullmqWorker({
       connection: { socketPath: argument(1) },
       concurrency: 1,
       logger: { debug() {}, info() {}, warn() {}, error() {} },
       timing: { lockMs: ${lockMs}, stalledCheckMs: 300 },
       process: async () => { console.log('taken'); ${body} },
     });`,
    [new URL('../../src/adapters/bullmq/index.ts', import.meta.url).href, redis.socketPath],
  );
  closing.push(() => Promise.resolve(void child.kill('SIGKILL')));
  return child;
}

const taken = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.stdout?.once('data', () => resolve()));
const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.once('exit', () => resolve()));

describe('the queue', () => {
  it('delivers a job once, however often it is added, and again after it ended', async () => {
    const { runs } = manualWorker();
    await queue.add('ingest-a-1');
    await queue.add('ingest-a-1');
    await until(() => runs.length === 1, 'the job runs');
    await queue.add('ingest-a-1');
    await queue.add('ingest-b-1');
    await until(() => runs.length === 2, 'the other job runs');
    expect(runs.map((run) => run.jobId)).toEqual(['ingest-a-1', 'ingest-b-1']);
    expect(runs[0]).toMatchObject({ attempt: 1, lastAttempt: false });
    runs[0]?.end();
    await until(async () => (await queue.addMissing(['ingest-a-1'])) === 1, 'the ended job has left the queue');
    await until(() => runs.length === 3, 'it runs again');
    expect(runs[2]).toMatchObject({ jobId: 'ingest-a-1', attempt: 1 });
  });

  it('delivers a failed job three times in all and says which is the last', async () => {
    const { runs } = manualWorker();
    await queue.add('ingest-a-1');
    for (const attempt of [1, 2, 3]) {
      await until(() => runs.length === attempt, `attempt ${attempt} runs`);
      expect(runs[attempt - 1]).toMatchObject({ attempt, lastAttempt: attempt === 3 });
      runs[attempt - 1]?.end(new Error('not now'));
    }
    await until(async () => !(await holds('ingest-a-1')), 'it has left the queue');
  });

  it('adds only what it does not hold', async () => {
    await queue.add('ingest-a-1');
    expect(await queue.addMissing(['ingest-a-1', 'ingest-b-1', 'ingest-c-1'])).toBe(2);
    expect(await queue.addMissing(['ingest-a-1', 'ingest-b-1', 'ingest-c-1'])).toBe(0);
    expect(await queue.addMissing([])).toBe(0);
    const { runs } = manualWorker({ concurrency: 5 });
    await until(() => runs.length === 3, 'all run');
  });

  it('takes thousands at once', async () => {
    const ids = Array.from({ length: 3000 }, (_, i) => `ingest-${i}-1`);
    expect(await queue.addMissing(ids)).toBe(3000);
    expect(await queue.addMissing(ids)).toBe(0);
  });

  it('a removed job is not run; one that runs is told to stop', async () => {
    await queue.add('ingest-waiting-1');
    await queue.remove('ingest-waiting-1');
    const { runs } = manualWorker();
    await queue.add('ingest-running-1');
    await until(() => runs.length === 1, 'a job runs');
    expect(runs[0]?.jobId).toBe('ingest-running-1');
    await queue.remove('ingest-running-1');
    await until(() => runs[0]?.signal.aborted === true, 'it is told to stop');
    await queue.remove('ingest-unknown-1');
  });

  it('fails at once while Redis is down and works again when it is back', async () => {
    await queue.ping();
    await redis.stop();
    const before = Date.now();
    await expect(queue.add('ingest-a-1')).rejects.toMatchObject({ code: 'queue_unavailable', transient: true });
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(queue.remove('ingest-a-1')).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(queue.addMissing(['ingest-a-1'])).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(Date.now() - before).toBeLessThan(10_000);
    redis = await startRedis();
    await until(
      () =>
        queue.ping().then(
          () => true,
          () => false,
        ),
      'the queue is connected again',
    );
    await queue.add('ingest-a-1');
  });

  it('fails at once when Redis was never there', async () => {
    const nowhere = new BullmqJobQueue({ connection: { socketPath: `${folder.path}/nowhere.sock` } });
    await expect(nowhere.add('ingest-a-1')).rejects.toMatchObject({ code: 'queue_unavailable' });
    await nowhere.close();
  });
});

describe('short sounds', () => {
  const names = (runs: Run[]): string[] => runs.map(({ jobId }) => jobId);

  it('do not wait behind long ones, even with one place for work', async () => {
    await queue.add('ingest-hours-1', 3 * 3600);
    await queue.add('ingest-hours-2', 3 * 3600);
    const { runs } = manualWorker({ concurrency: 1 });
    await until(() => runs.length === 1, 'a long one runs');
    await queue.add('ingest-second-1', 1);
    await until(() => runs.length === 2, 'the short one runs');
    expect(names(runs)).toEqual(['ingest-hours-1', 'ingest-second-1']);
    // The place for short ones is not for the other long one.
    runs[1]?.end();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(runs).toHaveLength(2);
    runs[0]?.end();
    await until(() => runs.length === 3, 'the second long one runs');
  });

  it('have all places while nothing long runs', async () => {
    const { runs } = manualWorker({ concurrency: 2 });
    for (let index = 0; index < 3; index++) await queue.add(`ingest-s${index}-1`, 10);
    await until(() => runs.length === 3, 'all run');
  });

  it('go before longer ones that came earlier; first come, first served among equals', async () => {
    await queue.addMissing(['ingest-background-1'], { background: true });
    await queue.add('ingest-unknown-1');
    await queue.add('ingest-hours-1', 7200);
    await queue.add('ingest-song-1', 1000);
    await queue.add('ingest-song-2', 900);
    const lengths = new Map([
      ['ingest-minutes-1', 200],
      ['ingest-hit-1', 1],
    ]);
    await queue.addMissing([...lengths.keys()], { lengthOf: (jobId) => lengths.get(jobId) });
    const done: string[] = [];
    manualWorker({
      concurrency: 1,
      process: async (jobId) => {
        // Long enough that the queues are asked one after the other.
        await new Promise((resolve) => setTimeout(resolve, 50));
        done.push(jobId);
      },
    });
    await until(() => done.length === 7, 'all are done');
    const long = done.filter((jobId) => !['ingest-minutes-1', 'ingest-hit-1'].includes(jobId));
    expect(long).toEqual([
      'ingest-song-1',
      'ingest-song-2',
      // An unknown length counts as a long one.
      'ingest-unknown-1',
      'ingest-hours-1',
      'ingest-background-1',
    ]);
    expect(done.indexOf('ingest-hit-1')).toBeLessThan(done.indexOf('ingest-minutes-1') + 2);
  });

  it('that wait are removed like others, and their place goes to the next', async () => {
    const { runs } = manualWorker({ concurrency: 1 });
    await queue.add('ingest-hours-1', 7200);
    await until(() => runs.length === 1, 'the long one runs');
    for (const name of ['a', 'b', 'c']) await queue.add(`ingest-${name}-1`, 1);
    await until(() => runs.length === 2, 'one short one runs');
    await queue.remove('ingest-b-1');
    runs[1]?.end();
    await until(() => runs.length === 3, 'another runs');
    expect(names(runs)).toEqual(['ingest-hours-1', 'ingest-a-1', 'ingest-c-1']);
  });

  it('are added once, whatever queue holds them', async () => {
    await queue.add('ingest-a-1', 1);
    expect(await queue.addMissing(['ingest-a-1'])).toBe(0);
    await queue.remove('ingest-a-1');
    expect(await queue.addMissing(['ingest-a-1'])).toBe(1);
  });

  it('whose work lasts too long leave their place to others', async () => {
    const { runs } = manualWorker({ concurrency: 1, timing: { shortWorkMs: 100, lockMs: 30_000 } });
    await queue.add('ingest-hours-1', 7200);
    await until(() => runs.length === 1, 'the long one runs');
    await queue.add('ingest-liar-1', 1);
    await until(() => runs.length === 2, 'the one with the false header runs');
    await queue.add('ingest-a-1', 1);
    await until(() => runs.length === 3, 'a short one runs besides');
  });
});

describe('events', () => {
  const open = (options: Partial<ConstructorParameters<typeof RedisEventLog>[0]> = {}): RedisEventLog => {
    const log = new RedisEventLog({ connection: redis, gatherMs: 30, ...options });
    closing.push(() => log.close());
    return log;
  };
  /** As an API process has it. */
  const listening = async (options: Parameters<typeof open>[0] = {}) => {
    const log = open(options);
    const heard: StampedEvent[] = [];
    const stop = log.subscribe((told) => heard.push(told));
    log.listen();
    await until(() => log.latestId() !== '', 'the log listens');
    return { log, heard, stop };
  };
  const job = (jobId: string): AppEvent => ({ kind: 'job', jobId });
  const jobs = (heard: readonly StampedEvent[]): string[] =>
    heard.flatMap(({ event }) => (event.kind === 'job' ? [event.jobId] : []));

  it('are heard in every process with one id each, in one order, and not each of a burst', async () => {
    const [one, other] = [await listening(), await listening()];
    const worker = open();
    for (let i = 0; i < 500; i++) worker.tell(job('a'));
    worker.tell(job('b'));
    await until(() => jobs(other.heard).includes('b'), 'a burst is heard');
    await queue.add('ingest-c-1');
    await until(() => jobs(other.heard).includes('ingest-c-1'), 'an added job is heard');
    one.log.tell({ kind: 'sound', change: 'created', soundId: 's' });
    one.log.tell({ kind: 'sound', change: 'updated', soundId: 's' });
    await until(() => other.heard.at(-1)?.event.kind === 'sound', 'the change of another API is heard');
    await until(() => one.heard.length === other.heard.length, 'both heard all');
    expect(one.heard).toEqual(other.heard);
    expect(jobs(one.heard).filter((id) => id === 'a').length).toBeLessThan(5);
    expect(one.heard.at(-1)?.event).toEqual({ kind: 'sound', change: 'created', soundId: 's' });
    expect(one.heard.every(({ id }) => /^\d+-\d+$/.test(id))).toBe(true);
    expect(one.log.latestId()).toBe(one.heard.at(-1)?.id);
    other.stop();
    const before = other.heard.length;
    worker.tell(job('d'));
    await until(() => jobs(one.heard).includes('d'), 'the other listener hears');
    expect(other.heard).toHaveLength(before);
  });

  it('are told again to whoever comes back, also by a process that began later, unless that is too long ago', async () => {
    const { log, heard } = await listening();
    for (const id of ['a', 'b', 'c', 'd']) {
      log.tell(job(id));
      await until(() => jobs(heard).includes(id), `${id} is heard`);
    }
    const [first, second] = heard;
    expect(jobs(log.since(second!.id)!)).toEqual(['c', 'd']);
    expect(log.since(log.latestId())).toEqual([]);
    const later = await listening();
    expect(jobs(later.log.since(first!.id)!)).toEqual(['b', 'c', 'd']);
    for (const id of ['', 'x', '1', '99999999999999-0']) expect(log.since(id)).toBeNull();
    const forgetful = await listening({ kept: 2 });
    expect(forgetful.log.since(first!.id)).toBeNull();
    expect(jobs(forgetful.log.since(heard[2]!.id)!)).toEqual(['d']);
  });

  it('go on after Redis was away: this process hears at once, the others when it is back', async () => {
    const [one, other] = [await listening(), await listening()];
    process.kill(redis.pid, 'SIGKILL');
    await until(() => {
      one.log.tell(job('meanwhile'));
      return one.heard.some(({ id }) => id === '') || jobs(other.heard).includes('meanwhile');
    }, 'it is told here');
    await until(() => jobs(other.heard).includes('meanwhile'), 'it is told elsewhere');
    other.log.tell(job('after'));
    await until(() => jobs(one.heard).includes('after'), 'events go on');
  });

  it('tell listeners to read everything anew when Redis lost what it had', async () => {
    const { log, heard } = await listening();
    const client = new Redis(redis.socketPath);
    closing.push(() => Promise.resolve(client.disconnect()));
    log.tell(job('a'));
    await until(() => jobs(heard).includes('a'), 'it is heard');
    const [{ id }] = heard as [StampedEvent];
    await client.flushall();
    await until(() => heard.some(({ event }) => event.kind === 'reset'), 'the loss is noticed');
    expect(log.since(id)).toBeNull();
    log.tell(job('b'));
    await until(() => jobs(heard).includes('b'), 'events go on');
  });
});

describe('workers', () => {
  it('a job of a worker killed with -9 is taken over and finished once', async () => {
    const dying = workerProcess('await new Promise(() => setInterval(() => {}, 1000));');
    await queue.add('ingest-a-1');
    await taken(dying);
    dying.kill('SIGKILL');
    const { runs } = manualWorker();
    await until(() => runs.length === 1, 'the job is taken over');
    expect(runs[0]).toMatchObject({ jobId: 'ingest-a-1', lastAttempt: false });
    runs[0]?.end();
    await until(async () => !(await holds('ingest-a-1')), 'it has left the queue');
    expect(runs).toHaveLength(1);
  });

  it('a job of a killed worker goes on within three seconds, long before its lock runs out', async () => {
    const dying = workerProcess('await new Promise(() => setInterval(() => {}, 1000));', 60_000);
    await queue.add('ingest-long-1', 3600);
    await taken(dying);
    // Another one that lives: its job must stay where it is.
    const living = workerProcess('await new Promise(() => setInterval(() => {}, 1000));', 60_000);
    await queue.add('ingest-other-1', 3600);
    await taken(living);
    const { runs } = manualWorker({ timing: { lockMs: 60_000 } });
    await until(async () => (await queue.addMissing(['ingest-long-1', 'ingest-other-1'])) === 0, 'both are held');
    dying.kill('SIGKILL');
    await until(() => runs.length === 1, 'the job goes on', 3_000);
    expect(runs[0]?.jobId).toBe('ingest-long-1');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(runs).toHaveLength(1);
    runs[0]?.end();
  });

  it('a job that went on is not taken from its new worker by a look from before', async () => {
    const look = Reflect.get(Queue.prototype, 'getActive') as Queue['getActive'];
    const late = vi.spyOn(Queue.prototype, 'getActive').mockImplementation(async function (this: Queue) {
      const jobs = await look.call(this);
      if (jobs.length > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
      return jobs;
    });
    closing.push(() => Promise.resolve(late.mockRestore()));
    const dying = workerProcess('await new Promise(() => setInterval(() => {}, 1000));', 60_000);
    await queue.add('ingest-a-1');
    await taken(dying);
    const { runs, worker } = manualWorker();
    await worker.ready();
    dying.kill('SIGKILL');
    await until(() => runs.length === 1, 'the job is taken over');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await until(async () => !(await holds('ingest-a-1')), 'it has left the queue');
  });

  it('a job that takes down every worker is given up', async () => {
    const gone: string[] = [];
    await queue.add('ingest-bomb-1');
    for (let crash = 0; crash < 4; crash++) await ended(workerProcess(`process.kill(process.pid, 'SIGKILL');`));
    const { runs } = manualWorker({
      onGone: (jobId, reason) => Promise.resolve(void gone.push(`${jobId}: ${told(reason).text}`)),
    });
    await until(() => gone.length === 1, 'it is given up');
    expect(gone[0]).toMatch(/^ingest-bomb-1: .*crashed repeatedly/);
    expect(runs).toHaveLength(0);
    expect(await queue.addMissing(['ingest-bomb-1'])).toBe(1);
  });

  it('closing puts a long job back for the next worker, not counted as a failure', async () => {
    const first = manualWorker();
    await queue.add('ingest-a-1');
    await until(() => first.runs.length === 1, 'the job runs');
    await first.worker.close();
    expect(first.runs[0]?.signal.aborted).toBe(true);
    const second = manualWorker();
    await until(() => second.runs.length === 1, 'the next worker has it');
    expect(second.runs[0]).toMatchObject({ jobId: 'ingest-a-1', attempt: 1 });
  });

  it('closing lets a short job finish', async () => {
    const { runs, worker } = manualWorker({ timing: { finishMs: 20_000 } });
    await queue.add('ingest-a-1');
    await until(() => runs.length === 1, 'the job runs');
    const closed = worker.close();
    runs[0]?.end();
    await closed;
    expect(runs[0]?.signal.aborted).toBe(false);
    expect(await queue.addMissing(['ingest-a-1'])).toBe(1);
  });

  it('closing ends even when Redis is gone', async () => {
    const { runs, worker } = manualWorker();
    await queue.add('ingest-a-1');
    await until(() => runs.length === 1, 'the job runs');
    await redis.stop();
    await worker.close();
    expect(runs[0]?.signal.aborted).toBe(true);
  });

  it('go on after Redis was killed, with the job they were at', async () => {
    const { runs } = manualWorker({ timing: { stalledCheckMs: 300 } });
    await queue.add('ingest-a-1');
    await until(() => runs.length === 1, 'the job runs');
    const before = redis.pid;
    // The log reaches the disk within a second; what is newer may be lost, and is repaired from the database.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    process.kill(before, 'SIGKILL');
    await until(() => redis.pid !== before, 'Redis is back');
    runs[0]?.end();
    await until(
      () =>
        queue.add('ingest-b-1').then(
          () => true,
          () => false,
        ),
      'jobs can be added again',
    );
    await until(() => runs.some((run) => run.jobId === 'ingest-b-1'), 'the next job runs');
    runs.at(-1)?.end();
    await until(async () => !(await holds('ingest-a-1')), 'the first job has left the queue');
  });
});

describe('jobs of several people', () => {
  const of = (owner: string, batch = false) => ({ owner, batch });
  /** Ids in the order in which they are taken, one after the other. */
  function inOrder(): string[] {
    const done: string[] = [];
    manualWorker({
      concurrency: 1,
      process: async (jobId) => {
        // Long enough that whoever comes now is before the next.
        await new Promise((resolve) => setTimeout(resolve, 5));
        done.push(jobId);
      },
    });
    return done;
  }
  const placeOf = (done: string[], jobId: string): number => done.indexOf(jobId);

  it.each([
    ['short', 10],
    ['long', 4000],
  ])('take turns: one does not wait for the three hundred %s ones of another', async (_, lengthS) => {
    for (let at = 0; at < 300; at++) await queue.add(`ingest-a${at}-1`, lengthS, of('ada'));
    await queue.add('ingest-b-1', lengthS, of('bob'));
    const done = inOrder();
    await until(() => done.length > 60, 'many are done');
    // Somebody who comes while that goes on.
    const before = done.length;
    await queue.add('ingest-c-1', lengthS, of('cid'));
    await until(() => done.length > before + 60, 'more are done');
    expect(placeOf(done, 'ingest-b-1')).toBeGreaterThanOrEqual(0);
    expect(placeOf(done, 'ingest-b-1')).toBeLessThan(30);
    expect(placeOf(done, 'ingest-c-1')).toBeGreaterThanOrEqual(before);
    expect(placeOf(done, 'ingest-c-1')).toBeLessThan(before + 30);
    expect(done.filter((id) => id.startsWith('ingest-a')).length).toBeGreaterThan(50);
  });

  it('share the work evenly when two have very many', async () => {
    for (let at = 0; at < 200; at++) await queue.add(`ingest-a${at}-1`, 10, of('ada'));
    for (let at = 0; at < 200; at++) await queue.add(`ingest-b${at}-1`, 10, of('bob'));
    const done = inOrder();
    await until(() => done.length >= 100, 'many are done');
    const share = done.slice(0, 100).filter((id) => id.startsWith('ingest-b')).length;
    expect(share).toBeGreaterThan(35);
    expect(share).toBeLessThan(65);
  });

  it('a batch does not hold up what its own owner adds by hand', async () => {
    for (let at = 0; at < 100; at++) await queue.add(`ingest-folder${at}-1`, 10, of('ada', true));
    await queue.add('ingest-hand-1', 10, of('ada'));
    const done = inOrder();
    await until(() => done.length > 40, 'some are done');
    expect(placeOf(done, 'ingest-hand-1')).toBeGreaterThanOrEqual(0);
    expect(placeOf(done, 'ingest-hand-1')).toBeLessThan(20);
  });

  it('take turns too when the queue was lost and is filled again', async () => {
    const ids = Array.from({ length: 200 }, (_, at) => `ingest-a${at}-1`);
    await queue.addMissing([...ids, 'ingest-b-1'], {
      lengthOf: () => 10,
      ownerOf: (jobId) => (jobId === 'ingest-b-1' ? 'bob' : 'ada'),
    });
    const done = inOrder();
    await until(() => done.length > 40, 'some are done');
    expect(placeOf(done, 'ingest-b-1')).toBeGreaterThanOrEqual(0);
    expect(placeOf(done, 'ingest-b-1')).toBeLessThan(30);
  });

  it('begin anew when nothing waits any more', async () => {
    for (let at = 0; at < 40; at++) await queue.add(`ingest-a${at}-1`, 10, of('ada'));
    const done = inOrder();
    await until(() => done.length === 40, 'all are done');
    await queue.add('ingest-last-1', 10, of('ada'));
    await until(() => done.length === 41, 'the last is done');
    const looking = new Redis({ path: redis.socketPath });
    closing.push(() => Promise.resolve(looking.disconnect()));
    expect(Number(await looking.hget('traum:turns:ingest-short', 'of ada batch'))).toBeLessThan(5);
  });
});
