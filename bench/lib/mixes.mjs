import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { randomNumbers } from './random.mjs';

const RATE = 48_000;
const EVENTS = 12;
const LONGEST_S = 12;
const PEAK = 0.5;
/** Of the noise between the events, by mix: none, or so quiet that it is heard but drowns nothing. */
const NOISE = [0, 0.002, 0.006];

/**
 * @typedef {{ query: string, file: string, startS: number, endS: number }} Event what can be heard, and the query it answers
 * @typedef {{ file: string, events: Event[] }} Mix
 */

/**
 * Writes long recordings in which clips lie at known places, one to a slot, with silence or quiet noise between them. No
 * mix holds two clips that answer the same query. The same seed gives the same mixes.
 * @param {string} folder where they are written
 * @param {string} audio folder of the clips
 * @param {{ query: string, relevant: string[] }[]} queries
 * @param {{ count: number, minutes: number, seed?: number }} size
 * @returns {Mix[]}
 */
export function composeMixes(folder, audio, queries, { count, minutes, seed = 1 }) {
  const random = randomNumbers(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const answers = (query, file) => query.relevant.includes(file);
  return Array.from({ length: count }, (_, at) => {
    const samples = new Float32Array(minutes * 60 * RATE);
    const noise = NOISE[at % NOISE.length];
    if (noise > 0) for (let i = 0; i < samples.length; i++) samples[i] = noise * (random() + random() - 1);
    const slotS = (minutes * 60) / EVENTS;
    const events = [];
    const left = [...queries];
    for (let slot = 0; slot < EVENTS && left.length > 0; slot++) {
      const [wanted] = left.splice(Math.floor(random() * left.length), 1);
      const files = wanted.relevant.filter((file) => !events.some(({ query }) => answers(query, file)));
      if (files.length === 0) continue;
      const file = pick(files);
      const clip = decode(path.join(audio, file), Math.min(LONGEST_S, slotS / 2));
      const lengthS = clip.length / RATE;
      const startS = slot * slotS + random() * (slotS - lengthS);
      place(samples, clip, Math.round(startS * RATE));
      events.push({ query: wanted, file, startS, endS: startS + lengthS });
      // Another clip must not answer a query that this one answers.
      for (let i = left.length - 1; i >= 0; i--) if (answers(left[i], file)) left.splice(i, 1);
    }
    const name = path.join(folder, `recording-${String(at + 1).padStart(2, '0')}.flac`);
    encode(samples, name);
    return { file: name, events: events.map(({ query, ...event }) => ({ ...event, query: query.query })) };
  });
}

function decode(file, longestS) {
  const args = ['-v', 'error', '-i', file, '-t', String(longestS), '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'];
  const bytes = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
}

function place(samples, clip, at) {
  const peak = clip.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-6);
  for (let i = 0; i < clip.length && at + i < samples.length; i++) samples[at + i] += (PEAK / peak) * clip[i];
}

function encode(samples, file) {
  const args = ['-v', 'error', '-y', '-f', 'f32le', '-ar', String(RATE), '-ac', '1', '-i', '-', file];
  execFileSync('ffmpeg', args, { input: Buffer.from(samples.buffer) });
}
