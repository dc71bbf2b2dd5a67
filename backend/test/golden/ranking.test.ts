import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  openDatabase,
  SqlChangeCounter,
  SqlCopyRepository,
  SqlDescribedSounds,
  SqlJobRepository,
  SqlKeywordIndex,
  SqlMarkerRepository,
  SqlSearchLog,
  SqlSegmentSource,
  SqlSoundRepository,
  storageOver,
  type Database,
} from '../../src/adapters/sql/index.js';
import { createDescribedRows } from '../../src/audio/analysis/described-rows.js';
import { AspectIndex } from '../../src/domain/analysis/aspect.index.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { ClipShelf } from '../../src/domain/search/clip.shelf.js';
import { withTyped } from '../../src/domain/search/query.reader.js';
import { SearchService } from '../../src/domain/search/search.service.js';
import type { SearchRequest } from '../../src/domain/search/search.types.js';
import {
  indexInProcess,
  inTurn,
  newSound,
  processed,
  seeded,
  segmentsFrom,
  temporaryFolder,
} from '../contract/fixtures.js';
import { conceptSpace } from '../support/concepts.js';
import { forAll } from '../support/viewers.js';

/**
 * What some 300 searches found in a small library when they were written down: whoever changes how sounds are ranked sees here
 * which searches find something else, and writes it down anew on purpose (`npx vitest run test/golden/ranking.test.ts -u`).
 */

const CONCEPTS = ['rain', 'dog', 'kick', 'thunder', 'piano', 'bell', 'wind', 'door'] as const;
const SHOWN = 8;
const { dimension: DIMENSION, heard: about, texts } = conceptSpace(CONCEPTS);

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let search: SearchService;

const KEYS = ['Am', 'C', 'Gm', null];

beforeAll(async () => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  const storage = storageOver(db);
  const jobs = new SqlJobRepository(storage);
  const random = seeded(11);
  for (let number = 0; number < 96; number++) {
    const main = CONCEPTS[number % CONCEPTS.length]!;
    const second = CONCEPTS[(number * 3 + 1) % CONCEPTS.length]!;
    const windows = 1 + (number % 4);
    // The second is heard later, so that an order can be asked for.
    const vectors = Array.from({ length: windows }, (_, at) =>
      at * 2 < windows
        ? about({ [main]: 0.3 + 0.05 * (number % 13) }, random)
        : about({ [second]: 0.35 + 0.05 * (number % 11), [main]: 0.1 }, random),
    );
    const id = `s${String(number).padStart(2, '0')}`;
    // A third is named by what is heard, a third by something else, a third says nothing.
    const name = number % 3 === 0 ? `${main} ${second} ${id}` : number % 3 === 1 ? `studio take ${id}` : id;
    const durationS = 5 * windows + 5;
    const outcome = await jobs.accept(
      newSound(`${name}.wav`, {
        id,
        sha256: id.padEnd(64, '0'),
        durationS,
        sizeBytes: 1000 * (number + 1),
        channels: 1 + (number % 2),
        codec: number % 4 === 0 ? 'flac' : 'pcm_s16le',
      }),
    );
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await jobs.start(outcome.job.id);
    const fileTags = {
      title: number % 5 === 0 ? `${second} in the ${main}` : null,
      artist: number % 6 === 0 ? 'Mary Jane' : null,
      genre: number % 4 === 1 ? 'Field' : null,
      bpm: number % 4 === 2 ? 90 + number : null,
      key: KEYS[number % 4]!,
      keywords: number % 7 === 0 ? [main, 'loop'] : [],
    };
    await jobs.complete(outcome.job.id, processed(segmentsFrom(vectors), { fileTags, durationS }));
  }
  const segments = new SqlSegmentSource(storage);
  const index = indexInProcess(segments, DIMENSION);
  await index.open();
  search = new SearchService({
    sounds: forAll(new SqlSoundRepository(storage)),
    index,
    keywords: forAll(new SqlKeywordIndex(storage)),
    texts,
    segments,
    copies: forAll(new SqlCopyRepository(storage)),
    changes: new SqlChangeCounter(storage),
    log: new SqlSearchLog(storage),
    history: forAll(new SqlSearchLog(storage)),
    clips: new ClipShelf(),
    refiner: { listen: () => Promise.resolve([]) },
    markers: new SqlMarkerRepository(storage),
    aspects: new AspectIndex({ described: new SqlDescribedSounds(storage), createRows: createDescribedRows }),
  });
});

afterAll(() => {
  db.close();
  folder.remove();
});

/** Every concept in every way of asking. */
const queries = CONCEPTS.flatMap((one, at) => {
  const other = CONCEPTS[(at + 3) % CONCEPTS.length]!;
  const third = CONCEPTS[(at + 5) % CONCEPTS.length]!;
  return [
    one,
    `${one} ${other}`,
    `the sound of a ${one} at night`,
    `could you find me a ${one}?`,
    `${one} -${other}`,
    `${one} without ${other}`,
    `${one} + ${other}`,
    `${one}^2 + ${other}^0.5`,
    `either a ${one} or a ${other}`,
    `${one} | ${other} | ${third}`,
    `first a ${one}, then a ${other}`,
    `${one} >> ${third}`,
    `-${one}`,
    `${one} -"${other} ${third}"`,
    `"${one} ${other}"`,
    `like:s0${at}`,
    `like:s0${at} + ${other}`,
    `like:s1${at}@0-10 -like:s2${at}`,
    `like:s0${at} -${other}`,
    `${one} tag:loop`,
    `tag:${one}`,
    `${one} genre:field`,
    `${one} artist:"Mary Jane"`,
    `${one} len:<15s`,
    `${one} bpm:100-150`,
    `${one} key:Am`,
    `${one} format:flac -${third}`,
    `name:${one}`,
    `title:${one} ${other}`,
    `${one.slice(0, 3)}`,
    `${one}s studio`,
    `studio take ${one}`,
    `s${at}${at}`,
    `${one} zzyzx`,
    `loud ${one} in the ${other}`,
  ];
});

const WAYS: [string, Partial<SearchRequest>][] = [
  ['semantic', { mode: 'semantic' }],
  ['keyword', { mode: 'keyword' }],
  ['longest first', { sort: { by: 'duration', order: 'desc' } }],
  ['second page', { offset: SHOWN }],
];

async function lineOf(q: string, over: Partial<SearchRequest> = {}): Promise<string> {
  const given = { text: [], like: [], clips: [], filters: {}, mode: 'hybrid' as const, limit: SHOWN, offset: 0 };
  const request = withTyped({ ...given, recorded: false, ...over }, q, await search.read(LOCAL, q));
  const { total, fitting, verdict, results } = await search.search(LOCAL, request);
  const shown = results.map(({ sound, relevance, matches }) => {
    const moment = matches[0] ? `@${matches[0].startS}-${matches[0].endS}` : '';
    return `${sound.id}${relevance === null ? '' : ` ${relevance.toFixed(2)}`}${moment}`;
  });
  return `${verdict} ${fitting}/${total}: ${shown.join(', ')}`;
}

it('finds what it found before, in the same order', async () => {
  const lines = await inTurn(queries, async (q) => `${q}\n    ${await lineOf(q)}`);
  for (const [name, over] of WAYS) {
    lines.push(...(await inTurn(CONCEPTS, async (q) => `${q} (${name})\n    ${await lineOf(q, over)}`)));
  }
  expect(lines.length).toBeGreaterThan(300);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('fixtures/ranking.txt');
});
