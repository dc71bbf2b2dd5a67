import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { mean, rate } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { ingest } from './lib/uploads.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  queries: {
    type: 'string',
    default: 'dev-queries.csv',
    help: 'query,relevant (paths with ; between), in that folder',
  },
  absurd: {
    type: 'string',
    default: inRoot('bench', 'absurd-queries.txt'),
    help: 'a query a line that nothing in the folder answers: the verdict should be none',
  },
  url: { type: 'string', help: 'a running server; by default one is started with an empty library' },
  verbose: { type: 'boolean', help: 'show for each query at which ranks right answers came' },
};

/** Sounds under names that say nothing, found by description alone. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const queriesFile = path.join(values.audio, values.queries);
  if (!fs.existsSync(queriesFile))
    throw new Stop(`There is no ${queriesFile}. Name the folder of the sounds with --audio.`);
  const queries = readQueries(queriesFile);
  if (values.url) return measure(new Api(values.url), values, queries);
  await withTempDir((folder) => withApp(folder, ({ url }) => measure(new Api(url), values, queries)));
}

async function measure(api, { audio, queries: name, absurd, verbose }, queries) {
  const folder = path.dirname(queries[0].relevant[0]);
  const files = fs
    .readdirSync(path.join(audio, folder))
    .sort()
    .map((file) => `${folder}/${file}`);
  const idOf = await step(`Uploading and processing ${files.length} sounds`, () => ingest(api, audio, files));
  const { model } = await api.stats();

  const rows = [];
  for (const mode of ['semantic', 'hybrid']) {
    const ratings = [];
    for (const { query, relevant } of queries) {
      const answer = await api.search(query, { mode });
      const ranked = answer.results.map((result) => result.sound.id);
      const right = new Set(relevant.map((file) => idOf.get(file)));
      const rating = rate(ranked, right);
      ratings.push(rating);
      if (verbose) {
        const places = ranked.flatMap((id, i) => (right.has(id) ? [i + 1] : []));
        const found = places.length > 0 ? `right at ${places.join(', ')}` : 'none in the first ten';
        say(`${mode.padEnd(9)} ${query.padEnd(40)} ${found} (of ${right.size}); verdict ${answer.verdict}`);
      }
    }
    const [r1, r5, ap] = ['r1', 'r5', 'ap10'].map((key) => mean(ratings.map((rating) => rating[key])).toFixed(3));
    rows.push([mode, r1, r5, ap]);
  }
  printTable(
    `Text to sound, model ${model.id}, ${files.length} sounds, ${queries.length} queries (${name})`,
    'npm run bench -- retrieval',
    ['mode', 'R@1', 'R@5', 'mAP@10'],
    rows,
  );
  await measureHonesty(api, queries, absurd, verbose);
}

/** How often the app says "nothing here sounds like that", rightly and wrongly. */
async function measureHonesty(api, queries, absurdFile, verbose) {
  const absurd = fs.readFileSync(absurdFile, 'utf8').split('\n').filter(Boolean);
  const rows = [];
  for (const [kind, texts] of [
    ['answerable', queries.map(({ query }) => query)],
    ['absurd', absurd],
  ]) {
    const verdicts = { good: 0, weak: 0, none: 0 };
    for (const text of texts) {
      const { verdict, results } = await api.search(text, { mode: 'semantic' });
      verdicts[verdict]++;
      if (verbose) say(`${kind.padEnd(10)} ${text.padEnd(40)} ${verdict} ${results[0]?.relevance.toFixed(2) ?? '-'}`);
    }
    const share = (count) => `${count} (${Math.round((100 * count) / texts.length)} %)`;
    rows.push([`${texts.length} ${kind}`, share(verdicts.good), share(verdicts.weak), share(verdicts.none)]);
  }
  printTable('Verdicts', 'npm run bench -- retrieval', ['queries', 'good', 'weak', 'none'], rows);
}

/** The queries contain no quoted commas; the list of files is everything after the last comma. */
function readQueries(file) {
  const [, ...lines] = fs.readFileSync(file, 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => {
    const comma = line.lastIndexOf(',');
    return { query: line.slice(0, comma).replace(/^"|"$/g, ''), relevant: line.slice(comma + 1).split(';') };
  });
}
