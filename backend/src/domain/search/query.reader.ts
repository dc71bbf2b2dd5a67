import type { Seen, Viewer } from '../accounts/viewer.js';
import type { AspectIndex } from '../analysis/aspect.index.js';
import type { Awaitable } from '../awaitable.js';
import { ASPECTS, hasAspect, type Aspect } from '../analysis/aspects.types.js';
import type { SoundRepository } from '../library/library.ports.js';
import { dayIn, inTimeZone } from '../library/days.js';
import { withRater } from '../library/own-ratings.js';
import type { KeptExamples } from './kept.examples.js';
import type { SoundFilters } from '../library/library.types.js';
import { parse } from './query-language.js';
import type { Hint, HintCode, ParsedQuery, QueryPart, SoundSpan } from './query-parts.js';
import type { SearchRequest } from './search.types.js';
import { readField } from './query-fields.js';
import type { SpokenFact } from './spoken-language.js';
import { nameOf } from './query-terms.js';

/** A clip that was sent to be searched with, and is kept for a while. */
export interface KeptClip {
  name: string;
  /** L2-normalised, of the model that searches are answered with. */
  vector: Float32Array;
}

export interface ReaderParts {
  sounds: Seen<Pick<SoundRepository, 'keysMatching'>>;
  examples: Pick<KeptExamples, 'get'>;
  clips: { get(clipId: string): KeptClip | null };
  aspects: Pick<AspectIndex, 'of'>;
}

/** Who asks: through whose eyes, by whose favourites and stars, and where days begin. */
export interface Asking {
  viewer: Viewer;
  ownerId: string;
  timeZone: string;
}

/** What was typed, with its examples looked up: those that cannot be used are left out, with a hint. */
export interface ReadQuery extends ParsedQuery {
  examples: SearchRequest['clips'];
  /** What people call the sounds and clips among the parts. */
  nameOf(part: QueryPart): string | undefined;
}

/** Reads texts of the search box against the library. Any text is valid. */
export class QueryReader {
  constructor(private readonly parts: ReaderParts) {}

  /** @param change the library's change number, asked for only where something depends on it */
  async read(asking: Asking, typed: string, change: () => Awaitable<number>): Promise<ReadQuery> {
    const { viewer } = asking;
    const parsed = await this.parsed(asking, typed);
    const names = new Map<QueryPart, string>();
    const hints: Hint[] = [...parsed.hints];
    const like: ReadQuery['like'] = [];
    const examples: ReadQuery['examples'] = [];
    for (const part of parsed.parts) {
      const note = (code: HintCode, message: string): void => {
        hints.push({ code, message, ...(parsed.places.get(part) ?? { at: 0, length: 0 }) });
      };
      if (part.kind === 'sound') {
        const { name, problem, lacking = [] } = await this.soundOf(viewer, part.span, change);
        if (name !== undefined) names.set(part, name);
        if (problem) note(...problem);
        else {
          like.push({ ...part.span, weight: part.weight });
          for (const aspect of lacking) {
            note('no_such_aspect', `"${name}" has no ${aspect} to compare by, or was not heard yet.`);
          }
        }
      } else if (part.kind === 'clip') {
        const clip = this.parts.clips.get(part.clipId);
        if (clip) {
          names.set(part, clip.name);
          examples.push({ vector: clip.vector, name: clip.name, weight: part.weight });
        } else note('clip_gone', 'This clip is no longer kept. Drop or record it again.');
      }
    }
    return { ...parsed, hints, like, examples, nameOf: (part) => names.get(part) };
  }

  /** Facts are taken for known at first; where the library knows nothing of one, the text is read again without it. */
  private async parsed(asking: Asking, typed: string): Promise<ParsedQuery> {
    const today = dayIn(asking.timeZone, Date.now());
    const answers = new Map<string, boolean>();
    for (;;) {
      const asked: SpokenFact[] = [];
      const parsed = parse(typed, {
        today,
        knows: (fact) => {
          const answer = answers.get(`${fact.field}:${fact.value}`);
          if (answer === undefined) asked.push(fact);
          return answer ?? true;
        },
      });
      for (const fact of asked) answers.set(`${fact.field}:${fact.value}`, await this.knows(asking, fact));
      if (asked.every(({ field, value }) => answers.get(`${field}:${value}`))) return parsed;
    }
  }

  /** Whether the library has a sound that meets the fact; one that is met by none would only empty the answer. */
  private async knows({ viewer, ownerId, timeZone }: Asking, { field, value }: SpokenFact): Promise<boolean> {
    const read = readField(field, value);
    if (read === null) return false;
    if (field === 'sort') return true;
    const filters = withRater(inTimeZone(read.filters, timeZone), ownerId);
    return ((await this.parts.sounds(viewer).keysMatching(filters))?.length ?? 0) > 0;
  }

  private async soundOf(
    viewer: Viewer,
    { soundId, startS = 0, endS = Infinity, aspects = {} }: SoundSpan,
    change: () => Awaitable<number>,
  ): Promise<{
    name?: string;
    problem?: [HintCode, string];
    /** Aspects that were asked for and that the sound does not have. */
    lacking?: Aspect[];
  }> {
    const number = await change();
    const example = await this.parts.examples.get(viewer, soundId, number);
    if (!example)
      return { problem: ['no_such_sound', 'There is no such sound in the library; it may have been deleted.'] };
    const { sound, segments } = example;
    const name = nameOf(sound);
    if (segments.length === 0) return { name, problem: ['sound_not_ready', `"${name}" has not been processed yet.`] };
    if (segments.some((segment) => segment.startS < endS && segment.endS > startS)) {
      const asked = ASPECTS.filter((aspect) => (aspects[aspect] ?? 0) > 0);
      const described = asked.length > 0 ? await this.parts.aspects.of(sound.soundKey, number) : null;
      return { name, lacking: asked.filter((aspect) => !described || !hasAspect(aspect, described)) };
    }
    return { name, problem: ['outside_sound', `"${name}" has no part between these seconds.`] };
  }
}

/** Filters about the same thing: one that is given explicitly stands for all of them. */
const SAME: readonly (readonly (keyof SoundFilters)[])[] = [
  ['minDurationS', 'maxDurationS'],
  ['minBpm', 'maxBpm'],
  ['addedAfter', 'addedBefore'],
  ['recordedAfter', 'recordedBefore'],
  ['minStars', 'maxStars'],
  ['minLoudness', 'maxLoudness'],
  ['minBrightness', 'maxBrightness'],
  ['minSampleRateHz', 'maxSampleRateHz'],
  ['minBitsPerSample', 'maxBitsPerSample'],
];
/** Those that add up. */
const LISTS = ['tags', 'collections', 'folders', 'title', 'filename', 'name', 'notes', 'not'] as const;

/**
 * A request with what was typed in it. Terms, examples and lists add up; of other filters the ones given explicitly win
 * over typed ones about the same thing, as does a given order.
 */
export function withTyped(request: SearchRequest, typed: string, read: ReadQuery): SearchRequest {
  const { text, names, filters, like, examples, sort } = read;
  const explicit = given(request.filters);
  const overridden = SAME.filter((group) => group.some((name) => explicit[name] !== undefined)).flat();
  const merged: SoundFilters = {
    ...Object.fromEntries(Object.entries(filters).filter(([name]) => !overridden.includes(name as keyof SoundFilters))),
    ...explicit,
  };
  const lists = Object.fromEntries(
    LISTS.flatMap((name) => {
      const all = [...new Set<string | SoundFilters>([...(filters[name] ?? []), ...(explicit[name] ?? [])])];
      return all.length > 0 ? [[name, all]] : [];
    }),
  );
  const phrases = [...names, ...(explicit.phrases ?? [])];
  return {
    ...request,
    typed,
    sort: request.sort ?? sort,
    text: [...text, ...request.text],
    like: [...like, ...request.like],
    clips: [...examples, ...request.clips],
    filters: { ...merged, ...lists, ...(phrases.length > 0 ? { phrases } : {}) },
  };
}

const given = (filters: SoundFilters): SoundFilters =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
