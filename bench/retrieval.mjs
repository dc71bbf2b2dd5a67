import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
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
  queries: {
    type: 'string',
    default: 'dev-queries.csv',
    help: 'query,relevant (paths with ; between), in that folder',
  },
  names: {
    type: 'string',
    default: 'both',
    help: 'neutral: names that say nothing; real: those of the files; both: one library after the other',
  },
  url: { type: 'string', help: 'a running server; by default one is started with an empty library' },
  verbose: { type: 'boolean', help: 'show for each query at which ranks right answers came' },
};

/** Sounds found by description alone, by name alone and by both, under names that say nothing and under real ones. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const queriesFile = path.join(values.audio, values.queries);
  if (!fs.existsSync(queriesFile))
    throw new Stop(`There is no ${queriesFile}. Name the folder of the sounds with --audio.`);
  const queries = readQueries(queriesFile);
  const kinds = values.names === 'both' ? ['neutral', 'real'] : [values.names];
  if (!kinds.every((kind) => ['neutral', 'real'].includes(kind))) {
    throw new Stop(`--names takes neutral, real or both, not "${values.names}".`);
  }
  if (values.url && kinds.length > 1) throw new Stop('Name a kind of --names for a running server.');
  const rows = [];
  for (const [at, kind] of kinds.entries()) {
    const measureWith = async (url) => {
      const api = new Api(url);
      rows.push(...(await measure(api, { ...values, names: kind }, queries)));
      if (at < kinds.length - 1) return;
      const { model } = await api.stats();
      printTable(
        `Text to sound, model ${model.id}, ${queries.length} queries (${values.queries})`,
        'npm run bench -- retrieval',
        ['names', 'mode', 'R@1', 'R@5', 'mAP@10'],
        rows,
      );
    };
    if (values.url) await measureWith(values.url);
    else await withTempDir((folder) => withApp(folder, ({ url }) => measureWith(url)));
  }
}

async function measure(api, { audio, names, verbose }, queries) {
  const folder = path.dirname(queries[0].relevant[0]);
  const files = fs
    .readdirSync(path.join(audio, folder))
    .sort()
    .map((file) => `${folder}/${file}`);
  const idOf = await step(`Uploading and processing ${files.length} sounds, ${names} names`, () =>
    ingest(api, audio, files, { real: names === 'real' }),
  );
  // Automatic tags are words, too.
  await api.tagged();

  const rows = [];
  for (const mode of ['semantic', 'keyword', 'hybrid']) {
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
    rows.push([names, mode, r1, r5, ap]);
  }
  return rows;
}
