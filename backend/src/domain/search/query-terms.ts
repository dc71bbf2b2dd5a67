import { DomainError, notFound } from '../errors.js';
import type { AspectWeights } from '../analysis/aspects.types.js';
import type { Sound, SoundKey } from '../library/library.types.js';
import { cohortBackground } from './relevance.js';
import type { Example } from './kept.examples.js';
import type { TextEmbedder } from './search.ports.js';
import type { SearchRequest, SoundPart } from './search.types.js';
import { EITHER, THEN } from './spoken-language.js';
import { meanOf, weightedSum } from './vectors.js';
import { because } from '../reasons.js';

/** Alternatives or steps of one term; each is a search of its own. */
const MOST_TERMS = 5;

/** One thing that is searched for, with its embedding. Weights below 0: less of this. */
export interface QueryTerm {
  kind: 'text' | 'sound';
  /** As people know it: the text, or the name of the sound. */
  name: string;
  /** L2-normalised. */
  vector: Float32Array;
  weight: number;
  /** Of an example of the library. */
  soundKey?: SoundKey;
  /** The windows of the example that have nothing of what is searched with: none where all of it is. */
  elsewhere?: Example['segments'];
  /** What of the example it is to be like, where that is more than how it sounds as a whole. */
  aspects?: AspectWeights;
  /** What it is made of: the best of several, or several one after the other. Else not there. */
  compound?: { join: 'either' | 'then'; terms: readonly QueryTerm[] };
}

export interface QueryTermParts {
  texts: TextEmbedder;
  /** As far as whoever asks sees it. */
  example: (soundId: string) => Promise<Example | null>;
}

/**
 * Embeds all that a request names.
 * @throws DomainError `not_found` for a sound that does not exist, `not_ready` for one that is still processed,
 * `invalid_input` for a part outside of it, `model_unavailable`.
 */
export async function queryTermsOf(request: SearchRequest, { texts, example }: QueryTermParts): Promise<QueryTerm[]> {
  const readings = request.text.map(({ text }) => readingOf(text));
  const vectors = await texts.embedTexts(readings.flatMap(({ names }) => names));
  let at = 0;
  const examples: QueryTerm[] = [];
  for (const part of request.like) {
    const found = await example(part.soundId);
    if (!found) throw notFound('sound', part.soundId);
    const { weight, aspects: weights } = part;
    const aspects = weights && weight > 0 ? { aspects: weights } : {};
    const { soundKey } = found.sound;
    examples.push({
      kind: 'sound',
      name: nameOf(found.sound),
      vector: exampleVector(found, part),
      weight,
      soundKey,
      elsewhere: found.segments.filter((segment) => !isWithin(segment, part)),
      ...aspects,
    });
  }
  return [
    ...request.text.map(({ text, weight }, part): QueryTerm => {
      const { join, names } = readings[part]!;
      const terms = names.map((name): QueryTerm => ({ kind: 'text', name, vector: vectors[at++]!, weight }));
      if (join === null) return terms[0]!;
      return {
        kind: 'text',
        name: text,
        vector: meanOf(terms.map(({ vector }) => vector)),
        weight,
        compound: { join, terms },
      };
    }),
    ...examples,
    ...request.clips.map(({ vector, weight, name }): QueryTerm => ({ kind: 'sound', name, vector, weight })),
  ];
}

function readingOf(text: string): { join: 'either' | 'then' | null; names: string[] } {
  for (const [sign, join] of [
    [EITHER, 'either'],
    [THEN, 'then'],
  ] as const) {
    const names = text
      .split(sign)
      .map((name) => name.trim())
      .filter(Boolean);
    if (names.length > 1) return { join, names: names.slice(0, MOST_TERMS) };
  }
  return { join: null, names: [text] };
}

const isWithin = (segment: { startS: number; endS: number }, { startS = 0, endS = Infinity }: SoundPart): boolean =>
  segment.startS < endS && segment.endS > startS;

/** The mean of a sound's windows, or of those that overlap the given seconds. */
function exampleVector({ sound, segments }: Example, part: SoundPart): Float32Array {
  if (segments.length === 0) {
    throw new DomainError('not_ready', because('example_not_processed', { name: nameOf(sound) }));
  }
  const within = segments.filter((segment) => isWithin(segment, part));
  if (within.length === 0) {
    throw new DomainError('invalid_input', because('example_part_missing', { name: nameOf(sound) }), {
      fields: [{ path: 'like', message: 'startS and endS must lie within the sound' }],
    });
  }
  return meanOf(within.map(({ vector }) => vector));
}

/**
 * One vector whose cosines rank as the weighted sum of all terms, each measured in its own deviations: cosines between
 * sounds spread far wider than those between text and sound and would drown these.
 */
export function queryVector(terms: readonly QueryTerm[], { background, info }: TextEmbedder): Float32Array {
  if (terms.length === 1 && terms[0]!.weight > 0) return terms[0]!.vector;
  return weightedSum(
    terms.map(({ vector, weight }) => ({
      vector,
      weight: weight / cohortBackground(vector, background, info.calibration).std,
    })),
  );
}

/** As people call it: the title, else the file name without its ending. */
export const nameOf = ({ title, filename }: Sound): string => title ?? filename.replace(/\.[a-z0-9]{1,8}$/i, '');
