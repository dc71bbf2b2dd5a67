import type { Seen, Viewer } from '../accounts/viewer.js';
import { comparisonBy, type AspectIndex, type Comparing } from '../analysis/aspect.index.js';
import type { Comparison } from '../analysis/aspects.types.js';
import type { Awaitable } from '../awaitable.js';
import { DomainError } from '../errors.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { SoundKey } from '../library/library.types.js';
import { evidence, keywordRelevance, relevanceOf, softplus } from './fusion.js';
import type { KeptExamples } from './kept.examples.js';
import { hasFilters, MAX_RESULTS } from './query.js';
import { cohortBackground, combinedBackground, similarityScale, wordScale, type Scale } from './relevance.js';
import { Representatives } from './representatives.js';
import type { KeywordIndex } from './search.ports.js';
import type {
  Background,
  KeywordHit,
  SearchMode,
  SearchRequest,
  VectorAnswer,
  VectorHit,
  VectorQuery,
  WordsOnly,
} from './search.types.js';
import { sequenceIn, type Step } from './sequence.js';
import type { Sight } from './sights.js';
import type { VectorIndex } from './vectors.ports.js';
import { apartFrom, cosine } from './vectors.js';
import { queryVector, queryTermsOf, type QueryTerm, type QueryTermParts } from './query-terms.js';

export interface RankerParts extends Omit<QueryTermParts, 'example'> {
  sounds: Seen<Pick<SoundRepository, 'keysMatching' | 'inOrder'>>;
  examples: KeptExamples;
  index: VectorIndex;
  keywords: Seen<KeywordIndex>;
  aspects: AspectIndex;
}

/** A sound that may be an answer. */
export interface Candidate {
  key: SoundKey;
  /** Raw cosine of the best window; null without an embedding. */
  score: number | null;
  /** Its best windows, best first; made when they are looked at. */
  heard: Heard;
  /** The windows are steps that were asked for one after the other. */
  inOrder: boolean;
  /** Log odds by sound alone, terms for less included; null without an embedding. */
  logit: number | null;
  hit: KeywordHit | undefined;
  /** Larger is better. */
  rank: number;
  /** Null where nothing was described that it could fit. */
  relevance: number | null;
}

/** What was found of a sound by listening. */
type Heard = Pick<VectorHit, 'matches'>;

export type ScaledTerm = QueryTerm & { scale: Scale };

/** What a request sounds like as a whole, or, of several alternatives or steps, one by one. */
export interface Meaning {
  vector: Float32Array;
  /** Cosine of an average sound. */
  average: number;
  join: 'either' | 'then' | null;
  terms: ScaledTerm[];
}

export interface Ranking {
  /** Best first, at least as many as were asked for if there are. */
  candidates: Candidate[];
  total: number;
  /** Cosine of an average sound. */
  average: number;
  /** What was wanted by sound, each with a scale of its own. */
  wanted: ScaledTerm[];
  /** Why only words were searched for, although sound was meant too. */
  wordsOnly: WordsOnly | null;
}

/** Sounds that are most alike in the aspects asked for, to be weighed with those that sound most alike as a whole. */
const ASPECT_POOL = 300;
/** Windows of a sound to look at for its moments. */
export const WINDOWS_PER_SOUND = 8;
/** In hybrid search, how many sounds with matching words are weighed against the rest. */
const HYBRID_KEYWORD_HITS = 200;
/** What is to sound less like something is chosen among at least this many. */
const LEAST_POOL = 1000;
/** Among how many sounds, at least, of each step those are looked for in which all follow each other. */
const SEQUENCE_POOL = 300;
const WINDOWS_FOR_ORDER = 64;
const NOTHING: Heard = { matches: [] };
/** Says nothing: the model's own background stands alone. */
const UNKNOWN: Background = { mean: 0, std: 1, count: 0 };
/**
 * Log odds around which a sound begins to count as the unwanted. Of a text only half counts of what it shares with the
 * wanted: relatives, such as all drums for "less snare", keep more of theirs.
 */
const UNWANTED_FROM = { text: Math.log(0.07 / 0.93), sound: Math.log(0.15 / 0.85) };
/** How much a sound loses whose name or tags have all the unwanted words, in log odds. */
const UNWANTED_WORDS = 4;

/** Where a search by sound looks. */
type Reach = Required<Pick<VectorQuery, 'limit' | 'filter' | 'include'>>;
interface HeardAll {
  /** As they sound: words are not counted in yet. */
  hits: Candidate[];
  /** How many sounds could be ranked. */
  total: number;
  /** Cosine of an average sound. */
  average: number;
}

/** At least so many are ranked, so that it can be said how many fit; more where those that fit are put in another order. */
const LEAST_COUNTED = 200;
const LEAST_SORTED = 1000;

/** Ranks the library for a request, by sound and by words. */
export class Ranker {
  constructor(private readonly parts: RankerParts) {}

  /**
   * @param sight of whoever asks: nothing else is looked at or counted
   * @param request clean, see `cleanRequest`
   * @param words what is searched for in names and tags
   */
  async rank(whose: Sight, request: SearchRequest, words: string, mode: SearchMode): Promise<Ranking> {
    const sight = request.showCopies === true ? { ...whose, standing: new Representatives([]) } : whose;
    const keywords = this.parts.keywords(sight.viewer);
    if (request.text.length + request.like.length + request.clips.length === 0) {
      return this.rankByFilters(request, sight);
    }
    if (mode === 'keyword') {
      return this.rankByWords(request, await keywords.search(words, request.filters, MAX_RESULTS), sight);
    }
    // Its texts are embedded in a thread: meanwhile words are looked for here.
    const terms = this.queryTermsOf(sight.viewer, request, () => sight.change);
    terms.catch(() => undefined);
    const hits = mode === 'hybrid' ? await keywords.search(words, request.filters, HYBRID_KEYWORD_HITS, 'any') : [];
    try {
      return await this.rankBySound(request, terms, hits, sight);
    } catch (error) {
      // Words can be searched while the index is rebuilt, and are all there is for a text that the model cannot read:
      // nothing sounds like it.
      if (request.like.length + request.clips.length > 0 || !(error instanceof DomainError)) throw error;
      const { code, message } = error;
      if (code !== 'invalid_input' && (code !== 'not_ready' || mode !== 'hybrid')) throw error;
      return { ...(await this.rankByWords(request, hits, sight)), wordsOnly: { code, message } };
    }
  }

  /**
   * What the terms of a request sound like together, and how alike unrelated sound is; null when it has none.
   * @param change the library's change number, asked for only where there are examples
   */
  async meaning(viewer: Viewer, request: SearchRequest, change: () => Awaitable<number>): Promise<Meaning | null> {
    const wanted = (await this.queryTermsOf(viewer, request, change)).filter(({ weight }) => weight > 0);
    if (wanted.length === 0) return null;
    const vector = queryVector(wanted, this.parts.texts);
    const [only] = wanted;
    const compound = wanted.length === 1 ? only?.compound : undefined;
    return {
      vector,
      average: this.scaleFor(wanted, vector, UNKNOWN).mean,
      join: compound?.join ?? null,
      terms: (compound?.terms ?? []).map((term) => ({ ...term, scale: this.scaleFor([term], term.vector, UNKNOWN) })),
    };
  }

  /** Nothing is described: all that meets the filters, by how well exact words fit, else newest first. */
  private async rankByFilters({ filters, sort }: SearchRequest, { viewer, standing }: Sight): Promise<Ranking> {
    const [keywords, sounds] = [this.parts.keywords(viewer), this.parts.sounds(viewer)];
    if (filters.phrases) {
      return ranking(
        (await keywords.search(filters.phrases.join(' '), filters, MAX_RESULTS)).map((hit) => ({
          key: hit.soundKey,
          hit,
          relevance: keywordRelevance(hit),
        })),
        standing,
      );
    }
    if (!hasFilters(filters) && !sort) return ranking([], standing);
    const matching = (await sounds.keysMatching({ status: 'ready', ...filters })) ?? new Int32Array();
    const hidden = new Set(standing.hidden(matching));
    const all = matching.filter((key) => !hidden.has(key));
    const keys =
      sort && all.length > MAX_RESULTS
        ? (await sounds.inOrder([...all], sort.by, sort.order)).slice(0, MAX_RESULTS)
        : all.slice(-MAX_RESULTS).reverse();
    return ranking(
      Array.from(keys, (key) => ({ key, hit: undefined, relevance: null })),
      standing,
    );
  }

  /** In the order of the keyword index, which knows more than the share of words found. */
  private async rankByWords(
    request: SearchRequest,
    hits: readonly KeywordHit[],
    { viewer, standing }: Sight,
  ): Promise<Ranking> {
    const unwanted = new Set((await this.unwantedWords(viewer, request)).map(({ soundKey }) => soundKey));
    return ranking(
      hits
        .filter(({ soundKey }) => !unwanted.has(soundKey))
        .map((hit) => ({ key: hit.soundKey, hit, relevance: keywordRelevance(hit) })),
      standing,
    );
  }

  private async rankBySound(
    request: SearchRequest,
    underway: Promise<QueryTerm[]>,
    hits: KeywordHit[],
    { viewer, change, hidden, standing }: Sight,
  ): Promise<Ranking> {
    const { texts } = this.parts;
    const sounds = this.parts.sounds(viewer);
    const allow = await sounds.keysMatching(request.filters);
    const terms = await underway;
    const wanted = terms.filter(({ weight }) => weight > 0);
    const alike = new Set(standing.withCopies(wanted.flatMap(({ soundKey }) => soundKey ?? [])));
    const shown = hits.filter(({ soundKey }) => !alike.has(soundKey));
    const unwanted = terms.filter(({ weight }) => weight < 0);
    // Sounds without matching words keep their order: this many are enough to know the page for certain.
    const enough = Math.max(request.sort ? LEAST_SORTED : LEAST_COUNTED, request.offset + request.limit) + shown.length;
    const comparing = await this.comparing(wanted, change);
    // The example lacks all that it was to be compared by.
    if (!comparing && wanted.length > 0 && overallOf(wanted) === 0) return ranking([], standing);
    const pool = Math.max(unwanted.length > 0 ? LEAST_POOL : 0, comparing ? ASPECT_POOL : 0);
    const limit = Math.max(pool, enough);
    const include = shown.map(({ soundKey }) => soundKey);
    // A copy with matching words may be the better answer: which one is shown is told when all is known.
    const named = new Set(include);
    const except = [...alike, ...standing.hidden(allow).filter((key) => !alike.has(key) && !named.has(key))];
    // With filters `allow` has none of these.
    if (allow === null) for (const key of hidden) except.push(key);
    const filter = { among: allow, except };
    const near = (await comparing?.nearest(Math.max(ASPECT_POOL, enough), filter)) ?? [];
    const reach = { limit, filter, include: [...new Set([...include, ...near])] };
    const [only] = wanted;
    const compound = wanted.length === 1 ? only?.compound : undefined;
    // By aspects a recording is compared as a whole: with itself there is nothing to compare.
    const elsewhere = comparing ? [] : elsewhereIn(wanted).filter(({ key }) => allow === null || allow.includes(key));
    const found =
      compound?.join === 'then'
        ? await this.hearInOrder(compound.terms, reach)
        : compound
          ? await this.hearEither(compound.terms, reach)
          : wanted.length > 0
            ? await this.hear(wanted, queryVector(vectorTerms(wanted), texts), reach, elsewhere)
            : await this.hearAllBut(unwanted, reach);
    if (comparing) weighAspects(comparing, overallOf(wanted), found.hits);

    const hitByKey = new Map(shown.map((hit) => [hit.soundKey, hit]));
    const candidates = new Map<SoundKey, Candidate>();
    for (const candidate of found.hits) candidates.set(candidate.key, candidate);
    const withoutEmbedding = include.filter((key) => !candidates.has(key));
    for (const key of withoutEmbedding) candidates.set(key, unranked(key, null, null, NOTHING));
    for (const { soundKey } of shown) candidates.get(soundKey)!.hit = hitByKey.get(soundKey);

    if (wanted.length > 0) await this.takeAway(unwanted, queryVector(wanted, texts), candidates);
    await this.takeAwayWords(viewer, request, candidates);
    for (const candidate of candidates.values()) {
      candidate.rank = evidence(candidate.logit, candidate.hit);
      candidate.relevance = relevanceOf(candidate.rank);
    }
    const sorted = [...candidates.values()].sort(byRank);
    const collapsed = standing.collapse(sorted);
    const repeated = sorted.length - collapsed.length;
    return {
      candidates: collapsed,
      total: Math.min(MAX_RESULTS, found.total + withoutEmbedding.length - repeated),
      average: found.average,
      wanted: wanted
        .flatMap((term) => term.compound?.terms ?? [term])
        .map((term) => ({ ...term, scale: this.scaleFor([term], term.vector, UNKNOWN) })),
      wordsOnly: null,
    };
  }

  /** @param elsewhere what of the examples themselves may be found too */
  private async hear(
    wanted: readonly QueryTerm[],
    vector: Float32Array,
    reach: Reach,
    elsewhere: readonly Elsewhere[] = [],
  ): Promise<HeardAll> {
    const searching = this.parts.index.search({ ...reach, vector, matchesPerSound: WINDOWS_PER_SOUND });
    // It is remembered for the scale, and worked out while the index searches in a thread.
    this.cohortOf(vector);
    const found = await searching;
    const scale = this.scaleFor(wanted, vector, await this.backgroundOf(vector, found));
    const hits = found.hits.map((hit) => unranked(hit.soundKey, hit.score, scale.logit(hit.score), hit));
    for (const { key, windows } of elsewhere) {
      const matches = windows
        .map((window) => ({ startS: window.startS, endS: window.endS, score: cosine(vector, window.vector) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, WINDOWS_PER_SOUND);
      const { score } = matches[0]!;
      hits.push(unranked(key, score, scale.logit(score), { matches }));
    }
    return { hits, total: found.total + elsewhere.length, average: scale.mean };
  }

  /** Nothing is wanted but that it is not this: the odds are those of not being it. */
  private async hearAllBut(unwanted: readonly QueryTerm[], reach: Reach): Promise<HeardAll> {
    const away = queryVector(unwanted, this.parts.texts);
    const found = await this.parts.index.search({ ...reach, vector: away, matchesPerSound: WINDOWS_PER_SOUND });
    const vector = away.map((value) => -value);
    const filter = { among: Int32Array.from(found.hits, ({ soundKey }) => soundKey).sort() };
    const like = await this.parts.index.search({ vector, filter, limit: filter.among.length, matchesPerSound: 1 });
    const scale = this.scaleFor(unwanted, vector, await this.backgroundOf(vector, like));
    const likeness = new Map(like.hits.map(({ soundKey, score }) => [soundKey, scale.logit(score)]));
    const hits = found.hits.map((hit) => unranked(hit.soundKey, hit.score, -(likeness.get(hit.soundKey) ?? 0), hit));
    return { hits, total: found.total, average: -scale.mean };
  }

  private async backgroundOf(vector: Float32Array, { background }: VectorAnswer): Promise<Background> {
    return background ?? (await this.parts.index.sampleScores(vector));
  }

  /** Each sound by the alternative that it is likeliest to be. */
  private async hearEither(alternatives: readonly QueryTerm[], reach: Reach): Promise<HeardAll> {
    const heard: HeardAll[] = [];
    for (const term of alternatives) heard.push(await this.hear([term], term.vector, reach));
    const best = new Map<SoundKey, Candidate>();
    for (const hit of heard.flatMap(({ hits }) => hits)) {
      const known = best.get(hit.key);
      if (!known || (hit.logit ?? -Infinity) > (known.logit ?? -Infinity)) best.set(hit.key, hit);
    }
    const averages = heard.map(({ average }) => average);
    return {
      hits: [...best.values()],
      total: Math.max(...heard.map(({ total }) => total)),
      average: averages.reduce((sum, average) => sum + average, 0) / averages.length,
    };
  }

  /** Sounds in which the steps follow each other, looked for among the likeliest of each. */
  private async hearInOrder(steps: readonly QueryTerm[], reach: Reach): Promise<HeardAll> {
    const limit = Math.max(reach.limit, SEQUENCE_POOL);
    const pool = new Set<SoundKey>();
    let total = 0;
    for (const { vector } of steps) {
      const found = await this.parts.index.search({ ...reach, limit, vector, matchesPerSound: 1 });
      for (const { soundKey } of found.hits) pool.add(soundKey);
      total = Math.max(total, found.total);
    }
    const allow = Int32Array.from(pool).sort();
    const heard: Map<SoundKey, Step[]>[] = [];
    let average = 0;
    for (const term of steps) {
      const filter = { among: allow };
      const search = { vector: term.vector, filter, limit: allow.length, matchesPerSound: WINDOWS_FOR_ORDER };
      const found = await this.parts.index.search(search);
      const scale = this.scaleFor([term], term.vector, UNKNOWN);
      average += scale.mean / steps.length;
      const windowsOf = new Map<SoundKey, Step[]>();
      for (const { soundKey, matches } of found.hits) {
        windowsOf.set(
          soundKey,
          matches.map((window) => ({ window, logit: scale.logit(window.score) })),
        );
      }
      heard.push(windowsOf);
    }
    const hits = Array.from(allow).flatMap((key): Candidate[] => {
      const found = sequenceIn(heard.map((windowsOf) => windowsOf.get(key) ?? []));
      if (!found) return [];
      const { logit, windows } = found;
      const score = Math.min(...windows.map((window) => window.score));
      return [{ ...unranked(key, score, logit, { matches: windows }), inOrder: true }];
    });
    return { hits, total, average };
  }

  /** Lowers the odds of what sounds like the unwanted, the more the surer it is that it does. */
  private async takeAway(
    unwanted: readonly QueryTerm[],
    wanted: Float32Array,
    candidates: Map<SoundKey, Candidate>,
  ): Promise<void> {
    const among = Int32Array.from(candidates.keys());
    for (const term of unwanted) {
      const { weight, kind } = term;
      const vector = kind === 'text' ? apartFrom(wanted, term.vector) : term.vector;
      const filter = { among };
      const answer = await this.parts.index.search({ vector, filter, limit: among.length, matchesPerSound: 1 });
      const scale = this.scaleFor([term], vector, await this.backgroundOf(vector, answer));
      for (const { soundKey, score } of answer.hits) {
        const candidate = candidates.get(soundKey);
        const excess = scale.logit(score) - UNWANTED_FROM[kind];
        if (!candidate || candidate.logit === null) continue;
        candidate.logit += weight * (kind === 'text' ? softplus(excess) : Math.max(0, excess));
      }
    }
  }

  private async takeAwayWords(
    viewer: Viewer,
    request: SearchRequest,
    candidates: Map<SoundKey, Candidate>,
  ): Promise<void> {
    for (const { soundKey, coverage, weight } of await this.unwantedWords(viewer, request)) {
      const candidate = candidates.get(soundKey);
      if (!candidate) continue;
      if (candidate.logit !== null) candidate.logit += weight * UNWANTED_WORDS * coverage;
      candidate.hit = undefined;
    }
  }

  private async unwantedWords(
    viewer: Viewer,
    { text, filters, mode }: SearchRequest,
  ): Promise<(KeywordHit & { weight: number })[]> {
    if (mode === 'semantic') return [];
    const found: (KeywordHit & { weight: number })[] = [];
    for (const part of text.filter(({ weight }) => weight < 0)) {
      const hits = await this.parts.keywords(viewer).search(part.text, filters, MAX_RESULTS);
      found.push(...hits.map((hit) => ({ ...hit, weight: part.weight })));
    }
    return found;
  }

  /** What examples are to be like in aspects; null where nothing of the kind was asked for, or can be. */
  private async comparing(wanted: readonly QueryTerm[], change: number): Promise<Comparing | null> {
    const comparisons: Comparison[] = [];
    for (const { soundKey, aspects, weight } of wanted) {
      if (soundKey === undefined || !aspects) continue;
      const comparison = comparisonBy(await this.parts.aspects.of(soundKey, change), aspects, weight);
      if (comparison) comparisons.push(comparison);
    }
    return comparisons.length > 0 ? this.parts.aspects.comparing(comparisons, change) : null;
  }

  private queryTermsOf(viewer: Viewer, request: SearchRequest, change: () => Awaitable<number>): Promise<QueryTerm[]> {
    const { texts, examples } = this.parts;
    return queryTermsOf(request, { texts, example: async (id) => examples.get(viewer, id, await change()) });
  }

  /** Examples alone are judged by similarity, anything with words by how far it stands out. */
  private scaleFor(terms: readonly QueryTerm[], vector: Float32Array, library: Background): Scale {
    const { info } = this.parts.texts;
    const expected = combinedBackground(this.cohortOf(vector), library);
    const examples = terms.filter(({ kind }) => kind === 'sound').length;
    if (examples > 0 && examples === terms.length) return similarityScale(expected);
    // Cosines between sounds are of another size than those that the model's calibration speaks of.
    return wordScale(expected, examples > 0 ? { ...info.calibration, rawShare: 0 } : info.calibration);
  }

  private cohortOf(vector: Float32Array): Background {
    const { background, info } = this.parts.texts;
    return cohortBackground(vector, background, info.calibration);
  }
}

/** A recording of which a part is searched with, and its windows (at least one) that have nothing of any such part. */
interface Elsewhere {
  key: SoundKey;
  windows: NonNullable<QueryTerm['elsewhere']>;
}

function elsewhereIn(wanted: readonly QueryTerm[]): Elsewhere[] {
  const free = new Map<SoundKey, Elsewhere['windows']>();
  for (const { soundKey, elsewhere = [] } of wanted) {
    if (soundKey === undefined) continue;
    const starts = new Set(elsewhere.map(({ startS }) => startS));
    free.set(
      soundKey,
      (free.get(soundKey) ?? elsewhere).filter(({ startS }) => starts.has(startS)),
    );
  }
  return Array.from(free, ([key, windows]) => ({ key, windows })).filter(({ windows }) => windows.length > 0);
}

/** How much it counts how all of these sound as a whole. */
const overallOf = (wanted: readonly QueryTerm[]): number =>
  wanted.reduce((sum, { aspects, weight }) => sum + weight * (aspects?.overall ?? 1), 0);

/** The terms that say how it is to sound as a whole, as much as they do; all where none does. */
function vectorTerms(wanted: readonly QueryTerm[]): readonly QueryTerm[] {
  const counting = wanted.flatMap((term) => {
    const weight = term.weight * (term.aspects?.overall ?? 1);
    return weight > 0 ? [{ ...term, weight }] : [];
  });
  return counting.length > 0 ? counting : wanted;
}

/** The odds of each are the mean of those by the whole and by the aspects, each as much as it counts. */
function weighAspects(comparing: Comparing, overall: number, hits: readonly Candidate[]): void {
  for (const hit of hits) {
    hit.logit = (overall * (hit.logit ?? 0) + comparing.of(hit.key)) / (overall + comparing.weight);
  }
}

const unranked = (key: SoundKey, score: number | null, logit: number | null, heard: Heard): Candidate => ({
  key,
  score,
  heard,
  inOrder: false,
  logit,
  hit: undefined,
  rank: 0,
  relevance: 0,
});

/** Sounds that were not listened to, best first. */
function ranking(found: Pick<Candidate, 'key' | 'hit' | 'relevance'>[], standing: Representatives): Ranking {
  const all = found.map((one, position): Candidate => ({
    ...one,
    score: null,
    heard: NOTHING,
    inOrder: false,
    logit: null,
    rank: -position,
  }));
  const candidates = standing.collapse(all);
  return { candidates, total: candidates.length, average: 0, wanted: [], wordsOnly: null };
}

const byRank = (a: Candidate, b: Candidate): number =>
  b.rank - a.rank || (b.score ?? -1) - (a.score ?? -1) || a.key - b.key;
