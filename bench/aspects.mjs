import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  others: { type: 'string', default: '300', help: 'sounds of train among which the right ones are looked for' },
  sounds: { type: 'string', default: '10000', help: 'sounds of the library whose searches are timed' },
  only: { type: 'string', default: 'both', help: 'quality, cost, or both' },
};

/** What ffmpeg makes of a sound. */
const VERSIONS = {
  pitch: 'rubberband=pitch=1.2599',
  tempo: 'rubberband=tempo=1.2',
  muffled: 'lowpass=f=1200,lowpass=f=1200',
  thin: 'highpass=f=700',
};
/** @type {{ aspect: 'rhythm' | 'pitch' | 'timbre', of: string, same: (keyof typeof VERSIONS)[], other: (keyof typeof VERSIONS)[] }[]} */
const QUESTIONS = [
  { aspect: 'rhythm', of: 'loops', same: ['pitch', 'muffled', 'thin'], other: ['tempo'] },
  { aspect: 'pitch', of: 'notes', same: ['tempo', 'muffled'], other: ['pitch'] },
  { aspect: 'timbre', of: 'both', same: ['tempo'], other: ['muffled', 'thin'] },
];
const LOOPS = /^(loop_|arovane_beat)/;
const NOTES =
  /^(guit_|ambi_piano|ambi_choir|bass_|elec_bl|elec_pl|loop_drone|ambi_glass|ambi_drone|ambi_lunar|ambi_swoosh|loop_garzul|loop_safari|loop_mika|loop_weirdo)/;
const LONGEST_S = '40';
const RATE_HZ = 48_000;
const ROUNDS = 60;

/** Whether the aspect in question brings up what was changed in everything else, and what a search by aspects costs. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  if (values.only !== 'cost') await withTempDir((folder) => quality(folder, values));
  if (values.only !== 'quality') await withTempDir((folder) => cost(folder, Number(values.sounds)));
}

async function quality(folder, { audio, others }) {
  const dev = path.join(audio, 'dev');
  if (!fs.existsSync(dev)) throw new Stop(`There is no ${dev}. Name the folder of the sounds with --audio.`);
  const { createSoundAnalyzer } = await fromBackend('audio/analysis/sound-analyzer.js');
  const { FfmpegDecoder } = await fromBackend('audio/ffmpeg-decoder.js');
  const { distancesFrom } = await fromBackend('domain/analysis/distance.js');
  const { hasAspect } = await fromBackend('domain/analysis/aspects.types.js');
  const decoder = new FfmpegDecoder();
  const hear = async (file) => {
    const analyzer = createSoundAnalyzer(RATE_HZ);
    for await (const samples of decoder.decode(file, { sampleRateHz: RATE_HZ, maxDurationS: 3600 })) {
      analyzer.push(samples);
    }
    const { heard } = analyzer.finish();
    if (!heard) throw new Stop(`Nothing was heard in ${file}.`);
    return { numbers: heard, at: 0 };
  };
  const names = fs.readdirSync(dev).sort();
  const chosen = { loops: names.filter((name) => LOOPS.test(name)), notes: names.filter((name) => NOTES.test(name)) };
  const sets = { ...chosen, both: [...new Set([...chosen.loops, ...chosen.notes])] };
  /** @type {Map<string, { numbers: Float32Array, at: number }>} */
  const heard = new Map();
  await step('Listening', async () => {
    for (const name of names) heard.set(name, await hear(path.join(dev, name)));
    const train = path.join(audio, 'train');
    const further = fs.existsSync(train) ? fs.readdirSync(train).sort().slice(0, Number(others)) : [];
    for (const name of further) heard.set(`train/${name}`, await hear(path.join(train, name)));
    for (const name of sets.both) {
      for (const [version, filter] of Object.entries(VERSIONS)) {
        const file = path.join(folder, 'version.wav');
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', path.join(dev, name), '-t', LONGEST_S, '-af', filter, file]);
        heard.set(`${name} ${version}`, await hear(file));
      }
    }
  });
  const rows = QUESTIONS.map(({ aspect, of, same, other }) => {
    const examples = sets[of].filter((name) => hasAspect(aspect, heard.get(name)));
    let [found, ordered] = [0, 0];
    for (const name of examples) {
      const distanceTo = distancesFrom(heard.get(name), aspect);
      const distance = (sound) => {
        const far = distanceTo(sound);
        return Number.isNaN(far) ? Infinity : far;
      };
      const ranked = [...heard]
        .filter(([one]) => one !== name)
        .map(([one, sound]) => ({ one, far: distance(sound) }))
        .sort((a, b) => a.far - b.far)
        .map(({ one }) => one);
      const place = (version) => ranked.indexOf(`${name} ${version}`);
      for (const right of same) {
        if (place(right) < 5) found++;
        for (const wrong of other) if (place(right) < place(wrong)) ordered++;
      }
    }
    const share = (count, all) => (count / all).toFixed(2);
    const total = examples.length * same.length;
    return [
      `${aspect}: the same with other ${same.join(', ')}`,
      examples.length,
      share(found, total),
      `${share(ordered, total * other.length)} (${other.join(', ')})`,
    ];
  });
  printTable(
    `By aspect, among ${heard.size} sounds`,
    'npm run bench -- aspects --only quality',
    ['what is looked for', 'examples', 'among the first five', 'before what differs in it'],
    rows,
  );
}

async function cost(folder, sounds) {
  await step(`Making a library of ${sounds} sounds`, () =>
    seedLibrary(folder, { segments: sounds, segmentsPerSound: 1, described: true }),
  );
  await withApp(folder, async ({ url }) => {
    const api = new Api(url);
    await api.indexed(sounds);
    const ways = {
      'as a whole': '',
      'more by rhythm': '~rhythm',
      'by rhythm alone': '~overall:0~rhythm',
      'by all five': '~timbre~pitch~rhythm~loudness',
    };
    /** @type {Record<string, number[]>} */
    const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    // One after the other in each round, so that a busy machine slows down all of them.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, aspects] of Object.entries(ways)) {
        const { tookMs } = await api.search(`like:seed-${round}${aspects}`);
        if (round >= 10) times[way].push(tookMs);
      }
    }
    printTable(
      `Time of a search by example in the server, ${sounds} sounds`,
      'npm run bench -- aspects --only cost',
      ['what is compared', 'median', 'p95'],
      Object.entries(times).map(([way, ms]) => [
        way,
        `${percentile(ms, 0.5).toFixed(1)} ms`,
        `${percentile(ms, 0.95).toFixed(1)} ms`,
      ]),
    );
  });
}
