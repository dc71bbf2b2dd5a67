import { demand, type Actor } from '../accounts/actor.js';
import { nameOfViewer, viewerOf, type Seen, type Viewer } from '../accounts/viewer.js';
import type { AspectIndex } from '../analysis/aspect.index.js';
import type { AspectWeights } from '../analysis/aspects.types.js';
import type { CopyRepository } from '../copies/copies.ports.js';
import { notFound } from '../errors.js';
import type { ModelInfo } from '../ingest/ingest.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound, SoundFilters, SoundKey } from '../library/library.types.js';
import { withRater } from '../library/own-ratings.js';
import type { MarkerRepository } from '../markers/markers.ports.js';
import type { MomentRefiner } from './moment.refiner.js';
import { KeptExamples, type KeptExamplesParts } from './kept.examples.js';
import { KeptSounds, type KeptSoundsParts, type ShownSound } from './kept.sounds.js';
import { momentsOf } from './moments.js';
import { notesSaying, type NoteHit } from './notes.js';
import { cleanRequest } from './query.js';
import {
  Ranker,
  WINDOWS_PER_SOUND,
  type Candidate,
  type RankerParts,
  type Ranking,
  type ScaledTerm,
} from './ranker.js';
import { saysAll, saysMost } from './fusion.js';
import { reasonsFor, searchedWords, type Reason, type SearchedWords } from './reasons.js';
import { shownRelevance, sigmoid, verdictFor, type QueryKind } from './relevance.js';
import { QueryReader, withTyped, type Asking, type ReaderParts, type ReadQuery } from './query.reader.js';
import { AnswerCache } from './answer.cache.js';
import type { ChangeCounter, SearchLine, SearchLog, SegmentSource, TextEmbedder } from './search.ports.js';
import type {
  HistoryEntry,
  Match,
  SearchAnswer,
  SearchMode,
  SearchRequest,
  SearchResult,
  Verdict,
} from './search.types.js';
import { sequenceIn } from './sequence.js';
import { Sights, type Sight, type SightParts } from './sights.js';
import { cosine } from './vectors.js';
import { nameOf, type QueryTerm } from './query-terms.js';

export interface SearchParts
  extends Omit<RankerParts & ReaderParts, 'examples'>, SightParts, KeptSoundsParts, KeptExamplesParts {
  aspects: AspectIndex;
  segments: SegmentSource;
  texts: TextEmbedder;
  sounds: Seen<SoundRepository>;
  copies: Seen<CopyRepository>;
  log: Pick<SearchLog, 'record'>;
  /** What the log holds for whoever asks. */
  history: Seen<Pick<SearchLog, 'recent' | 'delete' | 'clear'>>;
  changes: ChangeCounter;
  refiner: Pick<MomentRefiner, 'listen'>;
  markers: Pick<MarkerRepository, 'ofSounds'>;
}

export interface SimilarOptions {
  limit: number;
  /** Every copy of a sound as a result of its own. */
  showCopies?: boolean;
  aspects?: AspectWeights | undefined;
}

/** What a search found, with what its line in the history says. */
interface Found {
  answer: Omit<SearchAnswer, 'tookMs'>;
  topScore: number | null;
}

/** What was made of an answer, to be given again to whoever asks in the same words. */
interface Made {
  made: unknown;
  /** Null for a page that is not the first: the search was counted with that one. */
  line: Omit<SearchLine, 'tookMs'> | null;
  isKept: boolean;
}

/** The library as a search finds it. */
interface Moment {
  change: number;
  /** The vector index: unlike the library, it may be as before again, when it was filled anew. */
  index: string;
  /** Tells apart all that answers depend on. */
  state: string;
}

/** Pages of results that are kept while nothing changes; longer ones are for exports, which ask once. */
const ANSWERS_KEPT = 300;
const LONGEST_KEPT = 50;
const MINUTE_MS = 60 * 1000;

const minuteOf = ({ state }: Moment): string => `${state} ${Math.floor(Date.now() / MINUTE_MS)}`;

const asking = (actor: Actor, timeZone: string): Asking => ({
  viewer: viewerOf(actor),
  ownerId: actor.ownerId,
  timeZone,
});

/** Finds sounds by description, by example, by words in names and tags, or by all of these together. */
export class SearchService {
  private readonly ranker: Ranker;
  private readonly reader: QueryReader;
  private readonly shown: KeptSounds;
  private readonly examples: KeptExamples;
  private readonly sights: Sights;
  private readonly answers: AnswerCache<Found>;
  /** By how they were asked for, in each minute: words such as "in the last hour" are read by the clock. */
  private readonly dressed: AnswerCache<Made>;

  constructor(private readonly parts: SearchParts) {
    this.answers = new AnswerCache(ANSWERS_KEPT);
    this.dressed = new AnswerCache(ANSWERS_KEPT);
    this.shown = new KeptSounds(parts);
    this.sights = new Sights(parts);
    this.examples = new KeptExamples(parts);
    this.ranker = new Ranker({ ...parts, examples: this.examples });
    this.reader = new QueryReader({ ...parts, examples: this.examples });
  }

  /** What a text of the search box means here. Any text is valid. */
  async read(actor: Actor, typed: string, timeZone = 'UTC'): Promise<ReadQuery> {
    demand(actor, 'read');
    return this.reader.read(asking(actor, timeZone), typed, () => this.parts.changes.number());
  }

  /**
   * @throws DomainError `invalid_input` for an empty query, `not_found` for an example that does not exist, `not_ready`
   * for one that is still processed, `model_unavailable`.
   */
  async search(actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
    demand(actor, 'read');
    const started = performance.now();
    const { answer, line } = await this.answerTo(actor, request, await this.now());
    const tookMs = since(started);
    if (line) void this.record({ ...line, tookMs });
    return { ...answer, tookMs };
  }

  /**
   * As {@link search}, for what may be asked again in the same words: while nothing changes it is neither read nor looked
   * for nor made anew.
   * @param asked tells apart all that `ask` depends on, besides the library
   * @param ask with {@link read} as of when the search began
   */
  async repeatable<Answer>(
    actor: Actor,
    asked: string,
    ask: (
      read: (typed: string, timeZone: string) => Promise<ReadQuery>,
    ) => Promise<{ request: SearchRequest; make: (answer: Omit<SearchAnswer, 'tookMs'>) => Answer }>,
  ): Promise<{ answer: Answer; tookMs: number }> {
    demand(actor, 'read');
    const started = performance.now();
    const moment = await this.now();
    const find = async (): Promise<Made> => {
      const { request, make } = await ask((typed, timeZone) =>
        this.reader.read(asking(actor, timeZone), typed, () => moment.change),
      );
      const { answer, line, isKept } = await this.answerTo(actor, request, moment);
      return { made: make(answer), line, isKept };
    };
    const { made, line } = await this.dressed.get(
      minuteOf(moment),
      `${nameOfViewer(viewerOf(actor))} ${actor.ownerId} ${asked}`,
      find,
      ({ isKept }) => isKept,
    );
    const tookMs = since(started);
    if (line) void this.record({ ...line, tookMs });
    return { answer: made as Answer, tookMs };
  }

  /** Asked once for each search, before anything else: what it is answered with is of then or later. */
  private async now(): Promise<Moment> {
    const index = this.indexNow();
    const change = await this.parts.changes.number();
    return { change, index, state: `${index} ${change}` };
  }

  private indexNow(): string {
    const { state, seq } = this.parts.index.status();
    return `${state} ${seq}`;
  }

  private async answerTo(
    actor: Actor,
    request: SearchRequest,
    { state, change, index }: Moment,
  ): Promise<Pick<Found, 'answer'> & Pick<Made, 'line' | 'isKept'>> {
    const clean = cleanRequest({ ...request, filters: withRater(request.filters, actor.ownerId) });
    const words = wantedTexts(clean).join(' ');
    const mode: SearchMode = words === '' ? 'semantic' : clean.mode;
    const sight = await this.sights.of(viewerOf(actor), change);
    const find = (): Promise<Found> => this.find(sight, clean, words, mode);
    const mayBeKept = clean.clips.length === 0 && clean.limit <= LONGEST_KEPT;
    const isStill = (): boolean => this.indexNow() === index;
    const { answer, topScore } = await (mayBeKept
      ? this.answers.get(state, `${nameOfSight(sight, clean)} ${JSON.stringify(clean)}`, find, isStill)
      : find());
    const isKept = mayBeKept && isStill();
    const isRecorded = clean.offset === 0 && clean.recorded !== false;
    const line = { ownerId: actor.ownerId, query: clean.typed ?? words, mode, resultCount: answer.fitting, topScore };
    return { answer, line: isRecorded ? line : null, isKept };
  }

  private async find(sight: Sight, request: SearchRequest, words: string, mode: SearchMode): Promise<Found> {
    const ranking = await this.ranker.rank(sight, request, words, mode);
    const answer = await this.toAnswer(sight, request, ranking);
    return { answer, topScore: ranking.candidates[0]?.score ?? null };
  }

  /** Sounds like this one, without it. Not logged. */
  async similar(
    actor: Actor,
    soundId: string,
    { limit, showCopies = false, aspects }: SimilarOptions,
  ): Promise<SearchAnswer> {
    demand(actor, 'read');
    const started = performance.now();
    const like = [{ soundId, weight: 1, aspects }];
    const request = cleanRequest({
      text: [],
      like,
      clips: [],
      filters: {},
      mode: 'semantic',
      limit,
      offset: 0,
      showCopies,
    });
    const sight = await this.sights.of(viewerOf(actor), (await this.now()).change);
    const answer = await this.toAnswer(sight, request, await this.ranker.rank(sight, request, '', 'semantic'));
    return { ...answer, tookMs: since(started) };
  }

  /**
   * The moments of one sound that a text of the search box means, best first; the best is told as finely as the model hears.
   * None when the text describes nothing that could be heard, or the sound has no embeddings.
   * @throws DomainError `not_found` for a sound that does not exist, `model_unavailable`
   */
  async moments(actor: Actor, soundId: string, typed: string): Promise<Match[]> {
    demand(actor, 'read');
    const { segments, texts, refiner } = this.parts;
    const sound = await this.parts.sounds(viewerOf(actor)).get(soundId);
    if (!sound) throw notFound('sound', soundId);
    const given = { text: [], like: [], clips: [], filters: {}, mode: 'semantic' as const, limit: 1, offset: 0 };
    const request = cleanRequest(withTyped(given, typed, await this.read(actor, typed)));
    const meant = await this.ranker.meaning(viewerOf(actor), request, () => this.parts.changes.number());
    if (!meant) return [];
    const scored = (wanted: Float32Array, windows: Awaited<ReturnType<typeof segments.segmentsOf>>): Match[] =>
      windows.map(({ startS, endS, vector }) => ({ startS, endS, score: cosine(wanted, vector) }));
    const windows = await segments.segmentsOf(soundId, texts.info.key);
    if (windows.length === 0) return [];
    if (meant.join === 'then') return momentsInOrder(windows, meant.terms);
    // Of several alternatives the one that the sound is likeliest to be.
    const bestOf = ({ vector, scale }: ScaledTerm): number =>
      scale.logit(Math.max(...windows.map((window) => cosine(vector, window.vector))));
    const [likeliest] = [...meant.terms].sort((a, b) => bestOf(b) - bestOf(a));
    const vector = likeliest?.vector ?? meant.vector;
    const average = likeliest?.scale.mean ?? meant.average;
    const [best, ...others] = momentsOf(mostAlike(scored(vector, windows)), average);
    if (windows.length === 1 || !best) return best ? [best] : [];
    const [finer] = momentsOf(scored(vector, await refiner.listen(sound, best)), average);
    return [finer ? { ...best, startS: finer.startS, endS: finer.endS } : best, ...others];
  }

  async history(actor: Actor, limit: number): Promise<HistoryEntry[]> {
    demand(actor, 'read');
    return this.parts.history(viewerOf(actor)).recent(limit);
  }

  /** Without an id: all of it. False when there is no such entry. */
  async deleteHistory(actor: Actor, id?: number): Promise<boolean> {
    demand(actor, 'own');
    const history = this.parts.history(viewerOf(actor));
    if (id !== undefined) return history.delete(id);
    await history.clear();
    return true;
  }

  private async toAnswer(
    { viewer, change }: Sight,
    request: SearchRequest,
    ranking: Ranking,
  ): Promise<Found['answer']> {
    const { info } = this.parts.texts;
    const { total, average, wordsOnly } = ranking;
    const kind = kindOf(request);
    const fitting: Candidate[] = [];
    const rest: Candidate[] = [];
    for (const candidate of ranking.candidates) (fits(candidate, kind, info) ? fitting : rest).push(candidate);
    const candidates = [...(await this.inOrder(viewer, request, fitting)), ...rest];
    const page = candidates.slice(request.offset, request.offset + request.limit);
    const found = await this.shown.get(
      viewer,
      page.map(({ key }) => key),
      change,
    );
    const examples = await this.exampleNames(viewer, request, change);
    const words = searchedWords(wantedTexts(request).join(' '));
    // Of a single term it is known already how like it a sound is.
    const voices = ranking.wanted.length < 2 ? new Map<SoundKey, Float32Array[]>() : await this.voicesOf(found);
    const noted = await this.notesFor(request, page, words);
    const results = page.flatMap((candidate): SearchResult[] => {
      const shown = found.get(candidate.key);
      if (!shown) return [];
      const { sound, copies } = shown;
      const { score, inOrder } = candidate;
      const windows = candidate.heard.matches;
      const matches = inOrder ? windows : windows.length > 0 ? momentsOf(windows, average) : [];
      const notes = noted.get(candidate.key) ?? [];
      const told = reasons(
        request,
        this.bestTermsOf(candidate, voices.get(sound.soundKey) ?? [], ranking.wanted, kind),
        candidate,
        sound,
        words,
        notes,
      );
      const relevance = shownOf(candidate, kind, info);
      return [{ sound, copies, score, relevance, fits: fits(candidate, kind, info), matches, notes, reasons: told }];
    });
    return {
      query: [
        ...(request.typed === undefined
          ? request.text.map(({ text, weight }) => (weight < 0 ? `-${text}` : text))
          : [request.typed].filter(Boolean)),
        ...examples.map((name) => `like ${name}`),
      ].join(' '),
      model: info.id,
      total,
      fitting: fitting.length,
      moreFit: fitting.length === ranking.candidates.length && fitting.length < total,
      verdict: verdictOf(ranking.candidates, kind, info),
      wordsOnly,
      results,
    };
  }

  /** Those that fit, in the order that is asked for. */
  private async inOrder(
    viewer: Viewer,
    { sort }: SearchRequest,
    fitting: readonly Candidate[],
  ): Promise<readonly Candidate[]> {
    if (!sort || fitting.length === 0) return fitting;
    const byKey = new Map(fitting.map((candidate) => [candidate.key, candidate]));
    const keys = await this.parts.sounds(viewer).inOrder([...byKey.keys()], sort.by, sort.order);
    return keys.flatMap((key) => byKey.get(key) ?? []);
  }

  /** Which of several terms the sound is like by itself; the likeliest of them where it is like all of them together only. */
  private bestTermsOf(
    { logit }: Candidate,
    vectors: readonly Float32Array[],
    wanted: readonly ScaledTerm[],
    kind: QueryKind,
  ): readonly ScaledTerm[] {
    if (logit === null || verdictFor(sigmoid(logit), kind, this.parts.texts.info.calibration) === 'none') return [];
    if (wanted.length < 2) return wanted;
    const { texts } = this.parts;
    const scored = wanted.map((term) => ({
      term,
      logit: term.scale.logit(Math.max(-1, ...vectors.map((vector) => cosine(term.vector, vector)))),
    }));
    const best = Math.max(...scored.map((one) => one.logit));
    return scored
      .filter((one) => {
        const own = one.term.kind === 'text' ? 'words' : 'examples';
        return one.logit === best || verdictFor(sigmoid(one.logit), own, texts.info.calibration) !== 'none';
      })
      .map(({ term }) => term);
  }

  private async voicesOf(shown: ReadonlyMap<SoundKey, ShownSound>): Promise<Map<SoundKey, Float32Array[]>> {
    const { segments, texts } = this.parts;
    const voices = new Map<SoundKey, Float32Array[]>();
    for (const [key, { sound }] of shown) {
      const heard = await segments.segmentsOf(sound.id, texts.info.key);
      voices.set(
        key,
        heard.map(({ vector }) => vector),
      );
    }
    return voices;
  }

  /** The markers that have what was searched for, of those sounds that may have such. */
  private async notesFor(
    { text, filters: { phrases = [], notes = [] } }: SearchRequest,
    page: readonly Candidate[],
    words: SearchedWords,
  ): Promise<ReadonlyMap<SoundKey, NoteHit[]>> {
    const wanted = [...phrases, ...notes];
    const keys = page.filter(({ hit }) => wanted.length > 0 || hit?.fields.includes('notes')).map(({ key }) => key);
    if (keys.length === 0) return new Map();
    const said = text.length > 0 ? words : [];
    const markers = await this.parts.markers.ofSounds(keys);
    return new Map(Array.from(markers, ([key, all]) => [key, notesSaying(all, said, wanted)]));
  }

  private async exampleNames(viewer: Viewer, { like, clips }: SearchRequest, change: number): Promise<string[]> {
    const names: string[] = [];
    for (const { soundId } of like.filter(({ weight }) => weight > 0)) {
      const example = await this.examples.get(viewer, soundId, change);
      if (example) names.push(nameOf(example.sound));
    }
    return [...names, ...clips.filter(({ weight }) => weight > 0).map(({ name }) => name)];
  }

  /** A search by example alone has no text to remember. */
  private async record(line: SearchLine): Promise<void> {
    try {
      await this.parts.log.record(line);
    } catch {
      // A busy database must not cost the answer: only a line of the history is lost.
    }
  }
}

/** Those from whom nothing is kept share answers, unless collections are asked for: of a name each may see another one. */
const nameOfSight = ({ viewer, hidden }: Sight, { filters }: SearchRequest): string =>
  hidden.length === 0 && !namesCollections(filters) ? '*' : nameOfViewer(viewer);

const namesCollections = ({ collections = [], not = [] }: SoundFilters): boolean =>
  collections.length > 0 || not.some(namesCollections);

const since = (started: number): number => Math.round((performance.now() - started) * 10) / 10;

/** One moment for each step, in order of time. */
function momentsInOrder(
  windows: readonly { startS: number; endS: number; vector: Float32Array }[],
  steps: readonly ScaledTerm[],
): Match[] {
  const found = sequenceIn(
    steps.map(({ vector, scale }) =>
      windows.map((window) => {
        const score = cosine(vector, window.vector);
        return { window: { startS: window.startS, endS: window.endS, score }, logit: scale.logit(score) };
      }),
    ),
  );
  return found?.windows ?? [];
}

const mostAlike = (windows: Match[]): Match[] => windows.sort((a, b) => b.score - a.score).slice(0, WINDOWS_PER_SOUND);

const kindOf = (request: SearchRequest): QueryKind => (wantedTexts(request).length > 0 ? 'words' : 'examples');

/**
 * By the best; what merely meets the filters is what was asked for. Where nothing sounds like it, a name or tag that says
 * most of it is still an answer, and one that says all of it a good one.
 */
function verdictOf(candidates: readonly Candidate[], kind: QueryKind, { calibration }: ModelInfo): Verdict {
  const [best] = candidates;
  if (!best) return 'none';
  if (best.relevance === null || candidates.some(({ hit }) => hit && saysAll(hit))) return 'good';
  const verdict = verdictFor(best.relevance, kind, calibration);
  return verdict === 'none' && candidates.some(({ hit }) => hit && saysMost(hit)) ? 'weak' : verdict;
}

/** Whether there would be a verdict other than `none` of it alone. */
const fits = ({ relevance, hit }: Candidate, kind: QueryKind, { calibration }: ModelInfo): boolean =>
  relevance === null ||
  (hit !== undefined && (saysAll(hit) || saysMost(hit))) ||
  verdictFor(relevance, kind, calibration) !== 'none';

/** What merely words found is as relevant as they say. */
const shownOf = ({ relevance, score }: Candidate, kind: QueryKind, { calibration }: ModelInfo): number | null =>
  relevance === null || score === null ? relevance : shownRelevance(relevance, kind, calibration);

const wantedTexts = ({ text }: SearchRequest): string[] =>
  text.filter(({ weight }) => weight > 0).map((part) => part.text);

function reasons(
  request: SearchRequest,
  similar: readonly QueryTerm[],
  { logit, hit }: Candidate,
  sound: Sound,
  words: SearchedWords,
  notes: readonly NoteHit[],
): Reason[] {
  const named = (kind: QueryTerm['kind']): string[] =>
    similar.filter((term) => term.kind === kind).map(({ name }) => name);
  const texts = wantedTexts(request);
  const wanted = [...request.like, ...request.clips].filter(({ weight }) => weight > 0);
  const unlike =
    texts.length + wanted.length === 0 && logit !== null && verdictFor(sigmoid(logit), 'examples') !== 'none';
  const elsewhere = request.like.some(({ soundId, weight }) => weight > 0 && soundId === sound.id);
  const { phrases = [], title = [], filename = [], name = [], tags = [], minBpm, maxBpm } = request.filters;
  return reasonsFor(sound, {
    soundsLike: named('text'),
    similarTo: named('sound').filter((name) => !elsewhere || name !== nameOf(sound)),
    elsewhere,
    unlike: unlike ? request.text.map(({ text }) => text) : [],
    words,
    fields: texts.length > 0 ? (hit?.fields ?? []) : [],
    phrases: [...phrases, ...title, ...filename, ...name],
    notes: notes.map(({ text }) => text),
    tags,
    tempo: { minBpm, maxBpm },
  });
}
