import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { readCsv } from './lib/csv.mjs';
import { readQueries } from './lib/queries.mjs';
import { mean, rate } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { rightTags } from './lib/tag-labels.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with dev.csv and dev-queries.csv',
  },
  labelled: {
    type: 'string',
    help: 'a CSV of further sounds: file (from its own folder), labels (with ; between), words (common words, the same way), source. Their labels are also looked for in other words (other-words.csv)',
  },
  source: { type: 'string', help: 'only rows of that CSV whose source matches this regular expression' },
  models: {
    type: 'string',
    default: 'compact-clap',
    help: 'ids or folders of models, with commas between; of several (seeds) the mean and the range are given',
  },
};

const LANGUAGES = { en: 'English', de: 'German' };

/** How well a model hears, measured on its vectors alone: the same front end, windows and graphs as in the app. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const further = values.labelled ? labelledSets(values.labelled, values.source) : [];
  const sets = [devSet(values.audio), ...further];
  const figures = [];
  for (const name of values.models.split(',')) figures.push(await measure(name.trim(), sets));
  for (const [i, set] of sets.entries()) {
    const keys = Object.keys(figures[0][i]);
    printTable(
      `${set.title}: ${set.files.length} sounds, ${set.queries.length} queries`,
      `npm run bench -- quality --models ${values.models}`,
      ['what', values.models],
      keys.map((key) => [key, spread(figures.map((figure) => figure[i][key]))]),
    );
  }
}

/** Sounds with the labels that are right for each, and queries with the sounds that each should find. */
function devSet(audio) {
  const queriesFile = path.join(audio, 'dev-queries.csv');
  if (!fs.existsSync(queriesFile))
    throw new Stop(`There is no ${queriesFile}. Name the folder of the sounds with --audio.`);
  const rows = readCsv(path.join(audio, 'dev.csv'));
  const place = new Map(rows.map(({ file }, i) => [file, i]));
  return {
    title: 'dev',
    files: rows.map(({ file }) => path.join(audio, file)),
    labels: rows.map(({ file }) => rightTags(file) ?? new Set()),
    queries: readQueries(queriesFile).map(({ query, relevant }) => ({
      text: query,
      relevant: new Set(relevant.map((file) => place.get(file))),
    })),
  };
}

/** All labels of the file, the common words of it alone, and what people may say instead of the labels. */
function labelledSets(file, source) {
  const wanted = new RegExp(source ?? '');
  const rows = readCsv(file).filter((row) => wanted.test(row.source ?? ''));
  if (rows.length === 0) throw new Stop(`No row of ${file} has a source that matches --source.`);
  const base = path.dirname(file);
  const split = (text) => new Set((text ?? '').split(';').filter(Boolean));
  const sets = ['labels', 'words'].flatMap((column) => {
    const labelled = rows.filter((row) => row[column]);
    if (labelled.length === 0) return [];
    const labels = labelled.map((row) => split(row[column]));
    const names = [...new Set(labels.flatMap((own) => [...own]))].sort();
    return {
      title: `${path.basename(file)}, ${column}`,
      files: labelled.map((row) => path.join(base, row.file)),
      labels,
      queries: names.map((text) => ({
        text,
        relevant: new Set(labels.flatMap((own, i) => (own.has(text) ? [i] : []))),
      })),
    };
  });
  const [labelled] = sets;
  return labelled ? [...sets, ...inOtherWords(labelled, path.basename(file))] : sets;
}

/**
 * The sounds of `labelled` again, by texts that say its labels in other words: written by a language model that saw the labels only, not
 * the sounds; none is among what the bundled model was taught.
 */
function inOtherWords({ files, queries }, name) {
  const texts = readCsv(inRoot('bench', 'other-words.csv'));
  const relevant = new Map(queries.map((query) => [query.text, query.relevant]));
  return Object.entries(LANGUAGES).flatMap(([language, title]) => {
    const said = texts.filter((row) => row.language === language && relevant.has(row.label));
    if (said.length === 0) return [];
    return [
      {
        title: `${name}, labels in other words (${title})`,
        files,
        labels: null,
        queries: said.map(({ label, text }) => ({ text, relevant: relevant.get(label) })),
      },
    ];
  });
}

async function measure(name, sets) {
  const { createAudioEmbedder, createTextEmbedder, loadModel } = await fromBackend('clap/index.js');
  const { FfmpegDecoder } = await fromBackend('audio/ffmpeg-decoder.js');
  const folder = fs.existsSync(name) ? path.resolve(name) : inRoot('models', name);
  const model = await loadModel(path.dirname(folder), path.basename(folder));
  const logger = { info: () => undefined, warn: () => undefined };
  const audio = await createAudioEmbedder(model, { threads: 2, provider: 'cpu', logger });
  const text = await createTextEmbedder(model, { provider: 'cpu', logger });
  const decoder = new FfmpegDecoder();
  const decodeOptions = { sampleRateHz: model.info.sampleRateHz, maxDurationS: 3600 };
  const known = new Map();
  const windowsOf = async (file) => {
    if (!known.has(file)) {
      const windows = [];
      for await (const segment of audio.embedStream(decoder.decode(file, decodeOptions))) windows.push(segment.vector);
      known.set(file, windows);
    }
    return known.get(file);
  };
  const figures = [];
  for (const set of sets) {
    const sounds = await step(`${model.info.name}: ${set.title}`, async () => {
      const all = [];
      for (const file of set.files) all.push(await windowsOf(file));
      return all;
    });
    const labelNames = [...new Set(set.labels?.flatMap((own) => [...own]))];
    const texts = await text.embedTexts([...set.queries.map((query) => query.text), ...labelNames]);
    figures.push({
      ...textToAudio(set, sounds, texts.slice(0, set.queries.length)),
      ...(set.labels && audioToAudio(set, sounds)),
      ...(set.labels && zeroShot(set, sounds, labelNames, texts.slice(set.queries.length))),
    });
  }
  await Promise.all([audio.close(), text.close()]);
  return figures;
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
/** A sound answers with its best window. */
const score = (windows, vector) => Math.max(...windows.map((window) => dot(window, vector)));
const best = (scores) => scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);

function textToAudio({ queries }, sounds, vectors) {
  const ratings = queries.map(({ relevant }, i) =>
    rate(best(sounds.map((windows) => score(windows, vectors[i]))), relevant),
  );
  return {
    'text to audio, R@1': mean(ratings.map(({ r1 }) => r1)),
    'text to audio, R@5': mean(ratings.map(({ r5 }) => r5)),
    'text to audio, mAP@10': mean(ratings.map(({ ap10 }) => ap10)),
  };
}

/** Each sound asks for the others that share a label with it. */
function audioToAudio({ labels }, sounds) {
  const ratings = sounds.flatMap((windows, i) => {
    const relevant = new Set(labels.flatMap((own, k) => (k !== i && sharesOne(own, labels[i]) ? [k] : [])));
    if (relevant.size === 0) return [];
    const scores = sounds.map((other) => Math.max(...windows.map((window) => score(other, window))));
    return rate(
      best(scores).filter((k) => k !== i),
      relevant,
    );
  });
  return { 'audio to audio (same label), mAP@10': mean(ratings.map(({ ap10 }) => ap10)) };
}

/** The label that fits a sound best, of all labels of the set. */
function zeroShot({ labels }, sounds, names, vectors) {
  const ranks = sounds.flatMap((windows, i) => {
    if (labels[i].size === 0) return [];
    const order = best(vectors.map((vector) => score(windows, vector)));
    return order.findIndex((k) => labels[i].has(names[k])) + 1;
  });
  const within = (limit) => mean(ranks.map((rank) => (rank <= limit ? 1 : 0)));
  return {
    [`label of ${names.length}, right at first`]: within(1),
    [`label of ${names.length}, right among five`]: within(5),
  };
}

const sharesOne = (a, b) => [...a].some((label) => b.has(label));

function spread(values) {
  const average = mean(values).toFixed(3);
  if (values.length === 1) return average;
  return `${average} (${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)})`;
}
