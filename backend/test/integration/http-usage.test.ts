import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  openDatabase,
  SqlJobRepository,
  SqlSearchLog,
  SqlSoundRepository,
  SqlUsageLog,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { UsageService } from '../../src/domain/analytics/usage.service.js';
import { createApp } from '../../src/http/app.js';
import { inTurn, newSound } from '../contract/fixtures.js';
import { FakeWorld } from '../support/fakes.js';
import { erase } from '../support/erase.js';
import { forAll } from '../support/viewers.js';

const NOW = '2026-11-20T15:30:00.000Z';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let db: Database;
let log: SqlSearchLog;
let sounds: SqlSoundRepository;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) });
  db = openDatabase(':memory:');
  log = new SqlSearchLog(storageOver(db));
  sounds = new SqlSoundRepository(storageOver(db));
});

afterEach(() => {
  vi.useRealTimers();
  db.close();
});

const service = (keptDays = 365): UsageService => {
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  return new UsageService({
    leads: () => Promise.resolve(true),
    log: new SqlUsageLog(storageOver(db)),
    seen: forAll(new SqlUsageLog(storageOver(db))),
    sounds: forAll(sounds),
    keptDays,
    logger,
  });
};

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function call(method: string, path: string, keptDays?: number): Promise<Answer> {
  const app = createApp(new FakeWorld().deps({ usage: service(keptDays) }));
  const response = await app.request(`/api/v1${path}`, { method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const at = (time: string): void => void vi.setSystemTime(new Date(time));
const search = (query: string, { tookMs = 5, resultCount = 1 } = {}): Promise<void> =>
  log.record({ query, mode: 'hybrid', resultCount, tookMs, topScore: 0.3 });

async function addSound(filename: string, durationS = 60): Promise<string> {
  const sound = newSound(filename, { durationS });
  await new SqlJobRepository(storageOver(db)).accept(sound);
  return sound.id;
}

const play = async (id: string): Promise<unknown> => (await call('POST', `/audio/files/${id}/plays`)).body['counted'];

describe('usage', () => {
  it('counts searches, what was not found, plays and uploads by day', async () => {
    at('2026-11-18T10:00:00Z');
    const rain = await addSound('rain.wav');
    for (let ms = 1; ms <= 20; ms++) await search(ms % 2 ? 'rain' : `query ${ms}`, { tookMs: ms });
    at('2026-11-20T09:00:00Z');
    await search('whale song', { resultCount: 0, tookMs: 100 });
    await search('');
    expect(await play(rain)).toBe(true);
    at(NOW);

    const { body } = await call('GET', '/analytics/usage?days=7');
    expect(body).toMatchObject({
      days: 7,
      step: 'day',
      searches: 22,
      unanswered: 1,
      plays: 1,
      uploads: 1,
      latencyMs: { p50: 10, p95: 20 },
      recorded: { on: true, keptDays: 365, searches: 22, plays: 1, oldestAt: '2026-11-18T10:00:00.000Z' },
    });
    const points = body['points'] as Record<string, unknown>[];
    expect(points.map(({ from }) => from)).toHaveLength(7);
    expect(points.slice(4)).toEqual([
      {
        from: '2026-11-18T00:00:00.000Z',
        searches: 20,
        unanswered: 0,
        plays: 0,
        uploads: 1,
        latencyMs: { p50: 10, p95: 19 },
      },
      { from: '2026-11-19T00:00:00.000Z', searches: 0, unanswered: 0, plays: 0, uploads: 0, latencyMs: null },
      {
        from: '2026-11-20T00:00:00.000Z',
        searches: 2,
        unanswered: 1,
        plays: 1,
        uploads: 0,
        latencyMs: { p50: 5, p95: 100 },
      },
    ]);
    expect(body['topQueries']).toHaveLength(10);
    expect((body['topQueries'] as unknown[])[0]).toMatchObject({ query: 'rain', count: 10 });
    expect(body['unansweredQueries']).toEqual([{ query: 'whale song', count: 1, lastAt: '2026-11-20T09:00:00.000Z' }]);
    expect(body['topSounds']).toMatchObject([{ sound: { id: rain, filename: 'rain.wav' }, plays: 1 }]);
  });

  it('shows one day by the hour, the present hour last, and begins days where the asker does', async () => {
    at('2026-11-19T22:30:00Z');
    await search('late');
    at(NOW);
    const { body } = await call('GET', '/analytics/usage?days=1');
    const points = body['points'] as { from: string; searches: number }[];
    expect(body['step']).toBe('hour');
    expect([points.length, points[0]?.from, points.at(-1)?.from]).toEqual([
      24,
      '2026-11-19T16:00:00.000Z',
      '2026-11-20T15:00:00.000Z',
    ]);
    expect(points.filter(({ searches }) => searches > 0)).toMatchObject([{ from: '2026-11-19T22:00:00.000Z' }]);
    // At half past ten in London it is already the 20th in Berlin.
    const berlin = await call('GET', '/analytics/usage?days=7&utcOffsetMin=120');
    expect((berlin.body['points'] as unknown[]).at(-1)).toMatchObject({
      from: '2026-11-19T22:00:00.000Z',
      searches: 1,
    });
    const london = await call('GET', '/analytics/usage?days=7');
    expect((london.body['points'] as unknown[]).at(-1)).toMatchObject({ searches: 0 });
  });

  it('shows a year by the week, today in the last one', async () => {
    await search('today');
    at('2025-11-25T12:00:00Z');
    await search('long ago');
    at(NOW);
    const points = (await call('GET', '/analytics/usage?days=365')).body['points'] as {
      from: string;
      searches: number;
    }[];
    expect(points).toHaveLength(53);
    expect(points.at(-1)).toMatchObject({ from: '2026-11-14T00:00:00.000Z', searches: 1 });
    expect(points.reduce((sum, { searches }) => sum + searches, 0)).toBe(2);
  });

  it('refuses ranges that make no sense', async () => {
    for (const query of ['days=0', 'days=400', 'days=week', 'utcOffsetMin=9999']) {
      expect((await call('GET', `/analytics/usage?${query}`)).status, query).toBe(422);
    }
  });
});

describe('plays', () => {
  it('count once for the time that listening takes, and for each sound on its own', async () => {
    const [long, short] = [await addSound('long.wav'), await addSound('click.wav', 0.4)];
    expect([await play(long), await play(long), await play(short)]).toEqual([true, false, true]);
    at('2026-11-20T15:30:00.300Z');
    expect([await play(long), await play(short)]).toEqual([false, true]);
    at('2026-11-20T15:30:05.100Z');
    expect(await play(long)).toBe(true);
    expect((await call('GET', '/analytics/usage')).body['plays']).toBe(4);
  });

  it('of unknown sounds are an error, and those of deleted ones are gone', async () => {
    expect(await call('POST', `/audio/files/${UNKNOWN}/plays`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    const id = await addSound('gone.wav');
    await play(id);
    await erase(db, id);
    expect((await call('GET', '/analytics/usage')).body).toMatchObject({ plays: 0, topSounds: [], uploads: 0 });
  });
});

describe('what was recorded', () => {
  const counts = async (): Promise<unknown> => (await call('GET', '/analytics/usage')).body['recorded'];

  it('is forgotten before a date, or altogether', async () => {
    at('2026-10-01T12:00:00Z');
    await search('old');
    at('2026-11-01T00:00:00Z');
    await search('new');
    at(NOW);
    expect(await call('DELETE', '/analytics/usage?before=2026-11-01')).toEqual({
      status: 200,
      body: { searches: 1, plays: 0 },
    });
    expect((await log.recent(5)).map(({ query }) => query)).toEqual(['new']);
    expect((await call('DELETE', '/analytics/usage?before=yesterday')).status).toBe(422);
    expect((await call('DELETE', '/analytics/usage?before=2027-01-01')).body).toMatchObject({ code: 'invalid_input' });
    expect((await call('DELETE', '/analytics/usage')).body).toEqual({ searches: 1, plays: 0 });
    expect(await counts()).toMatchObject({ searches: 0, plays: 0, oldestAt: null });
  });

  it('leaves by itself when it is too old', async () => {
    at('2026-10-01T12:00:00Z');
    const id = await addSound('a.wav');
    await search('old');
    await play(id);
    at(NOW);
    await search('new');
    await service(60).prune();
    expect(await counts()).toMatchObject({ searches: 2, plays: 1 });
    await service(30).prune();
    expect(await counts()).toMatchObject({ searches: 1, plays: 0 });
  });

  it('never grows without bound', async () => {
    for (let i = 0; i < 30; i++) await search(`query ${i}`);
    const usage = new SqlUsageLog(storageOver(db));
    expect(await inTurn([1, 2, 3], () => usage.prune('2026-01-01', 10, 15))).toEqual([15, 5, 0]);
    expect((await log.recent(50)).map(({ query }) => query)).toEqual(
      Array.from({ length: 10 }, (_, i) => `query ${29 - i}`),
    );
  });

  it('is nothing when recording is switched off, and what there was leaves', async () => {
    const id = await addSound('a.wav');
    await search('before');
    await new SqlSearchLog(storageOver(db), false).record({
      query: 'off',
      mode: 'hybrid',
      resultCount: 1,
      tookMs: 1,
      topScore: null,
    });
    expect((await log.recent(5)).map(({ query }) => query)).toEqual(['before']);
    expect((await call('POST', `/audio/files/${id}/plays`, 0)).body).toEqual({ counted: false });
    at('2026-11-20T15:30:01Z');
    await service(0).prune();
    expect((await call('GET', '/analytics/usage', 0)).body['recorded']).toEqual({
      on: false,
      keptDays: 0,
      searches: 0,
      plays: 0,
      oldestAt: null,
    });
  });
});
