import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, Stop } from '../scripts/lib/report.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readCsv } from './lib/csv.mjs';
import { readArgs } from './lib/args.mjs';
import { cadences, triads, TIMBRES } from './lib/chords.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  verbose: { type: 'boolean', help: 'show each loop and each wrong answer' },
};

/**
 * Beats of the loops in `dev` whose length fixes their tempo, from their names and by ear; the printer and what follows
 * no meter are not among them.
 */
const LOOP_BEATS = {
  arovane_beat_a: 32,
  arovane_beat_b: 32,
  arovane_beat_c: 16,
  arovane_beat_d: 24,
  arovane_beat_e: 24,
  loop_amen: 4,
  loop_amen_full: 16,
  loop_breakbeat: 4,
  loop_compus: 16,
  loop_drone_g_97: 8,
  loop_electric: 4,
  loop_garzul: 16,
  loop_industrial: 2,
  loop_mehackit1: 4,
  loop_mehackit2: 4,
  loop_mika: 16,
  loop_perc1: 4,
  loop_perc2: 4,
  loop_safari: 16,
  loop_tabla: 16,
  loop_weirdo: 8,
};
/** Other sounds of `dev` that were played in time, so that a tempo is no mistake. */
const IN_TIME = /^(loop_|arovane_|guit_em9)/;
/** Sounds of `train` that nobody would give a tempo. */
const WITHOUT_BEAT = /\b(coughing|crying|speaking|rain|wind|thunder|ocean|waves|meow|bark|tearing|explosion|scream)\b/;
const TOLERANCE = 0.02;
const RATE_HZ = 48_000;

/** Tempo and key as a worker estimates them, on loops of known tempo, on sounds without one, and on made chords. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const { createSoundAnalyzer } = await fromBackend('audio/analysis/sound-analyzer.js');
  const { FfmpegDecoder } = await fromBackend('audio/ffmpeg-decoder.js');
  const decoder = new FfmpegDecoder();
  const hear = async (file) => {
    const analyzer = createSoundAnalyzer(RATE_HZ);
    let samples = 0;
    for await (const chunk of decoder.decode(file, { sampleRateHz: RATE_HZ, maxDurationS: 3600 })) {
      samples += chunk.length;
      analyzer.push(chunk);
    }
    return { ...analyzer.finish(), durationS: samples / RATE_HZ };
  };
  const hearSamples = (samples) => {
    const analyzer = createSoundAnalyzer(RATE_HZ);
    analyzer.push(samples);
    return analyzer.finish();
  };
  const dev = path.join(values.audio, 'dev');
  if (!fs.existsSync(dev)) throw new Stop(`There is no ${dev}. Name the folder of the sounds with --audio.`);
  const rows = [
    ...(await tempoOfLoops(dev, hear, values)),
    ...(await withoutTempo(values.audio, hear, values)),
    ...keysOfChords(hearSamples, values),
  ];
  printTable('Tempo and key', 'npm run bench -- tempo', ['measure', 'sounds', 'share'], rows);
}

async function tempoOfLoops(dev, hear, { verbose }) {
  const counts = { claimed: 0, exact: 0, octave: 0 };
  for (const [name, beats] of Object.entries(LOOP_BEATS)) {
    const { tempo, durationS } = await hear(path.join(dev, `${name}.flac`));
    const truth = (60 * beats) / durationS;
    const near = (factor) => tempo !== null && Math.abs(tempo.bpm / (truth * factor) - 1) < TOLERANCE;
    if (tempo) counts.claimed += 1;
    if (near(1)) counts.exact += 1;
    if (near(1) || near(0.5) || near(2)) counts.octave += 1;
    if (verbose) say(`${name.padEnd(18)} ${truth.toFixed(1).padStart(6)} BPM, heard ${tempo?.bpm ?? 'none'}`);
  }
  const total = Object.keys(LOOP_BEATS).length;
  return [
    ['loops with the tempo within 2 %, or its half or double', total, share(counts.octave, total)],
    ['loops with the tempo itself within 2 %', total, share(counts.exact, total)],
    ['of the tempi claimed, right', counts.claimed, share(counts.octave, counts.claimed)],
  ];
}

async function withoutTempo(audio, hear, { verbose }) {
  const rows = [];
  /** @type {[string, string, (name: string, label: string) => boolean][]} */
  const groups = [
    ['single sounds of dev given no tempo', 'dev', (name) => !IN_TIME.test(name)],
    ['sounds of train without a beat given no tempo', 'train', (name, label) => WITHOUT_BEAT.test(label)],
  ];
  for (const [title, folder, wanted] of groups) {
    const files = labels(audio, folder).filter(({ file, label }) => wanted(path.basename(file), label));
    let none = 0;
    for (const { file } of files) {
      const { tempo } = await hear(path.join(audio, file));
      if (!tempo) none += 1;
      else if (verbose) say(`${file}: heard ${tempo.bpm} BPM`);
    }
    if (files.length > 0) rows.push([title, files.length, share(none, files.length)]);
  }
  return rows;
}

function labels(audio, folder) {
  const list = path.join(audio, `${folder}.csv`);
  return fs.existsSync(list) ? readCsv(list) : [];
}

function keysOfChords(hear, { verbose }) {
  /** @type {[string, typeof triads][]} */
  const kinds = [
    ['triads', triads],
    ['cadences', cadences],
  ];
  return kinds.map(([name, make]) => {
    let right = 0;
    let total = 0;
    for (const timbre of Object.keys(TIMBRES)) {
      for (const cents of [0, 30]) {
        for (const { key, samples } of make(timbre, cents, RATE_HZ)) {
          const heard = hear(samples).key?.key ?? null;
          total += 1;
          if (heard === key) right += 1;
          else if (verbose) say(`${name}, ${timbre}, ${cents} cents: ${key}, heard ${heard ?? 'none'}`);
        }
      }
    }
    return [
      `key of ${name} in 24 keys, ${Object.keys(TIMBRES).length} timbres, in tune and 30 cents off`,
      total,
      share(right, total),
    ];
  });
}

const share = (part, whole) => (whole === 0 ? '–' : (part / whole).toFixed(3));
