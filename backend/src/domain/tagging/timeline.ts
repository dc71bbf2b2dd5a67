import type { ModelInfo } from '../ingest/ingest.ports.js';
import type { Peaks } from '../library/library.types.js';
import { cosine } from '../search/vectors.js';
import { confidenceAt, MAX_BEHIND, SAME_MEANING, type HeardWord } from './scoring.js';

/** A stretch in which something is heard; seconds. */
export interface HeardSpan {
  startS: number;
  endS: number;
  /** Confidence 0..1 at its surest. */
  score: number;
}

/** All stretches of one thing, in order of time. */
export interface HeardLane {
  kind: 'silence' | 'speech' | 'music' | 'tag';
  name: string;
  spans: HeardSpan[];
}

export interface Window {
  startS: number;
  endS: number;
  vector: Float32Array;
}

/** Only what is sure is shown: from here on something is heard, and as long as it does not fall below the other. */
const BEGINS = 0.7;
const GOES_ON = 0.5;
const MOST_LANES = 8;
/** Shorter pauses are no silence. */
const LEAST_SILENCE_S = 1;
/** Of full scale (127) and of the loudest. */
const SILENT_LEVEL = 1;
const SILENT_SHARE = 1 / 64;

/** What a word says of itself is told beside all others: people speak while music plays. */
const kindOf = (name: string): HeardLane['kind'] => (name === 'speech' || name === 'music' ? name : 'tag');

/**
 * What is heard when: the words of a vocabulary over the windows of a sound, smoothed over neighbours, next to each other
 * joined, those heard longest first; speech and music before them.
 * @param windows in order of time
 * @param spread see `spreadOf`
 * @param rest lets others go on between pieces of work
 */
export async function heardOver(
  windows: readonly Window[],
  words: readonly HeardWord[],
  spread: number,
  calibration: ModelInfo['calibration'],
  rest: () => Promise<void>,
): Promise<HeardLane[]> {
  const rows: Float32Array[] = [];
  for (const { vector, background } of words) {
    rows.push(
      smoothed(Float32Array.from(windows, (window) => (cosine(vector, window.vector) - background.mean) / spread)),
    );
    await rest();
  }
  const best = Float32Array.from(windows, (_, at) => Math.max(...rows.map((row) => row[at]!)));
  const lanes = words.map(({ name, vector }, at) => {
    const kind = kindOf(name);
    const scores = Float32Array.from(rows[at]!, (z, window) =>
      kind === 'tag' && z < best[window]! - MAX_BEHIND ? 0 : confidenceAt(z, calibration),
    );
    const spans = runsOf(scores).map(([from, to]) => ({
      ...edgesOf(windows, from, to),
      score: Math.round(1000 * Math.max(...scores.subarray(from, to + 1))) / 1000,
    }));
    return { kind, name, vector, spans, lengthS: spans.reduce((sum, { startS, endS }) => sum + endS - startS, 0) };
  });
  const heard = lanes.filter(({ lengthS }) => lengthS > 0).sort((a, b) => b.lengthS - a.lengthS);
  const shown: typeof heard = [];
  for (const lane of heard) {
    if (shown.length < MOST_LANES && !shown.some((other) => cosine(other.vector, lane.vector) > SAME_MEANING))
      shown.push(lane);
  }
  const isKind = ({ kind }: HeardLane): number => Number(kind === 'tag');
  return shown.map(({ kind, name, spans }) => ({ kind, name, spans })).sort((a, b) => isKind(a) - isKind(b));
}

/** Each with half of what its neighbours are. */
function smoothed(values: Float32Array): Float32Array {
  return values.map((value, at) => {
    const before = values[at - 1] ?? value;
    const after = values[at + 1] ?? value;
    return 0.25 * before + 0.5 * value + 0.25 * after;
  });
}

/** First and last place of each run that reaches {@link BEGINS} and stays above {@link GOES_ON}. */
function runsOf(scores: Float32Array): [number, number][] {
  const runs: [number, number][] = [];
  let from = -1;
  let reached = false;
  for (let at = 0; at <= scores.length; at++) {
    const score = scores[at] ?? 0;
    if (score >= GOES_ON) {
      if (from < 0) from = at;
      reached ||= score >= BEGINS;
    } else {
      if (reached) runs.push([from, at - 1]);
      from = -1;
      reached = false;
    }
  }
  return runs;
}

/** Overlapping windows part their common time between them. */
function edgesOf(windows: readonly Window[], from: number, to: number): { startS: number; endS: number } {
  const border = (at: number): number => (windows[at]!.endS + windows[at + 1]!.startS) / 2;
  const startS = from === 0 ? windows[0]!.startS : border(from - 1);
  const endS = to === windows.length - 1 ? windows[to]!.endS : border(to);
  return { startS: round(startS), endS: round(endS) };
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;

/** Where there is next to nothing: not merely quiet, and not only for a moment. */
export function silencesIn({ bucketS, minMax }: Peaks, durationS: number): HeardSpan[] {
  const loudest = minMax.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // A recording that is quiet all over cannot be told from silence as coarsely as this is kept.
  const level = loudest * SILENT_SHARE >= SILENT_LEVEL ? SILENT_LEVEL : 0;
  const spans: HeardSpan[] = [];
  const buckets = minMax.length / 2;
  let from = -1;
  for (let at = 0; at <= buckets; at++) {
    const isSilent = at < buckets && Math.abs(minMax[2 * at]!) <= level && Math.abs(minMax[2 * at + 1]!) <= level;
    if (isSilent && from < 0) from = at;
    if (isSilent || from < 0) continue;
    const span = { startS: round(from * bucketS), endS: round(Math.min(durationS, at * bucketS)), score: 1 };
    if (span.endS - span.startS >= LEAST_SILENCE_S) spans.push(span);
    from = -1;
  }
  return spans;
}

/** What is left of spans where other things take the rest. */
export function without(spans: readonly HeardSpan[], taken: readonly HeardSpan[]): HeardSpan[] {
  let left = [...spans];
  for (const { startS, endS } of taken) {
    left = left.flatMap((span) => {
      if (span.endS <= startS || span.startS >= endS) return [span];
      return [
        { ...span, endS: startS },
        { ...span, startS: endS },
      ].filter((part) => part.endS - part.startS > LEAST_SILENCE_S);
    });
  }
  return left;
}
