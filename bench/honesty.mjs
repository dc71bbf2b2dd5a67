import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { readCsv } from './lib/csv.mjs';
import { readLines, readQueries } from './lib/queries.mjs';
import { separation } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { ingest } from './lib/uploads.mjs';

const COMMAND = 'npm run bench -- honesty';
const THRESHOLDS = [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with dev.csv, dev-queries.csv and train.csv',
  },
  library: { type: 'string', default: 'both', help: 'dev, second or both' },
  verbose: { type: 'boolean', help: 'list the mistakes' },
};

/** How rightly the app says "nothing here sounds like that", for sounds under names that say nothing. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const libraries = { dev: devLibrary, second: secondLibrary };
  if (values.library !== 'both' && !(values.library in libraries)) throw new Stop('--library is dev, second or both.');
  if (!fs.existsSync(path.join(values.audio, 'dev.csv')))
    throw new Stop(`There is no dev.csv in ${values.audio}. Name the folder of the sounds with --audio.`);
  const names = values.library === 'both' ? Object.keys(libraries) : [values.library];
  const asked = [];
  for (const name of names) {
    const library = libraries[name](values.audio);
    const answers = await withTempDir((folder) =>
      withApp(folder, ({ url }) => ask(new Api(url), values.audio, name, library)),
    );
    asked.push(...answers);
  }
  report(asked);
  if (values.verbose) reportMistakes(asked);
}

/** The 30 queries that the model's figures are told for, and 40 that nothing answers. */
function devLibrary(audio) {
  const queries = readQueries(path.join(audio, 'dev-queries.csv'));
  return {
    files: readCsv(path.join(audio, 'dev.csv')).map(({ file }) => file),
    answerable: queries.map(({ query }) => query),
    absurd: readLines(inRoot('bench', 'absurd-queries.txt')),
  };
}

/** Recordings of a few concepts, chosen by the words of their labels: see honesty-library.txt. No setting was tuned on it. */
function secondLibrary(audio) {
  const sounds = readCsv(path.join(audio, 'train.csv'));
  const files = new Set();
  for (const rule of readLines(inRoot('bench', 'honesty-library.txt'))) {
    const [word, most] = rule.split(' ');
    const fitting = sounds.filter(({ file, label }) => !files.has(file) && label.split(/[^\p{L}]+/u).includes(word));
    for (const { file } of fitting.slice(0, Number(most))) files.add(file);
  }
  return {
    files: [...files],
    answerable: readLines(inRoot('bench', 'honesty-answerable.txt')),
    absurd: readLines(inRoot('bench', 'honesty-absurd.txt')),
  };
}

async function ask(api, audio, library, { files, answerable, absurd }) {
  await step(`Uploading and processing ${files.length} sounds (${library})`, () => ingest(api, audio, files));
  await api.tagged();
  const { model } = await api.stats();
  const answers = [];
  for (const mode of ['semantic', 'hybrid']) {
    for (const [kind, queries] of Object.entries({ answerable, absurd })) {
      for (const query of queries) {
        const { verdict, results } = await api.search(query, { mode });
        const relevance = results[0]?.relevance ?? 0;
        answers.push({ model: model.id, library, size: files.length, mode, kind, query, verdict, relevance });
      }
    }
  }
  return answers;
}

function report(asked) {
  const groups = {};
  for (const answer of asked) (groups[`${answer.library}, ${answer.mode}`] ??= []).push(answer);
  printTable(
    `Verdicts, model ${asked[0].model}`,
    COMMAND,
    ['library, mode', 'queries', 'good', 'weak', 'none', 'top relevance tells them apart (AUC)'],
    Object.entries(groups).flatMap(([name, answers]) => {
      const of = (kind) => answers.filter((answer) => answer.kind === kind);
      const auc = separation(relevances(of('answerable')), relevances(of('absurd'))).toFixed(3);
      return ['answerable', 'absurd'].map((kind, row) => [
        row === 0 ? `${name} (${answers[0].size} sounds)` : '',
        `${of(kind).length} ${kind}`,
        ...['good', 'weak', 'none'].map((verdict) => share(of(kind), (answer) => answer.verdict === verdict)),
        row === 0 ? auc : '',
      ]);
    }),
  );
  const names = Object.keys(groups);
  printTable(
    'If "none" were said below another top relevance: absurd queries that get it / answerable ones that do not',
    COMMAND,
    ['below', ...names],
    THRESHOLDS.map((threshold) => [
      threshold,
      ...names.map((name) => {
        const of = (kind) => groups[name].filter((answer) => answer.kind === kind);
        const none = share(of('absurd'), ({ relevance }) => relevance < threshold);
        return `${none} / ${share(of('answerable'), ({ relevance }) => relevance >= threshold)}`;
      }),
    ]),
  );
}

function reportMistakes(asked) {
  say('\nMistakes, surest first:');
  const wrong = asked.filter(({ kind, verdict }) => (kind === 'absurd') !== (verdict === 'none'));
  const sureness = ({ kind, relevance }) => (kind === 'absurd' ? relevance : 1 - relevance);
  for (const { library, mode, kind, query, verdict, relevance } of wrong.sort((a, b) => sureness(b) - sureness(a))) {
    say(
      `${library.padEnd(7)} ${mode.padEnd(9)} ${kind.padEnd(11)} ${query.padEnd(36)} ${verdict} ${relevance.toFixed(2)}`,
    );
  }
}

const relevances = (answers) => answers.map(({ relevance }) => relevance);

const share = (answers, test) => `${Math.round((100 * answers.filter(test).length) / answers.length)} %`;
