import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { readCsv } from './lib/csv.mjs';
import { readQueries } from './lib/queries.mjs';
import { mean, rate } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { ingest } from './lib/uploads.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  queries: { type: 'string', default: 'dev-queries.csv', help: 'query,relevant in that folder: the plain words' },
  url: { type: 'string', help: 'a running server; by default one is started with an empty library' },
  verbose: { type: 'boolean', help: 'show each query, how it was read and at which rank its answer came' },
};

/** Among how many first results what was excluded may not be. */
const FIRST = 10;

/** Whether queries as people say them find what their plain words find, by sound alone. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const queriesFile = path.join(values.audio, values.queries);
  if (!fs.existsSync(queriesFile))
    throw new Stop(`There is no ${queriesFile}. Name the folder of the sounds with --audio.`);
  const plain = new Map(readQueries(queriesFile).map(({ query, relevant }) => [query, relevant]));
  const spoken = readCsv(inRoot('bench', 'spoken-queries.csv'));
  const run = (url) => measure(new Api(url), values, plain, spoken);
  if (values.url) await run(values.url);
  else await withTempDir((folder) => withApp(folder, ({ url }) => run(url)));
}

async function measure(api, { audio, verbose }, plain, spoken) {
  const folder = path.dirname([...plain.values()][0][0]);
  const files = fs
    .readdirSync(path.join(audio, folder))
    .sort()
    .map((file) => `${folder}/${file}`);
  const idOf = await step(`Uploading and processing ${files.length} sounds`, () =>
    ingest(api, audio, files, { real: false }),
  );
  const ids = (name) => new Set(plain.get(name)?.map((file) => idOf.get(file)));
  const search = async (query) => {
    // A text that the model cannot read finds nothing.
    const answer = await api.search(query, { mode: 'semantic' }).catch(() => ({ results: [] }));
    return { answer, ranked: answer.results.map((result) => result.sound.id) };
  };

  /** @type {{ get(name: string): any, has(name: string): boolean, set(name: string, list: any[]): unknown } & Map<string, any>} */
  const ratings = new Map([['plain words', []]]);
  for (const query of plain.keys()) ratings.get('plain words').push(rate((await search(query)).ranked, ids(query)));
  let kept = 0;
  let passed = 0;
  for (const { plain: words, form, query, excluded } of spoken) {
    const { answer, ranked } = await search(query);
    const rating = rate(ranked, ids(words));
    if (!ratings.has(form)) ratings.set(form, []);
    ratings.get(form).push(rating);
    const shown = excluded ? ranked.slice(0, FIRST).filter((id) => ids(excluded).has(id)).length : 0;
    if (excluded) {
      kept += shown === 0 ? 1 : 0;
      passed += shown;
    }
    if (verbose) say(`${form.padEnd(10)} ${query} → ${answer.parsed?.canonical}; R@5 ${rating.r5}, excluded ${shown}`);
  }
  const exclusions = ratings.get('exclusion').length;
  printTable(
    `Queries as people say them, ${spoken.length} in English and German`,
    'npm run bench -- spoken',
    ['form', 'R@1', 'R@5', 'mAP@10'],
    [...ratings].map(([form, rows]) => [
      form,
      ...['r1', 'r5', 'ap10'].map((key) => mean(rows.map((row) => row[key])).toFixed(3)),
    ]),
  );
  say(
    `Exclusions with nothing excluded among the first ${FIRST}: ${kept} of ${exclusions} (${passed} sounds let through).`,
  );
}
