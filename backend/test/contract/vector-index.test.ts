import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  EmbeddedVectorIndex,
  type EmbeddedIndexOptions,
} from '../../src/adapters/embedded-index/embedded-vector-index.js';
import {
  openDatabase,
  SqlJobRepository,
  SqlSegmentSource,
  SqlSoundRepository,
  storageOver,
} from '../../src/adapters/sql/index.js';
import type { Log } from '../../src/domain/log.js';
import type { SegmentChange, SegmentSource } from '../../src/domain/search/search.ports.js';
import type { VectorQuery } from '../../src/domain/search/search.types.js';
import { gaussian, MODEL_KEY, newSound, processed, seeded, segmentsFrom, temporaryFolder, unit } from './fixtures.js';
import { erase } from '../support/erase.js';

const DIMENSION = 32;

/** A database as the index sees it. */
class MemorySource implements SegmentSource {
  private readonly changes: SegmentChange[] = [];
  private seq = 0;
  private lastId = 0;

  add(soundKey: number, vectors: readonly Float32Array[]): void {
    vectors.forEach((vector, i) => {
      const segmentId = ++this.lastId;
      this.changes.push({ seq: ++this.seq, op: 'add', segmentId, soundKey, startS: i * 5, endS: i * 5 + 10, vector });
    });
  }

  remove(soundKey: number): void {
    for (const change of [...this.changes]) {
      if (change.op !== 'add' || change.soundKey !== soundKey) continue;
      this.changes.splice(this.changes.indexOf(change), 1);
      this.changes.push({ seq: ++this.seq, op: 'remove', segmentId: change.segmentId });
    }
  }

  changesSince(seq: number, _modelKey: string, limit: number): SegmentChange[] {
    return this.changes.filter((change) => change.seq > seq).slice(0, limit);
  }

  latestSeq(): number {
    return this.seq;
  }

  segmentCount(): number {
    return this.changes.filter((change) => change.op === 'add').length;
  }

  segmentsOf(): never {
    throw new Error('an index does not ask for this');
  }
}

const random = seeded(42);
const centres = Array.from({ length: 20 }, () => Array.from({ length: DIMENSION }, () => gaussian(random)));

/** Vectors in clumps, as embeddings of sounds are. */
function vector(): Float32Array {
  const centre = centres[Math.floor(random() * centres.length)]!;
  return unit(centre.map((value) => value + 0.7 * gaussian(random)));
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: ReturnType<typeof temporaryFolder>;
let source: MemorySource;
let opened: EmbeddedVectorIndex[];

beforeEach(() => {
  folder = temporaryFolder();
  source = new MemorySource();
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((index) => index.close()));
  folder.remove();
});

async function open(over: Partial<EmbeddedIndexOptions> = {}): Promise<EmbeddedVectorIndex> {
  const index = new EmbeddedVectorIndex({
    source,
    directory: path.join(folder.path, 'index'),
    model: { key: MODEL_KEY, dimension: DIMENSION },
    logger: silent,
    exactUpTo: 1_000_000,
    ...over,
  });
  opened.push(index);
  await index.open();
  return index;
}

const query = (over: Partial<VectorQuery> = {}): VectorQuery => ({
  vector: vector(),
  limit: 10,
  filter: { among: null },
  matchesPerSound: 5,
  ...over,
});

/** What the answer should be, counted out in the plainest way. */
function expected({
  vector: wanted,
  limit,
  filter: { among, except = [] },
}: VectorQuery): { soundKey: number; score: number }[] {
  const best = new Map<number, number>();
  for (const change of source.changesSince(0, MODEL_KEY, Infinity)) {
    if (change.op !== 'add' || (among && !among.includes(change.soundKey)) || except.includes(change.soundKey))
      continue;
    const score = change.vector.reduce((sum, value, i) => sum + value * wanted[i]!, 0);
    best.set(change.soundKey, Math.max(best.get(change.soundKey) ?? -1, score));
  }
  return [...best]
    .map(([soundKey, score]) => ({ soundKey, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

function fill(sounds: number, from = 1): void {
  for (let key = from; key < from + sounds; key++) {
    source.add(key, Array.from({ length: 1 + (key % 3) }, vector));
  }
}

async function expectRightAnswers(index: EmbeddedVectorIndex): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const asked = query();
    const { hits } = await index.search(asked);
    const wanted = expected(asked);
    const scoreOf = new Map(expected({ ...asked, limit: Infinity }).map(({ soundKey, score }) => [soundKey, score]));
    expect(hits).toHaveLength(wanted.length);
    hits.forEach((hit, at) => {
      // Vectors are kept in 16 bits: sounds that differ by less than that may change places.
      expect(scoreOf.get(hit.soundKey)).toBeCloseTo(wanted[at]!.score, 4);
      expect(hit.score).toBeCloseTo(scoreOf.get(hit.soundKey)!, 4);
    });
  }
}

/** Asks until the graph answers: it is built while searches go on. */
async function whenApproximate(index: EmbeddedVectorIndex): Promise<void> {
  while ((await index.search(query())).exact) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each([
  ['exact', {}],
  ['graph', { exactUpTo: 200 }],
] as const)('a vector index (%s)', (kind, over) => {
  const openFilled = async (sounds: number): Promise<EmbeddedVectorIndex> => {
    fill(sounds);
    const index = await open(over);
    if (kind === 'graph') await whenApproximate(index);
    return index;
  };

  it('finds the nearest sounds, grouped, best moments first, and meets filters exactly', async () => {
    const index = await openFilled(900);
    let found = 0;
    for (let i = 0; i < 40; i++) {
      const asked = query();
      const answer = await index.search(asked);
      const keys = answer.hits.map((hit) => hit.soundKey);
      found += expected(asked).filter((hit) => keys.includes(hit.soundKey)).length;
      expect(answer.exact).toBe(kind === 'exact');
      expect(new Set(keys).size).toBe(10);
      expect(answer.total).toBe(900);
      for (const hit of answer.hits) {
        expect(hit.matches).toHaveLength(1 + (hit.soundKey % 3));
        const scores = hit.matches.map((match) => match.score);
        expect(scores[0]).toBe(hit.score);
        expect(scores).toEqual([...scores].sort((x, y) => y - x));
      }
    }
    expect(found / 400).toBeGreaterThanOrEqual(0.99);

    for (const step of [1, 3, 50, 400]) {
      const among = Int32Array.from({ length: Math.floor(900 / step) }, (_, i) => 1 + i * step);
      const asked = query({ filter: { among, except: [1] } });
      const answer = await index.search(asked);
      expect(answer.hits.map((hit) => hit.soundKey)).toEqual(expected(asked).map((hit) => hit.soundKey));
      expect(answer.total).toBe(among.length - 1);
    }
    expect((await index.search(query({ filter: { among: new Int32Array(0) } }))).hits).toEqual([]);
  });

  it('leaves out excluded sounds and tells how the query scores the library', async () => {
    const index = await openFilled(900);
    const asked = query();
    const { hits, background } = await index.search(asked);
    const rest = (await index.search({ ...asked, filter: { among: null, except: [hits[0]!.soundKey] } })).hits;
    expect(rest.map((hit) => hit.soundKey)).not.toContain(hits[0]!.soundKey);
    expect(rest).toHaveLength(10);
    const scores = expected({ ...asked, limit: 900 }).map((hit) => hit.score);
    const mean = scores.reduce((sum, score) => sum + score, 0) / 900;
    const std = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 900);
    expect(Math.abs(background!.mean - mean)).toBeLessThan((kind === 'exact' ? 0.005 : 0.2) * std);
    expect(Math.abs(background!.std / std - 1)).toBeLessThan(kind === 'exact' ? 0.001 : 0.2);
    expect(background!.count).toBe(kind === 'exact' ? 900 : 500);
  });

  it('follows additions and removals on refresh, and goes on answering while it is rebuilt', async () => {
    const index = await openFilled(900);
    const sound = vector();
    source.add(5000, [sound]);
    const victim = expected(query({ vector: sound }))[1]!.soundKey;
    source.remove(victim);
    await index.refresh();
    const { hits, total } = await index.search(query({ vector: sound }));
    expect(hits[0]).toMatchObject({ soundKey: 5000 });
    expect(hits.map((hit) => hit.soundKey)).not.toContain(victim);
    expect(total).toBe(900);

    const rebuilt = index.rebuild();
    expect((await index.search(query())).hits).toHaveLength(10);
    await rebuilt;
    expect(index.status()).toMatchObject({ state: 'ready', progress: 1, sounds: 900, segments: source.segmentCount() });
    await expectRightAnswers(index);
  });

  it('opens from its snapshot and replays what is newer', async () => {
    const first = await openFilled(900);
    await first.close();
    fill(5, 2000);
    source.remove(3);
    const told: number[] = [];
    const original = source.changesSince.bind(source);
    source.changesSince = (seq, key, limit) => {
      told.push(seq);
      return original(seq, key, limit);
    };
    const second = await open(over);
    source.changesSince = original;
    expect(Math.min(...told)).toBeGreaterThan(1000);
    expect(second.status()).toMatchObject({ state: 'ready', sounds: 904 });
    await expectRightAnswers(second);
  });

  it('is filled anew after its thread has died, and the search under way is answered', async () => {
    const index = await openFilled(900);
    const { worker } = (index as unknown as { vectors: { thread: { worker: Worker } } }).vectors.thread;
    worker.postMessage(null); // not a call: the thread dies of it
    const answer = index.search(query());
    expect((await answer).hits.length).toBeGreaterThan(0);
    await index.refresh();
    expect(index.status()).toMatchObject({ state: 'ready', sounds: 900 });
    await expectRightAnswers(index);
  });
});

describe('a snapshot that cannot be used', () => {
  const keptSource = new MemorySource();
  let kept: ReturnType<typeof temporaryFolder>;
  const files = (): string[] => readdirSync(path.join(folder.path, 'index'));
  const file = (pattern: RegExp): string =>
    path.join(
      folder.path,
      'index',
      files().find((name) => pattern.test(name))!,
    );
  const flip = (name: string, position: number): void => {
    const bytes = readFileSync(name);
    bytes.fill(bytes[position]! ^ 1, position, position + 1);
    writeFileSync(name, bytes);
  };

  /** A snapshot with a graph, written once and copied for each test. */
  beforeAll(async () => {
    kept = temporaryFolder();
    source = keptSource;
    folder = kept;
    fill(300);
    opened = [];
    const index = await open({ exactUpTo: 200 });
    await whenApproximate(index);
    await index.close();
  });

  afterAll(() => kept.remove());

  beforeEach(() => {
    source = keptSource;
    cpSync(path.join(kept.path, 'index'), path.join(folder.path, 'index'), { recursive: true });
  });

  it.each<[string, () => void]>([
    ['is missing', () => rmSync(path.join(folder.path, 'index'), { recursive: true })],
    ['has a damaged manifest', () => writeFileSync(file(/manifest/), '{"format":1,')],
    ['is cut off', () => truncateSync(file(/^segments/), 1000)],
    ['lacks its data', () => rmSync(file(/^segments/))],
    ['has a flipped bit', () => flip(file(/^segments/), 20_000)],
    [
      'is newer than the database',
      () => {
        source = new MemorySource();
        fill(50);
      },
    ],
    [
      'belongs to another database of the same size',
      () => {
        source = new MemorySource();
        fill(300);
      },
    ],
    [
      'belongs to another, larger database',
      () => {
        source = new MemorySource();
        fill(900);
      },
    ],
  ])('%s: the index is built from the database', async (_, damage) => {
    damage();
    const index = await open();
    expect(index.status()).toMatchObject({ state: 'ready', segments: source.segmentCount() });
    await expectRightAnswers(index);
  });

  it('is damaged: searches are told how far the rebuild is instead of answering from a part', async () => {
    flip(file(/^segments/), 20_000);
    const told: string[] = [];
    const original = source.changesSince.bind(source);
    let index: EmbeddedVectorIndex | null = null;
    source.changesSince = (seq, key, limit) => {
      if (index?.status().state === 'rebuilding') {
        index.search(query()).catch((error: { code: string }) => told.push(error.code));
      }
      return original(seq, key, Math.min(limit, 100));
    };
    index = new EmbeddedVectorIndex({
      source,
      directory: path.join(folder.path, 'index'),
      model: { key: MODEL_KEY, dimension: DIMENSION },
      logger: silent,
      exactUpTo: 1_000_000,
    });
    opened.push(index);
    await index.open();
    source.changesSince = original;
    expect(told.length).toBeGreaterThan(1);
    expect(new Set(told)).toEqual(new Set(['not_ready']));
    await expectRightAnswers(index);
  });

  it('is of another model', async () => {
    const index = await open({ model: { key: 'other', dimension: DIMENSION } });
    expect(index.status()).toMatchObject({ state: 'ready', segments: source.segmentCount() });
  });

  it('has a damaged graph: that alone is built anew', async () => {
    flip(file(/^graph/), 3);
    const index = await open({ exactUpTo: 200 });
    await whenApproximate(index);
    await expectRightAnswers(index);
  });

  it('leaves no old files behind, and those alone that another process is writing', async () => {
    source = new MemorySource();
    fill(10);
    const left = (name: string): string => path.join(folder.path, 'index', name);
    copyFileSync(file(/^segments/), left('segments-crashed-1.bin'));
    const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60_000);
    utimesSync(left('segments-crashed-1.bin'), twoHoursAgo, twoHoursAgo);
    copyFileSync(file(/^segments/), left('segments-beside-1.bin'));
    const index = await open();
    await index.close();
    expect(files().sort()).toEqual([
      'manifest.json',
      'segments-beside-1.bin',
      expect.stringMatching(/^segments-(?!beside)/),
    ]);
  });

  it('cannot be written: the index works all the same', async () => {
    writeFileSync(path.join(folder.path, 'not-a-folder'), '');
    const directory = path.join(folder.path, 'not-a-folder', 'index');
    const index = await open({ directory });
    await expectRightAnswers(index);
    await index.close();
    expect(existsSync(directory)).toBe(false);
  });
});

describe('a database that goes away in between, and comes back', () => {
  /** Lets so many reads through, and fails until it is back. */
  function away(afterReads: number): { back: () => void } {
    const reads = { changesSince: source.changesSince.bind(source), latestSeq: source.latestSeq.bind(source) };
    let left = afterReads;
    const unlessAway =
      <Args extends unknown[], Answer>(read: (...args: Args) => Answer) =>
      (...args: Args): Answer => {
        if (left-- <= 0) throw new Error('Connection terminated unexpectedly');
        return read(...args);
      };
    source.changesSince = unlessAway(reads.changesSince);
    source.latestSeq = unlessAway(reads.latestSeq);
    return { back: () => Object.assign(source, reads) };
  }

  function lazy(): EmbeddedVectorIndex {
    const index = new EmbeddedVectorIndex({
      source,
      directory: path.join(folder.path, 'index'),
      model: { key: MODEL_KEY, dimension: DIMENSION },
      logger: silent,
      exactUpTo: 1_000_000,
    });
    opened.push(index);
    return index;
  }

  async function expectWhole(index: EmbeddedVectorIndex): Promise<void> {
    expect(index.status()).toMatchObject({ state: 'ready', progress: 1, segments: source.segmentCount() });
    await expectRightAnswers(index);
  }

  it.each([0, 1, 2, 3])(
    'while it is filled for the first time, after %i reads: the next look fills it',
    async (reads) => {
      fill(900);
      const index = lazy();
      const { back } = away(reads);
      await expect(index.open()).rejects.toThrow();
      await expect(index.refresh()).rejects.toThrow();
      back();
      source.remove(1);
      await index.refresh();
      await expectWhole(index);
    },
  );

  it.each([0, 1, 2, 3, 4])('while a snapshot is taken up, after %i reads: the next look does', async (reads) => {
    fill(900);
    await (await open()).close();
    fill(5, 2000);
    source.remove(3);
    const index = lazy();
    const { back } = away(reads);
    await index.open().catch(() => undefined);
    back();
    source.remove(4);
    await index.refresh();
    await expectWhole(index);
  });

  it.each([0, 1, 2, 3])(
    'while it is rebuilt, after %i reads: it answers as before, then follows again',
    async (reads) => {
      fill(900);
      const index = await open();
      const { back } = away(reads);
      await expect(index.rebuild()).rejects.toThrow();
      expect((await index.search(query())).hits).toHaveLength(10);
      back();
      fill(5, 2000);
      source.remove(3);
      await index.refresh();
      await expectWhole(index);
      fill(1, 3000);
      await index.refresh();
      await expectWhole(index);
    },
  );

  it('while a thread that died is replaced: what was there before is not missing', async () => {
    fill(900);
    const index = await open();
    const { back } = away(1);
    const { worker } = (index as unknown as { vectors: { thread: { worker: Worker } } }).vectors.thread;
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(null); // not a call: the thread dies of it
    await gone;
    await index.refresh().catch(() => undefined);
    back();
    fill(1, 3000);
    await index.refresh();
    await expectWhole(index);
  });
});

describe('a graph that was finished after the snapshot', () => {
  it('is saved as well when the index is closed', async () => {
    fill(2600);
    const index = await open({ exactUpTo: 200 });
    const files = (): string[] => readdirSync(path.join(folder.path, 'index')).map((name) => name.split('-')[0]!);
    expect(files()).toContain('segments');
    await whenApproximate(index);
    await index.close();
    expect(files().sort()).toEqual(['graph', 'manifest.json', 'segments']);
  });
});

describe('an empty index', () => {
  it('answers with nothing', async () => {
    const index = await open();
    expect(await index.search(query())).toEqual({
      hits: [],
      total: 0,
      background: { mean: 0, std: 0, count: 0 },
      exact: true,
    });
    expect(index.status()).toMatchObject({ state: 'ready', segments: 0 });
  });

  it('refuses a vector of another length', async () => {
    const index = await open();
    await expect(index.search(query({ vector: new Float32Array(3) }))).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('over the real database', () => {
  it('follows uploads, reprocessing and deletion', async () => {
    const db = openDatabase(path.join(folder.path, 'traum.db'));
    const jobs = new SqlJobRepository(storageOver(db));
    const sounds = new SqlSoundRepository(storageOver(db));
    const index = await open({
      source: new SqlSegmentSource(storageOver(db)),
      model: { key: MODEL_KEY, dimension: 2 },
    });
    const outcome = await jobs.accept(newSound('a.wav'));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    const { job } = outcome;
    await jobs.start(job.id);
    await jobs.complete(job.id, processed(segmentsFrom([unit([1, 0]), unit([0, 1])])));
    await index.refresh();
    const key = (await sounds.get(job.soundId))!.soundKey;
    const asked = query({ vector: unit([0, 1]) });
    expect((await index.search(asked)).hits).toMatchObject([
      {
        soundKey: key,
        score: 1,
        matches: [
          { startS: 5, endS: 15, score: 1 },
          { startS: 0, endS: 10, score: 0 },
        ],
      },
    ]);
    const again = (await jobs.restart(job.soundId))!;
    await jobs.start(again.id);
    await jobs.complete(again.id, processed(segmentsFrom([unit([1, 0])])));
    await index.refresh();
    expect((await index.search(asked)).hits).toMatchObject([
      { soundKey: key, score: 0, matches: [{ startS: 0, endS: 10, score: 0 }] },
    ]);
    await erase(db, job.soundId);
    await index.refresh();
    expect((await index.search(asked)).hits).toEqual([]);
    await index.close();
    db.close();
  });
});
