import { setImmediate as nextTurn } from 'node:timers/promises';
import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import { FORGET_EVERY_MS, forgetOlderThan } from '../forgetting.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Log } from '../log.js';
import { Repeating } from '../repeating.js';
import type { QueryCount, UsageLog } from './usage.ports.js';
import { because } from '../reasons.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS };
const TOP = 10;
/** So many searches and plays each are kept at most, however short the time in which they came. */
const MAX_ROWS = 200_000;
/** A sound counts as played after so many seconds, or half of it. */
const PLAYED_AFTER_S = 5;

type Step = keyof typeof STEP_MS;

export interface UsagePoint {
  /** First moment of the hour, day or week, ISO 8601 UTC. */
  from: string;
  searches: number;
  unanswered: number;
  plays: number;
  uploads: number;
  /** Milliseconds; null without a search. */
  latencyMs: { p50: number; p95: number } | null;
}

export interface Usage {
  days: number;
  step: Step;
  searches: number;
  unanswered: number;
  plays: number;
  uploads: number;
  latencyMs: { p50: number; p95: number } | null;
  points: UsagePoint[];
  topQueries: QueryCount[];
  unansweredQueries: QueryCount[];
  topSounds: { sound: Sound; plays: number; lastAt: string }[];
  recorded: { on: boolean; keptDays: number; searches: number; plays: number; oldestAt: string | null };
}

/** What this installation is used for, from its own log; nothing of it leaves the machine. */
export class UsageService {
  private readonly forgetting: Repeating;

  /** @param parts.keptDays how long searches and plays are remembered; 0: nothing is recorded, and nothing kept */
  constructor(
    private readonly parts: {
      log: UsageLog;
      seen: Seen<UsageLog>;
      sounds: Seen<SoundRepository>;
      keptDays: number;
      leads: JobsService['leads'];
      logger: Log;
    },
  ) {
    this.forgetting = new Repeating({
      everyMs: FORGET_EVERY_MS,
      run: async () => {
        if (await parts.leads('usage')) await this.prune();
      },
      onFailure: (error) =>
        parts.logger.error({ err: error }, 'old searches and plays could not be forgotten; they are tried again'),
    });
  }

  /**
   * Searches, plays and uploads of the last `days` days, today included: by day, of one or two days by hour,
   * of more than a quarter of a year by week.
   * @param options.utcOffsetMin minutes that the asker's clock is ahead of UTC: where a day begins
   */
  async usage(actor: Actor, { days, utcOffsetMin }: { days: number; utcOffsetMin: number }): Promise<Usage> {
    demand(actor, 'read');
    const { seen, keptDays } = this.parts;
    const viewer = viewerOf(actor);
    const [log, sounds] = [seen(viewer), this.parts.sounds(viewer)];
    // Whoever runs the installation knows how much is done with it, though not what others search and keep.
    const figures = actor.rights.has('admin') ? this.parts.log : log;
    const step = stepFor(days);
    const stepMs = STEP_MS[step];
    const unitMs = step === 'hour' ? HOUR_MS : DAY_MS;
    const offsetMs = utcOffsetMin * 60_000;
    const end = (Math.floor((Date.now() + offsetMs) / unitMs) + 1) * unitMs - offsetMs;
    const first = end - Math.ceil((days * DAY_MS) / stepMs) * stepMs;
    const iso = (ms: number): string => new Date(ms).toISOString();

    const all: number[] = [];
    const points: UsagePoint[] = [];
    for (let at = first; at < end; at += stepMs) {
      const { latenciesMs, ...counts } = await figures.slice(iso(at), iso(at + stepMs));
      points.push({ from: iso(at), ...counts, latencyMs: latencyOf(latenciesMs) });
      for (const ms of latenciesMs) all.push(ms);
      // A year of a busy installation is a lot of rows: requests get their turn in between.
      if (points.length % 8 === 0) await nextTurn();
    }
    const sum = (key: 'searches' | 'unanswered' | 'plays' | 'uploads'): number =>
      points.reduce((total, point) => total + point[key], 0);
    const top = await log.topSounds(iso(first), TOP);
    const found = new Map(
      (await sounds.getByKeys(top.map(({ soundKey }) => soundKey))).map((one) => [one.soundKey, one]),
    );
    return {
      days,
      step,
      searches: sum('searches'),
      unanswered: sum('unanswered'),
      plays: sum('plays'),
      uploads: sum('uploads'),
      latencyMs: latencyOf(all),
      points,
      topQueries: await log.topQueries(iso(first), 'all', TOP),
      unansweredQueries: await log.topQueries(iso(first), 'unanswered', TOP),
      topSounds: top.flatMap(({ soundKey, ...rest }) => {
        const sound = found.get(soundKey);
        return sound ? [{ sound, ...rest }] : [];
      }),
      recorded: { on: keptDays > 0, keptDays, ...(await figures.counts()) },
    };
  }

  /**
   * A player reports that a sound was listened to. The same sound counts again only after the time that listening to it
   * takes, so that a report sent twice counts once. False when it does not count.
   * @throws DomainError `not_found`
   */
  async played(actor: Actor, soundId: string): Promise<boolean> {
    demand(actor, 'read');
    const sound = await this.parts.sounds(viewerOf(actor)).get(soundId);
    if (!sound) throw notFound('sound', soundId);
    if (this.parts.keptDays === 0) return false;
    const enough = Math.min(PLAYED_AFTER_S, (sound.durationS ?? Infinity) / 2);
    return this.parts.seen(viewerOf(actor)).recordPlay(sound.soundKey, enough);
  }

  /** Sounds that were listened to, the latest first. */
  async recentlyPlayed(actor: Actor, limit: number): Promise<{ sound: Sound; lastAt: string }[]> {
    demand(actor, 'read');
    const viewer = viewerOf(actor);
    const [log, sounds] = [this.parts.seen(viewer), this.parts.sounds(viewer)];
    const recent = await log.recentSounds(limit);
    const found = await sounds.getByKeys(recent.map(({ soundKey }) => soundKey));
    const lastAt = new Map(recent.map((one) => [one.soundKey, one.lastAt]));
    return found.map((sound) => ({ sound, lastAt: lastAt.get(sound.soundKey)! }));
  }

  /**
   * Forgets all searches and plays, or those before a moment.
   * @param before ISO 8601
   * @throws DomainError `invalid_input` for a moment in the future
   */
  async forget(actor: Actor, before?: string): Promise<{ searches: number; plays: number }> {
    demand(actor, 'admin');
    if (before !== undefined && Date.parse(before) > Date.now() + DAY_MS) {
      const message = 'must not lie in the future';
      throw new DomainError('invalid_input', because('usage_before_future'), {
        fields: [{ path: 'before', message }],
      });
    }
    return this.parts.log.forget(before);
  }

  /** Forgets what is too old, now and every hour, until stopped. */
  start(): void {
    this.forgetting.start();
  }

  stop(): Promise<void> {
    return this.forgetting.stop();
  }

  /** Forgets what is older than what is kept, and what is too much. */
  prune(): Promise<void> {
    const { log, keptDays } = this.parts;
    return forgetOlderThan(
      keptDays,
      (before, limit) => log.prune(before, MAX_ROWS, limit),
      () => this.forgetting.stopped,
    );
  }
}

function stepFor(days: number): Step {
  if (days <= 2) return 'hour';
  return days <= 92 ? 'day' : 'week';
}

/** By nearest rank. */
function latencyOf(latenciesMs: readonly number[]): { p50: number; p95: number } | null {
  if (latenciesMs.length === 0) return null;
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
  return { p50: at(0.5), p95: at(0.95) };
}
