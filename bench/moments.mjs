import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { composeMixes } from './lib/mixes.mjs';
import { readQueries } from './lib/queries.mjs';
import { mean, percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { ingest } from './lib/uploads.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the clips',
  },
  queries: {
    type: 'string',
    default: 'dev-queries.csv',
    help: 'query,relevant (paths with ; between), in that folder',
  },
  mixes: { type: 'string', default: '8', help: 'recordings to compose' },
  minutes: { type: 'string', default: '10', help: 'length of each' },
  seed: { type: 'string', default: '1', help: 'another number gives other recordings' },
  verbose: { type: 'boolean', help: 'show every search' },
};

/** Whether a search in long recordings names the right moment: clips are laid into them at known places. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const file = path.join(values.audio, values.queries);
  if (!fs.existsSync(file)) throw new Stop(`There is no ${file}. Name the folder of the clips with --audio.`);
  const [count, minutes, seed] = ['mixes', 'minutes', 'seed'].map((name) => Number(values[name]));
  if (![count, minutes, seed].every((value) => Number.isInteger(value) && value > 0)) {
    throw new Stop('--mixes, --minutes and --seed take whole numbers above 0.');
  }
  await withTempDir(async (folder) => {
    const mixes = await step(`Composing ${count} recordings of ${minutes} minutes`, async () =>
      composeMixes(folder, values.audio, readQueries(file), { count, minutes, seed }),
    );
    await withApp(path.join(folder, 'data'), ({ url }) => measure(new Api(url), mixes, { ...values, folder }));
  });
}

async function measure(api, mixes, { audio, folder, verbose }) {
  const files = mixes.map((mix) => path.relative(folder, mix.file));
  const idOf = await step('Uploading and processing them', () => ingest(api, folder, files));
  mixes.forEach((mix, i) => (mix.id = idOf.get(files[i])));
  const events = mixes.flatMap((mix) => mix.events.map((event) => ({ ...event, id: mix.id })));
  const { model } = await api.stats();

  const texts = [...new Set(events.map(({ query }) => query))];
  const byText = await step(`Searching by ${texts.length} texts`, () =>
    all(texts, async (query) => {
      const { results } = await api.search(query, { mode: 'semantic', limit: mixes.length });
      const wanted = events.filter((event) => event.query === query);
      return judgeBoth(api, query, query, results, wanted, verbose);
    }),
  );
  const clips = [...new Set(events.map(({ file }) => file))];
  const byClip = await step(`Searching by ${clips.length} clips`, () =>
    all(clips, async (file) => {
      const clipId = await api.sendClip(path.join(audio, file));
      const { results } = await api.search(`clip:${clipId}`, { limit: mixes.length });
      const wanted = events.filter((event) => event.file === file);
      return judgeBoth(api, file, `clip:${clipId}`, results, wanted, verbose);
    }),
  );
  printTable(
    `The right moment in ${mixes.length} long recordings with ${events.length} clips in them, model ${model.id}`,
    'npm run bench -- moments',
    [
      'search by',
      'searches',
      'right recording on top',
      'of these: right moment',
      'median span',
      'median distance',
      'median ms',
    ],
    [
      row('text', byText, 'coarse'),
      row('text, pinpointed', byText, 'fine'),
      row('clip', byClip, 'coarse'),
      row('clip, pinpointed', byClip, 'fine'),
    ],
  );
}

/** The moments that the search names, and those that the sound names when it is asked for them. */
async function judgeBoth(api, name, query, [top], events, verbose) {
  const started = performance.now();
  const finer = top ? await api.moments(top.sound.id, query) : [];
  const ms = performance.now() - started;
  return {
    coarse: judge(name, top, top?.matches, events, verbose),
    fine: { ...judge(name, top, finer, events, verbose), ms },
  };
}

/** What the first result says, beside where the clips lie. */
function judge(name, top, moments, events, verbose) {
  const there = events.filter(({ id }) => id === top?.sound.id);
  const [best] = moments ?? [];
  if (there.length === 0 || !best) return { found: false };
  const centre = (span) => (span.startS + span.endS) / 2;
  const nearest = there.reduce((a, b) => (away(a) <= away(b) ? a : b));
  function away(event) {
    return Math.abs(centre(event) - centre(best));
  }
  const at = centre(nearest);
  const verdict = {
    found: true,
    right: at >= best.startS && at <= best.endS,
    spanS: best.endS - best.startS,
    awayS: away(nearest),
  };
  if (verbose) {
    const span = (part) => `${part.startS.toFixed(1)}-${part.endS.toFixed(1)} s`;
    say(`${name.padEnd(40)} ${verdict.right ? 'right' : 'wrong'} ${span(best)}; it lies at ${span(nearest)}`);
  }
  return verdict;
}

function row(label, judged, kind) {
  const verdicts = judged.map((both) => both[kind]);
  const found = verdicts.filter((verdict) => verdict.found);
  const percent = (list, of) =>
    of.length === 0 ? '-' : `${Math.round(100 * mean(of.map((one) => (list(one) ? 1 : 0))))} %`;
  const seconds = (name) =>
    found.length === 0
      ? '-'
      : `${percentile(
          found.map((one) => one[name]),
          0.5,
        ).toFixed(1)} s`;
  return [
    label,
    verdicts.length,
    percent(({ found: yes }) => yes, verdicts),
    percent(({ right }) => right, found),
    seconds('spanS'),
    seconds('awayS'),
    kind === 'coarse'
      ? '-'
      : percentile(
          verdicts.map(({ ms }) => ms),
          0.5,
        ).toFixed(0),
  ];
}

async function all(list, work) {
  const done = [];
  for (const one of list) done.push(await work(one));
  return done;
}
