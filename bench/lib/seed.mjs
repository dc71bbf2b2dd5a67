import { createHash } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fromBackend } from './backend.mjs';
import { randomNumbers } from './random.mjs';

/**
 * Fills the database of a data directory with ready sounds whose segments have random unit vectors: a library of any
 * size in seconds, for measuring search. It uses the server's own repositories, before the server is started or, `live`,
 * while it runs, as a worker would; there are no audio files behind the sounds, so they cannot be played.
 * @param {string} dataDir
 * @param {{ segments: number, segmentsPerSound?: number, named?: boolean, described?: boolean, live?: boolean }} size
 *   `named`: with titles, artists and tags; `described`: with what sounds are compared by
 */
export async function seedLibrary(
  dataDir,
  { segments, segmentsPerSound = 4, named = false, described = false, live = false },
) {
  const { openDatabase, SqlJobRepository, storageOver } = await fromBackend('adapters/sql/index.js');
  const { loadModel } = await fromBackend('clap/index.js');
  const { ANALYSIS_VERSION: analysisVersion } = await fromBackend('domain/analysis/analysis.types.js');
  const { loadConfig } = await fromBackend('config.js');
  const { modelsDir, model: id } = loadConfig({ ...process.env, DATA_DIR: dataDir });
  const { key, info } = await loadModel(modelsDir, id);

  const db = openDatabase(path.join(dataDir, 'traum.db'));
  // Nothing here must survive a power cut.
  if (!live) {
    db.pragma('journal_mode = MEMORY');
    db.pragma('synchronous = OFF');
  }
  const jobs = new SqlJobRepository(storageOver(db));
  const random = randomNumbers(1);
  try {
    for (let sound = 0; sound * segmentsPerSound < segments; sound++) {
      const count = Math.min(segmentsPerSound, segments - sound * segmentsPerSound);
      await addSound(jobs, { sound, count, modelKey: key, analysisVersion, info, random, named, described });
      // A worker, too, leaves the database to others between two sounds.
      if (live) await pause(1);
    }
    if (!live) db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
}

async function addSound(jobs, { sound, count, modelKey, analysisVersion, info, random, named, described }) {
  const name = `seed-${sound}`;
  const facts = { durationS: count * info.windowS, sampleRateHz: 48000, channels: 1, codec: 'flac', bitRateKbps: 500 };
  const accepted = await jobs.accept({
    id: name,
    filename: `${name}.flac`,
    sizeBytes: 1_000_000,
    sha256: createHash('sha256').update(name).digest('hex'),
    ...facts,
  });
  await jobs.start(accepted.job.id);
  await jobs.complete(accepted.job.id, {
    modelKey,
    facts,
    fileTags: {
      album: null,
      genre: null,
      author: null,
      licence: null,
      albumArtist: null,
      disc: null,
      track: null,
      bpm: null,
      key: null,
      ...(named ? namesOf(sound, random) : NO_NAMES),
    },
    analysis: {
      version: analysisVersion,
      tempo: null,
      key: null,
      fingerprint: null,
      heard: described ? heardLike(random) : null,
    },
    loudness: described ? { lufs: -40 * random(), peakDb: 0 } : null,
    peaks: { bucketS: 1, minMax: new Int8Array(2 * Math.ceil(facts.durationS)) },
    segments: Array.from({ length: count }, (_, index) => ({
      index,
      startS: index * info.windowS,
      endS: (index + 1) * info.windowS,
      vector: unitVector(info.dimension, random),
    })),
  });
}

const NO_NAMES = { title: null, artist: null, keywords: [] };
const WORDS =
  'rain wind thunder dog bark door kick snare hat bell drone synth bass piano guitar voice crowd engine train river bird glass wood metal';

/** Two words and a number as title, one of 500 artists, five tags of some 300. */
function namesOf(sound, random) {
  const words = WORDS.split(' ');
  const word = () => words[Math.floor(random() * words.length)];
  const tag = () => `${word()} ${Math.floor(random() * 12) || ''}`.trim();
  return {
    title: `${word()} ${word()} ${sound}`,
    artist: `${word()} ${Math.floor(random() * 500)}`,
    keywords: Array.from({ length: 5 }, tag),
  };
}

function unitVector(dimension, random) {
  const vector = Float32Array.from({ length: dimension }, () => random() + random() + random() - 1.5);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Numbers like real ones (domain/analysis/aspects.types): onsets repeat at a rate, at half and at twice of it, and somewhat at others. */
function heardLike(random) {
  const rate = 40 * random();
  const rates = Array.from({ length: 40 }, (_, at) => {
    const octaves = Math.abs(((((at - rate) % 8) + 12) % 8) - 4);
    return Math.exp(-octaves * octaves) + 0.5 * random();
  });
  const sum = rates.reduce((all, one) => all + one, 0);
  const timbre = Array.from({ length: 25 }, () => 20 * random());
  const pitch = [...Array.from({ length: 12 }, () => random() / 6), 6 * random()];
  const rhythm = rates.map((one) => one / sum);
  return Float32Array.from([...timbre, ...pitch, ...rhythm]);
}
