import { setImmediate } from 'node:timers/promises';
import { demand, LOCAL_OWNER, type Actor } from '../accounts/actor.js';
import { changerOf, viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { OngoingJob } from '../jobs/ongoing.job.js';
import type { Log } from '../log.js';
import type { SegmentSource, TextEmbedder } from '../search/search.ports.js';
import { cosines, meanOf } from '../search/vectors.js';
import { Turns } from '../slices.js';
import { DEFAULT_VOCABULARY } from './default-vocabulary.js';
import { chooseTags, heardWord, prominence, spreadOf, type HeardWord } from './scoring.js';
import type { TagRepository } from './tagging.ports.js';
import type { AutoTag, StaleSound, TagCount, TaggingProgress, TagGroup, VocabularyEdits } from './tagging.types.js';
import { cleanEdits, vocabularyOf, type Vocabulary } from './vocabulary.js';

/** Lost notices are made good at this pace. */
const SWEEP_MS = 30_000;
/** Requests are answered in between pieces of work of about this length. */
const TURN_MS = 2;
/** Sounds saved together: their transaction takes a few milliseconds. */
const BATCH = 10;
/** A sweep over as many sounds is a job that people see, and how often it is told how far it is. */
const MANY = 20;
const REPORT_MS = 500;

export interface TaggingParts {
  tags: TagRepository;
  /** The same for whoever asks. */
  seen: Seen<Pick<TagRepository, 'counts' | 'forget' | 'progress'>>;
  segments: SegmentSource;
  texts: TextEmbedder;
  logger: Log;
  events: EventSink;
  jobs: Pick<JobsService, 'begin' | 'latest'>;
  sweepMs?: number;
}

/** The vocabulary as it stands. */
export interface VocabularyState extends VocabularyEdits {
  /** What the product brings, changed or not. */
  groups: readonly TagGroup[];
  version: string;
  progress: TaggingProgress;
}

/** The words of one vocabulary as one model understands them. */
export interface Bank {
  stamp: string;
  modelKey: string;
  words: HeardWord[];
  spread: number;
}

/**
 * Gives sounds tags by comparing their vectors with those of words; nothing is decoded or embedded again. Runs in the
 * process that answers requests, in pieces of a few milliseconds. What is left to do is in the database, so that it
 * goes on after a crash, a change of the vocabulary or of the model.
 */
export class TaggingService {
  readonly #parts: TaggingParts;
  readonly #fresh = new Set<string>();
  #cursor: number | null = null;
  /** How often the library was to be looked through from its beginning. */
  #sweeps = 0;
  /** How often the vocabulary was changed. */
  #edition = 0;
  #working: Promise<void> | null = null;
  #vocabulary: Vocabulary | null = null;
  #bank: Bank | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The job of a long sweep. */
  #job: OngoingJob | null = null;
  #reportedAt = -Infinity;
  /** Somebody said that this need not be done with these words and this model. */
  #halted: string | null = null;
  #stopped = false;

  constructor(parts: TaggingParts) {
    this.#parts = parts;
  }

  /** Tags what is stale, now and from time to time. */
  start(): void {
    this.sweep();
    this.#timer = setInterval(() => this.sweep(), this.#parts.sweepMs ?? SWEEP_MS);
    this.#timer.unref();
  }

  /** Resolves when the piece of work at hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  /** What can be done with jobs of this kind: a cancelled one rests until somebody wants it, or the words or the model change. */
  get handler(): JobHandler {
    return {
      resumes: true,
      retry: async (actor, { id }) => {
        demand(actor, 'edit');
        this.#halted = null;
        this.sweep();
        await this.#working;
        return (await this.#parts.jobs.latest(['tagging']))[0]?.id ?? id;
      },
    };
  }

  /** Looks through the whole library for stale sounds, in the background. */
  sweep(): void {
    this.#cursor = 0;
    this.#sweeps++;
    this.#wake();
  }

  /** Tags a sound that was just processed, before all others, in the background. */
  tagSoon(soundId: string): void {
    this.#fresh.add(soundId);
    this.#wake();
  }

  /** Resolves when nothing is left to do that is known of. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async vocabulary(actor: Actor): Promise<VocabularyState> {
    demand(actor, 'read');
    const { tags, seen } = this.#parts;
    const { ready, tagged } = await seen(viewerOf(actor)).progress(await this.#stamp(this.#parts.texts.info.key));
    return {
      ...(await tags.edits()),
      groups: DEFAULT_VOCABULARY,
      version: (await this.#words()).version,
      progress: { tagged, waiting: Math.max(0, ready - tagged) },
    };
  }

  /**
   * Sounds are tagged anew in the background.
   * @throws DomainError `invalid_input`
   */
  async changeVocabulary(actor: Actor, edits: VocabularyEdits): Promise<VocabularyState> {
    demand(actor, 'admin');
    await this.#parts.tags.saveEdits(cleanEdits(edits));
    this.#parts.events.tell({ kind: 'vocabulary' });
    this.refresh();
    return this.vocabulary(actor);
  }

  /** The words may have been changed by another process. */
  refresh(): void {
    this.#vocabulary = null;
    this.#edition++;
    this.sweep();
  }

  /** Tags sounds anew (null: all) in the background; with `rejected` also with tags that were rejected on them. */
  async retag(
    actor: Actor,
    soundIds: readonly string[] | null,
    options: { rejected: boolean },
  ): Promise<TaggingProgress & { notFound: string[] }> {
    demand(actor, 'edit');
    const notFound = await this.#parts.seen(changerOf(actor)).forget(soundIds, options);
    this.#halted = null;
    this.#parts.events.tell({ kind: 'vocabulary' });
    this.sweep();
    return { ...(await this.vocabulary(actor)).progress, notFound };
  }

  /** The tags of the library, from all sources, most used first. */
  async counts(actor: Actor, prefix: string, limit: number): Promise<{ items: TagCount[]; total: number }> {
    demand(actor, 'read');
    return this.#parts.seen(viewerOf(actor)).counts(prefix, limit);
  }

  async #words(): Promise<Vocabulary> {
    if (this.#vocabulary) return this.#vocabulary;
    const edition = this.#edition;
    const vocabulary = vocabularyOf(await this.#parts.tags.edits());
    // What was read while it changed may be the former one.
    if (edition === this.#edition) this.#vocabulary = vocabulary;
    return vocabulary;
  }

  async #stamp(modelKey: string): Promise<string> {
    return `${(await this.#words()).version} ${modelKey}`;
  }

  #wake(): void {
    if (this.#working || this.#stopped) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        // What was not done is found again by the next sweep.
        this.#cursor = null;
        this.#parts.logger.error({ err: error }, 'sounds could not be tagged');
      })
      .finally(() => {
        this.#working = null;
      });
  }

  async #work(): Promise<void> {
    // Whoever woke this goes on first.
    await setImmediate();
    while (!this.#stopped) {
      const { tags, texts } = this.#parts;
      const modelKey = texts.info.key;
      const stamp = await this.#stamp(modelKey);
      if (this.#fresh.size > 0) {
        const ids = [...this.#fresh].slice(0, BATCH);
        for (const id of ids) this.#fresh.delete(id);
        await this.#tag(await tags.staleAmong(stamp, modelKey, ids));
      } else if (this.#cursor !== null) {
        if (!(await this.#mayGoOn(stamp))) {
          this.#cursor = null;
          continue;
        }
        const sweep = this.#sweeps;
        const { sounds, cursor } = await tags.stale(stamp, modelKey, this.#cursor, BATCH);
        if (sweep === this.#sweeps) this.#cursor = cursor;
        await this.#tag(sounds);
        if (this.#cursor === null) this.#endJob();
      } else {
        return;
      }
      await setImmediate();
    }
  }

  /** A sweep over many sounds is a job, which one process does. @returns whether to go on */
  async #mayGoOn(stamp: string): Promise<boolean> {
    if (this.#job?.stopped) {
      this.#job = null;
      this.#halted = stamp;
    }
    if (this.#halted === stamp) return false;
    if (performance.now() - this.#reportedAt < REPORT_MS) return true;
    this.#reportedAt = performance.now();
    const { ready, tagged } = await this.#parts.tags.progress(stamp);
    if (!this.#job && ready - tagged < MANY) return true;
    this.#job ??= await OngoingJob.begin(this.#parts.jobs, { kind: 'tagging', subject: null, owner: LOCAL_OWNER });
    this.#job?.report({
      stage: 'tagging',
      progress: ready > 0 ? tagged / ready : 1,
      detail: { total: ready, done: tagged },
    });
    return this.#job !== null;
  }

  #endJob(): void {
    this.#job?.complete();
    this.#job = null;
    this.#reportedAt = -Infinity;
  }

  async #tag(sounds: readonly StaleSound[]): Promise<void> {
    if (sounds.length === 0) return;
    const bank = await this.bank();
    if (!bank) return;
    const results: { sound: StaleSound; tags: AutoTag[] }[] = [];
    const turns = new Turns(TURN_MS);
    for (const sound of sounds) {
      const vectors = (await this.#parts.segments.segmentsOf(sound.soundId, bank.modelKey)).map(({ vector }) => vector);
      if (vectors.length > 0) results.push({ sound, tags: await this.#tagsFor(vectors, bank, turns) });
    }
    const changed = await this.#parts.tags.save(bank.stamp, results);
    for (const soundId of changed) this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId });
    this.#parts.events.tell({ kind: 'tagging', soundIds: sounds.map(({ soundId }) => soundId) });
    this.#parts.logger.debug({ sounds: sounds.length, changed: changed.length }, 'sounds were tagged');
  }

  async #tagsFor(vectors: readonly Float32Array[], { words, spread }: Bank, turns: Turns): Promise<AutoTag[]> {
    const named = words.map(({ vector }) => vector);
    const scores: Float64Array[] = [];
    for (const vector of vectors) {
      scores.push(cosines(vector, named));
      await turns.next();
    }
    const prominences = words.map(({ background }, n) =>
      prominence(
        scores.map((ofWords) => ofWords[n]!),
        background.mean,
        spread,
      ),
    );
    await turns.next();
    return chooseTags(words, prominences, this.#parts.texts.info.calibration);
  }

  /** The words as the model of the moment understands them; kept until vocabulary or model change. Null when told to stop. */
  async bank(): Promise<Bank | null> {
    const { texts, logger } = this.#parts;
    const modelKey = texts.info.key;
    const vocabulary = await this.#words();
    const stamp = `${vocabulary.version} ${modelKey}`;
    if (this.#bank?.stamp === stamp) return this.#bank;
    const started = performance.now();
    const words: HeardWord[] = [];
    for (const { name, prompts } of vocabulary.words) {
      // One word at a time: a search does not wait behind the whole vocabulary.
      const vectors = await this.#embed(prompts);
      if (this.#stopped) return null;
      if (stamp !== (await this.#stamp(texts.info.key))) return this.bank();
      if (vectors.length > 0) words.push(heardWord(name, meanOf(vectors), texts.background, texts.info.calibration));
    }
    const unknown = vocabulary.words.length - words.length;
    const tookMs = Math.round(performance.now() - started);
    logger.info({ words: words.length, unknown, modelKey, tookMs }, 'the vocabulary for tags is ready');
    return (this.#bank = { stamp, modelKey, words, spread: spreadOf(words) });
  }

  /** Vectors of those texts of which the model makes something. */
  async #embed(prompts: readonly string[]): Promise<Float32Array[]> {
    const settled = await Promise.allSettled(prompts.map((prompt) => this.#parts.texts.embedTexts([prompt])));
    return settled.flatMap((outcome) => {
      if (outcome.status === 'fulfilled') return outcome.value;
      if (outcome.reason instanceof DomainError && outcome.reason.code === 'invalid_input') return [];
      throw outcome.reason;
    });
  }
}
