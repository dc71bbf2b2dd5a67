import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import {
  openDatabase,
  SqlJobRepository,
  SqlSegmentSource,
  SqlSoundRepository,
  SqlTagRepository,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { createAudioEmbedder, createTextEmbedder, loadModel } from '../../src/clap/index.js';
import { DomainError } from '../../src/domain/errors.js';
import type { Segment } from '../../src/domain/ingest/ingest.types.js';
import type { TextEmbedder } from '../../src/domain/search/search.ports.js';
import { TaggingService } from '../../src/domain/tagging/tagging.service.js';
import { NO_EDITS } from '../../src/domain/tagging/vocabulary.js';
import {
  inTurn,
  MODEL_KEY,
  newSound,
  processed,
  seeded,
  segmentsFrom,
  temporaryFolder,
  unit,
} from '../contract/fixtures.js';
import { testJobs } from '../support/jobs.js';
import { forAll } from '../support/viewers.js';

const DIMENSION = 64;
const CONCEPTS = ['rain', 'dog', 'kick', 'piano'];

/** Hears concepts: texts that name one point along its axis. */
class FakeTexts implements TextEmbedder {
  key = MODEL_KEY;
  asked: string[] = [];
  broken: Error | null = null;
  readonly background = null;

  get info(): TextEmbedder['info'] {
    const calibration = { mean: 0, std: 0.1, relevantZ: 2, slope: 2 };
    return {
      id: 'test',
      name: 'Test',
      key: this.key,
      dimension: DIMENSION,
      sampleRateHz: 8000,
      windowS: 10,
      calibration,
      provider: 'cpu',
    };
  }

  embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    this.asked.push(...texts);
    if (this.broken) return Promise.reject(this.broken);
    if (texts.some((text) => text === 'xyzzy')) {
      return Promise.reject(new DomainError('invalid_input', 'The model knows none of these words.'));
    }
    return Promise.resolve(
      texts.map((text) => heard(CONCEPTS.find((concept) => text.split(' ').includes(concept)) ?? null, text)),
    );
  }
}

/** The concept, or a direction of the text's own that no sound has. */
function heard(concept: string | null, text = ''): Float32Array {
  const vector = new Float32Array(DIMENSION);
  const own = CONCEPTS.length + ([...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 32);
  vector[concept === null ? own : CONCEPTS.indexOf(concept)] = 1;
  return vector;
}

/** A window in which the concept is fairly loud. */
const windowOf = (concept: string): Float32Array =>
  unit(Array.from({ length: DIMENSION }, (_, i) => (i === CONCEPTS.indexOf(concept) ? 0.7 : i > 40 ? 0.15 : 0)));

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqlSoundRepository;
let jobs: SqlJobRepository;
let texts: FakeTexts;
let tagging: TaggingService;
let told: string[];
let errors: string[];

const serviceOver = (embedder: TextEmbedder): TaggingService =>
  new TaggingService({
    jobs: testJobs(),
    tags: new SqlTagRepository(storageOver(db)),
    seen: forAll(new SqlTagRepository(storageOver(db))),
    segments: new SqlSegmentSource(storageOver(db)),
    texts: embedder,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (_, message) => void errors.push(message),
    },
    events: { tell: (event) => event.kind === 'sound' && told.push(event.soundId) },
  });

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  sounds = new SqlSoundRepository(storageOver(db));
  jobs = new SqlJobRepository(storageOver(db));
  texts = new FakeTexts();
  told = [];
  errors = [];
  tagging = serviceOver(texts);
});

afterEach(async () => {
  await tagging.stop();
  db.close();
  folder.remove();
});

async function add(segments: Segment[], modelKey = MODEL_KEY): Promise<string> {
  const outcome = await jobs.accept(newSound('clip.wav'));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  await jobs.start(outcome.job.id);
  await jobs.complete(outcome.job.id, processed(segments, { modelKey }));
  return outcome.job.soundId;
}

const tagsOf = async (id: string): Promise<string[]> => (await sounds.get(id))!.tags.map(({ name }) => name);

async function sweep(): Promise<void> {
  tagging.sweep();
  await tagging.idle();
}

describe('tagging', () => {
  it('tags a sound that was just processed, tells of it, and leaves the rest of the library to the sweep', async () => {
    const old = await add(segmentsFrom([windowOf('rain')]));
    const fresh = await add(segmentsFrom([windowOf('dog')]));
    tagging.tagSoon(fresh);
    await tagging.idle();
    expect(await tagsOf(fresh)).toEqual(['dog']);
    expect(await tagsOf(old)).toEqual([]);
    expect(told).toEqual([fresh]);
    await sweep();
    expect(await tagsOf(old)).toEqual(['rain']);
    expect((await tagging.vocabulary(LOCAL)).progress).toEqual({ tagged: 2, waiting: 0 });
  });

  it('works through more sounds than fit in a batch, and after a restart only through what is left', async () => {
    const ids = await inTurn(Array(25).keys(), () => add(segmentsFrom([windowOf('kick')])));
    await sweep();
    expect(await inTurn(ids, tagsOf)).toEqual(ids.map(() => ['kick']));
    const again = new FakeTexts();
    tagging = serviceOver(again);
    await sweep();
    expect(again.asked).toEqual([]);
  });

  it('tags anew when the words change, without touching the vectors', async () => {
    const id = await add(segmentsFrom([windowOf('rain')]));
    await sweep();
    const before = await new SqlSegmentSource(storageOver(db)).latestSeq();
    await tagging.changeVocabulary(LOCAL, {
      ...NO_EDITS,
      removed: ['rain'],
      own: [{ name: 'Downpour', prompts: ['rain'] }],
    });
    await tagging.idle();
    expect(await tagsOf(id)).toEqual(['Downpour']);
    await tagging.changeVocabulary(LOCAL, { ...NO_EDITS, disabledGroups: ['nature'] });
    await tagging.idle();
    expect(await tagsOf(id)).toEqual([]);
    expect(await new SqlSegmentSource(storageOver(db)).latestSeq()).toBe(before);
  });

  it('tags anew with another model once the sound has vectors of it', async () => {
    const id = await add(segmentsFrom([windowOf('rain')]));
    await sweep();
    texts.key = 'test-model-2';
    await sweep();
    expect(await tagsOf(id)).toEqual(['rain']);
    const job = (await jobs.restart(id))!;
    await jobs.start(job.id);
    await jobs.complete(job.id, processed(segmentsFrom([windowOf('dog')]), { modelKey: 'test-model-2' }));
    await sweep();
    expect(await tagsOf(id)).toEqual(['dog']);
  });

  it('does without words that the model cannot read', async () => {
    const id = await add(segmentsFrom([windowOf('dog')]));
    await tagging.changeVocabulary(LOCAL, {
      ...NO_EDITS,
      own: [
        { name: 'nonsense', prompts: ['xyzzy'] },
        { name: 'hound', prompts: ['xyzzy', 'dog'] },
      ],
    });
    await tagging.idle();
    expect(await tagsOf(id)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('goes on later when the model is not available', async () => {
    const id = await add(segmentsFrom([windowOf('dog')]));
    texts.broken = new DomainError('model_unavailable', 'The model is gone.');
    await sweep();
    expect(errors).toHaveLength(1);
    texts.broken = null;
    await sweep();
    expect(await tagsOf(id)).toEqual(['dog']);
  });

  it('brings rejected tags back only when asked to', async () => {
    const id = await add(segmentsFrom([windowOf('dog')]));
    await sweep();
    await sounds.update(id, { rejectTags: ['dog'] });
    await tagging.retag(LOCAL, [id], { rejected: false });
    await tagging.idle();
    expect(await tagsOf(id)).toEqual([]);
    await tagging.retag(LOCAL, null, { rejected: true });
    await tagging.idle();
    expect(await tagsOf(id)).toEqual(['dog']);
  });

  it('leaves the thread to others while it works', async () => {
    const random = seeded(3);
    const noise = (): Float32Array => unit(Array.from({ length: DIMENSION }, () => random() - 0.5));
    for (let i = 0; i < 3; i++) await add(segmentsFrom(Array.from({ length: 2000 }, noise)));
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await sweep();
    running = false;
    expect(turns).toBeGreaterThan(6);
  });
});

describe('with the bundled model', () => {
  it('keeps a confident, ordered, short list that follows the vocabulary', async () => {
    const model = await loadModel(fileURLToPath(new URL('../../../models', import.meta.url)), 'compact-clap');
    const logger = { info: () => undefined, warn: () => undefined };
    const embedder = await createTextEmbedder(model, { provider: 'cpu', logger });
    const audio = await createAudioEmbedder(model, { provider: 'cpu', threads: 1, logger });
    try {
      const random = seeded(7);
      const rate = model.info.sampleRateHz;
      const click = (at: number): number => Math.exp(-at * 60) * (random() * 2 - 1);
      const kinds = [
        () => random() * 0.6 - 0.3,
        (t: number) => 0.5 * Math.sin(2 * Math.PI * 440 * t),
        (t: number) => Math.exp(-t * 9) * Math.sin(2 * Math.PI * (50 + 120 * Math.exp(-t * 30)) * t),
        (t: number) => click(t % 0.5),
      ];
      const ids: string[] = [];
      for (const kind of kinds) {
        const samples = Float32Array.from({ length: 2 * rate }, (_, i) => kind(i / rate));
        const segments: Segment[] = [];
        const stream = (async function* () {
          yield samples;
        })();
        for await (const segment of audio.embedStream(stream)) segments.push(segment);
        ids.push(await add(segments, model.info.key));
      }
      tagging = serviceOver(embedder);
      await sweep();
      expect(errors).toEqual([]);
      expect((await tagging.vocabulary(LOCAL)).progress).toEqual({ tagged: 4, waiting: 0 });
      const known = new Set(
        (await tagging.vocabulary(LOCAL)).groups.flatMap(({ words }) => words.map(({ name }) => name)),
      );
      for (const id of ids) {
        const { tags } = (await sounds.get(id))!;
        expect(tags.length).toBeLessThanOrEqual(5);
        const scores = tags.map(({ score }) => score!);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        expect(scores.every((score) => score >= 0.5 && score <= 1)).toBe(true);
        expect(tags.every(({ name }) => known.has(name))).toBe(true);
      }
    } finally {
      await tagging.stop();
      await Promise.all([embedder.close(), audio.close()]);
    }
  });
});
