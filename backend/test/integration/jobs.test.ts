import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../src/adapters/sql/sqlite/migrations/index.js';
import { openDatabase, SqlJobStore, storageOver, type Database } from '../../src/adapters/sql/index.js';
import { LOCAL, type Actor } from '../../src/domain/accounts/actor.js';
import { DomainError } from '../../src/domain/errors.js';
import { jobHandlers, queuedWork, QUEUED_PREFIXES, type JobHandlers } from '../../src/domain/jobs/job.handlers.js';
import type { JobsService } from '../../src/domain/jobs/jobs.service.js';
import { JOB_KINDS, type JobKind } from '../../src/domain/jobs/jobs.types.js';
import { createApp } from '../../src/http/app.js';
import { temporaryFolder } from '../contract/fixtures.js';
import { FakeWorld } from '../support/fakes.js';
import { testJobs } from '../support/jobs.js';
import { MemoryEvents } from '../support/memory-events.js';
import BetterSqlite3 from 'better-sqlite3';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let events: MemoryEvents;
let opened: JobsService[];

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  events = new MemoryEvents();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((jobs) => jobs.close()));
  db.close();
  folder.remove();
});

/** Every kind is done again by a new job of the same kind that is over at once. */
function handlersOver(jobs: JobsService, resuming: readonly JobKind[] = []): JobHandlers {
  const of = (kind: JobKind) => ({
    resumes: resuming.includes(kind),
    retry: async (actor: Actor, job: { subject: string | null }) => {
      const order = { kind, subject: job.subject, owner: actor.ownerId };
      return (await jobs.begin(order, () => Promise.resolve('again')))!.id;
    },
  });
  return jobHandlers(Object.fromEntries(JOB_KINDS.map((kind) => [kind, of(kind)])));
}

/** The jobs of one of several processes that share the database. */
async function inProcess(resuming: readonly JobKind[] = []): Promise<JobsService> {
  const jobs = testJobs(db, events, { beatMs: 40, holdMs: 200 });
  opened.push(jobs);
  await jobs.start(handlersOver(jobs, resuming));
  return jobs;
}

const order = (kind: JobKind, subject: string | null = null) => ({ kind, subject, owner: 'local' });
const stopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
const stateOf = async (jobs: JobsService, id: string): Promise<string> => (await jobs.get(LOCAL, id)).state;

describe('a job', () => {
  it('tells how far it is and what came of it, and why it failed', async () => {
    const jobs = await inProcess();
    let go = (): void => undefined;
    const job = await jobs.begin(order('scan', 'f'), async ({ report }) => {
      report({ stage: 'importing', progress: 0.25, detail: { done: 1 } });
      await new Promise<void>((resolve) => (go = resolve));
      return { imported: 4 };
    });
    await pause(10);
    expect(await jobs.get(LOCAL, job!.id)).toMatchObject({ state: 'active', stage: 'importing', progress: 0.25 });
    expect(await jobs.begin(order('scan', 'f'), () => Promise.resolve())).toBeNull();
    go();
    await jobs.ended(job!.id);
    expect(await jobs.get(LOCAL, job!.id)).toMatchObject({ state: 'completed', result: { imported: 4 } });
    const broken = await jobs.begin(order('check'), () => Promise.reject(new DomainError('storage_full', 'No space.')));
    const buggy = await jobs.begin(order('backup'), () => Promise.reject(new Error('secret path')));
    await Promise.all([jobs.ended(broken!.id), jobs.ended(buggy!.id)]);
    expect(await jobs.get(LOCAL, broken!.id)).toMatchObject({ state: 'failed', error: 'No space.' });
    expect((await jobs.get(LOCAL, buggy!.id)).error).not.toContain('secret');
    expect(events.told.filter((event) => event.kind === 'job' && event.jobId === job!.id).length).toBeGreaterThan(1);
  });

  it('is cancelled in the process that does it, whichever was asked', async () => {
    const [one, other] = [await inProcess(), await inProcess()];
    const job = await one.begin(order('check'), ({ signal }) => stopped(signal));
    await other.cancel(LOCAL, job!.id);
    await expect.poll(() => stateOf(other, job!.id)).toBe('cancelled');
    await expect(other.cancel(LOCAL, job!.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(other.cancel(LOCAL, 'nothing')).rejects.toMatchObject({ code: 'not_found' });
    const again = await other.retry(LOCAL, job!.id);
    expect(again.id).not.toBe(job!.id);
    await expect.poll(() => stateOf(one, again.id)).toBe('completed');
  });

  it('of a process that died has failed, or is gone on with elsewhere, as its kind has it', async () => {
    const dying = testJobs(db, events, { beatMs: 1e9, holdMs: 100 });
    const check = await dying.begin(order('check'), ({ signal }) => stopped(signal));
    const change = await dying.begin(order('embedding', 'm'), ({ signal }) => stopped(signal));
    const living = await inProcess(['embedding']);
    await expect.poll(() => stateOf(living, check!.id)).toBe('failed');
    await expect
      .poll(async () => (await living.begin(order('embedding', 'm'), () => Promise.resolve(7)))?.id ?? null)
      .toBe(change!.id);
    await expect.poll(() => stateOf(living, change!.id)).toBe('completed');
  });

  it('waits for the next start when the program ends, where its kind is gone on with', async () => {
    const first = await inProcess(['analysis']);
    const listening = await first.begin(order('analysis'), ({ signal }) => stopped(signal));
    const check = await first.begin(order('check'), ({ signal }) => stopped(signal));
    await first.close();
    const next = await inProcess(['analysis']);
    expect(await stateOf(next, listening!.id)).toBe('queued');
    expect(await next.get(LOCAL, check!.id)).toMatchObject({ state: 'failed' });
    expect((await next.begin(order('analysis'), () => Promise.resolve()))?.id).toBe(listening!.id);
  });
});

describe('a schedule', () => {
  it('is led by one process as long as it lives, then by another', async () => {
    const [one, other] = [await inProcess(), await inProcess()];
    expect([await one.leads('bin'), await other.leads('bin')]).toEqual([true, false]);
    await pause(400);
    expect([await other.leads('bin'), await one.leads('bin')]).toEqual([false, true]);
    await one.close();
    expect(await other.leads('bin')).toBe(true);
  });
});

describe('the handlers', () => {
  it('are there for every kind, or the program does not start', () => {
    const all = Object.fromEntries(JOB_KINDS.map((kind) => [kind, { resumes: false, retry: () => 'id' }]));
    expect(() => jobHandlers(all)).not.toThrow();
    const { scan, ...some } = all;
    expect(scan).toBeDefined();
    expect(() => jobHandlers(some)).toThrow(/scan/);
    const work = QUEUED_PREFIXES.map((prefix) => ({ prefix, run: () => Promise.resolve(), giveUp: () => undefined }));
    expect(queuedWork(work)('embed-x').prefix).toBe('embed-');
    expect(() => queuedWork(work.slice(1))).toThrow(/ingest-/);
  });
});

describe('GET /jobs', () => {
  it('lists all work, of which each can be looked at, cancelled and done again', async () => {
    const world = new FakeWorld();
    await world.work.start(handlersOver(world.work));
    opened.push(world.work);
    const app = createApp(world.deps());
    const json = async (url: string, method = 'GET', status = 200) => {
      const answer = await app.request(`/api/v1/jobs${url}`, { method });
      expect(answer.status).toBe(status);
      return (await answer.json()) as {
        id: string;
        items: { id: string; kind: string }[];
        total: number;
        state: string;
      };
    };
    const check = await world.work.begin(order('check'), ({ signal }) => stopped(signal));
    await world.work.run(
      order('scan', 'f'),
      () => Promise.resolve(1),
      () => 0,
    );
    expect((await json('')).items.map(({ kind }) => kind).sort()).toEqual(['check', 'scan']);
    expect((await json('?kind=scan,backup')).total).toBe(1);
    expect((await json('?state=active&kind=check')).items).toEqual([expect.objectContaining({ id: check!.id })]);
    await json('?kind=nothing', 'GET', 422);
    await json('?cursor=nonsense', 'GET', 422);
    expect(await json(`/${check!.id}`)).toMatchObject({ state: 'active', owner: 'local' });
    await json('/unknown', 'GET', 404);
    await json(`/${check!.id}/retry`, 'POST', 409);
    expect(await json(`/${check!.id}/cancel`, 'POST')).toMatchObject({ state: 'cancelled' });
    await json(`/${check!.id}/cancel`, 'POST', 409);
    expect((await json(`/${check!.id}/retry`, 'POST', 202)).id).not.toBe(check!.id);
  });
});

it('jobs from before keep their ids, states and times', async () => {
  const file = path.join(folder.path, 'old.db');
  const old = new BetterSqlite3(file);
  const before = migrations.findIndex(({ name }) => name === '0018-jobs');
  for (const { sql } of migrations.slice(0, before)) old.exec(sql);
  old.pragma(`user_version = ${before}`);
  old.exec(`
    INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at)
      VALUES ('s', 'h', 'a.wav', 'wav', 1, 'a', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
    INSERT INTO jobs (id, sound_key, generation, state, stage, error, created_at, finished_at)
      SELECT 'ingest-s-1', sound_key, 1, 'failed', 'done', 'It broke.', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z' FROM sounds;
  `);
  old.close();
  const now = openDatabase(file);
  expect(await new SqlJobStore(storageOver(now)).get('ingest-s-1')).toMatchObject({
    kind: 'process',
    subject: 's',
    state: 'failed',
    error: 'It broke.',
    finishedAt: '2026-01-02T00:00:00.000Z',
  });
  now.prepare('DELETE FROM sounds').run();
  expect(await new SqlJobStore(storageOver(now)).get('ingest-s-1')).toBeNull();
  now.close();
});
