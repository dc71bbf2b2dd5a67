import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, Stop } from '../scripts/lib/report.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  every: { type: 'string', default: '1', help: 'take every n-th sound of dev only' },
  others: { type: 'string', default: '700', help: 'sounds of train that are none of the copies' },
  verbose: { type: 'boolean', help: 'name each copy that was missed and each mistake' },
};

/** What ffmpeg makes of a sound: options, and the ending of the file. */
const CHANGES = {
  'MP3 128 kbit/s': () => [['-c:a', 'libmp3lame', '-b:a', '128k'], 'mp3'],
  'MP3 64 kbit/s': () => [['-c:a', 'libmp3lame', '-b:a', '64k'], 'mp3'],
  'Ogg Vorbis q3': () => [['-c:a', 'libvorbis', '-q:a', '3'], 'ogg'],
  'AAC 96 kbit/s': () => [['-c:a', 'aac', '-b:a', '96k'], 'm4a'],
  'Opus 48 kbit/s': () => [['-c:a', 'libopus', '-b:a', '48k'], 'opus'],
  '22.05 kHz': () => [['-ar', '22050'], 'wav'],
  '12 dB quieter': () => [['-af', 'volume=-12dB'], 'wav'],
  '6 dB louder, clipped': () => [['-af', 'volume=6dB'], 'wav'],
  'silence around': () => [['-af', 'adelay=507:all=1,apad=pad_dur=0.5'], 'wav'],
  'first 10 % cut off': (s) => [['-ss', String(0.1 * s)], 'wav'],
  'first 30 % cut off': (s) => [['-ss', String(0.3 * s)], 'wav'],
  'last 30 % cut off': (s) => [['-t', String(0.7 * s)], 'wav'],
};
const RATE_HZ = 48_000;

/** How many copies are known as such, by what was done to them, and how many of those that are taken for copies are some. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const dev = path.join(values.audio, 'dev');
  if (!fs.existsSync(dev)) throw new Stop(`There is no ${dev}. Name the folder of the sounds with --audio.`);
  const { createSoundAnalyzer } = await fromBackend('audio/analysis/sound-analyzer.js');
  const { FfmpegDecoder } = await fromBackend('audio/ffmpeg-decoder.js');
  const { openDatabase, SqlAnalysisRepository, SqlCopyRepository, storageOver } =
    await fromBackend('adapters/sql/index.js');
  const decoder = new FfmpegDecoder();
  const hear = async (file) => {
    const analyzer = createSoundAnalyzer(RATE_HZ);
    let samples = 0;
    for await (const chunk of decoder.decode(file, { sampleRateHz: RATE_HZ, maxDurationS: 3600 })) {
      samples += chunk.length;
      analyzer.push(chunk);
    }
    return { analysis: analyzer.finish(), durationS: samples / RATE_HZ };
  };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-duplicates-'));
  const db = openDatabase(path.join(folder, 'bench.db'));
  const analyses = new SqlAnalysisRepository(storageOver(db));
  const copies = new SqlCopyRepository(storageOver(db));
  const insert = db.prepare(
    `INSERT INTO sounds (id, sha256, filename, extension, size_bytes, status, title_folded, created_at, updated_at)
     VALUES (?, ?, ?, '', 1, 'ready', '', '', '')`,
  );
  let saving = 0;
  let saved = 0;
  /** Saves as a worker does; the sounds it is taken for a copy of. */
  const add = async (id, analysis) => {
    const key = Number(insert.run(id, id, id).lastInsertRowid);
    const started = performance.now();
    await analyses.save(id, analysis);
    saving += performance.now() - started;
    saved++;
    return { key, alike: (await copies.groupOf(key)).filter((other) => other !== key) };
  };
  const forget = (key) => db.prepare('DELETE FROM sounds WHERE sound_key = ?').run(key);

  try {
    const files = fs.readdirSync(dev).filter((file) => file.endsWith('.flac'));
    const originals = [];
    const mistakes = [];
    for (const name of files) {
      const file = path.join(dev, name);
      const heard = await hear(file);
      const { key, alike } = await add(name, heard.analysis);
      originals.push({ name, file, key, durationS: heard.durationS });
      if (alike.length > 0) mistakes.push(name);
    }
    const train = path.join(values.audio, 'train');
    const others = fs.existsSync(train) ? fs.readdirSync(train).slice(0, Number(values.others)) : [];
    for (const name of others) {
      const { alike } = await add(`train/${name}`, (await hear(path.join(train, name))).analysis);
      if (alike.length > 0) mistakes.push(`train/${name}`);
    }
    if (values.verbose) for (const name of mistakes) say(`taken for a copy of another sound: ${name}`);

    const named = db.prepare('SELECT id FROM sounds WHERE sound_key = ?').pluck();
    const groupsBefore = new Map();
    for (const { key } of originals) groupsBefore.set(key, new Set(await copies.groupOf(key)));
    const chosen = originals.filter((_, i) => i % Number(values.every) === 0);
    const rows = [];
    let [allRight, allFound, allTaken] = [0, 0, 0];
    for (const [change, optionsFor] of Object.entries(CHANGES)) {
      let [found, taken, right] = [0, 0, 0];
      for (const { name, file, key, durationS } of chosen) {
        const [changed, ending] = optionsFor(durationS);
        const copy = path.join(folder, `copy.${ending}`);
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', file, ...changed, copy]);
        const added = await add('copy', (await hear(copy)).analysis);
        const own = groupsBefore.get(key);
        const wrong = added.alike.filter((other) => !own?.has(other));
        if (added.alike.includes(key)) found++;
        else if (values.verbose) say(`${change}: ${name} was not known`);
        taken += added.alike.length > 0 ? 1 : 0;
        right += added.alike.length > 0 && wrong.length === 0 ? 1 : 0;
        if (values.verbose) for (const other of wrong) say(`${change}: ${name} was taken for ${named.get(other)}`);
        forget(added.key);
        for (const [original, group] of groupsBefore) restore(db, original, group);
      }
      rows.push([change, chosen.length, share(found, chosen.length), share(right, taken)]);
      [allRight, allFound, allTaken] = [allRight + right, allFound + found, allTaken + taken];
    }
    const copiesMade = chosen.length * Object.keys(CHANGES).length;
    rows.push(['all', copiesMade, share(allFound, copiesMade), share(allRight, allTaken)]);
    printTable('Copies', 'npm run bench -- duplicates', ['change', 'copies', 'recall', 'precision'], rows);
    say(
      `Of ${originals.length + others.length} different sounds, ${mistakes.length} were taken for copies of another. ` +
        `Keeping one print took ${(saving / saved).toFixed(1)} ms.`,
    );
  } finally {
    db.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy that joined two groups leaves them joined: each copy is to be judged alone. */
function restore(db, key, group) {
  if (group.size > 1) return;
  db.prepare('UPDATE sounds SET copy_group = NULL WHERE sound_key = ? AND copy_group IS NOT NULL').run(key);
}

const share = (part, whole) => (whole === 0 ? '–' : (part / whole).toFixed(3));
