import { setTimeout as pause } from 'node:timers/promises';
import {
  merged,
  subjectOf,
  type AppEvent,
  type EventLog,
  type EventSink,
  type StampedEvent,
} from '../../domain/events.js';
import { connect, FAIL_FAST, PATIENT, prefixOf, type RedisClient, type RedisConnection } from './connection.js';

const streamOf = (connection: RedisConnection): string => `${prefixOf(connection)}:events`;
const FIELD = 'event';
/** Events that can be told again to somebody who was away. */
const KEPT = 10_000;
/** What happens to one thing within this time is told as one; the first is told at once. */
const GATHER_MS = 50;
const BATCH = 500;
const RETRY_MS = 500;
/** How long a reader waits for the next event before it looks whether the stream is still the one it knew. */
const BLOCK_MS = 5_000;
const START = '0-0';

type Entry = [id: string, fields: string[]];

/** What XADD is given to add an event to the stream that all processes read. */
const entryOf = (stream: string, event: AppEvent) =>
  [stream, 'MAXLEN', '~', KEPT, '*', FIELD, JSON.stringify(event)] as const;

/** Tells an event that nobody may miss. @throws what Redis says */
export async function addEvent(redis: RedisClient, connection: RedisConnection, event: AppEvent): Promise<void> {
  await redis.xadd(...entryOf(streamOf(connection), event));
}

/**
 * The events of all processes in a stream of Redis, which gives them their ids. What cannot be told while Redis is away is told
 * in this process at once, and to the others when it is back; nobody waits for it.
 */
export class RedisEventLog implements EventSink, EventLog {
  readonly #connection: RedisConnection;
  readonly #stream: string;
  readonly #gatherMs: number;
  readonly #kept: number;
  readonly #writing: RedisClient;
  readonly #outbox = new Map<string, AppEvent>();
  /** Of the outbox, what listeners of this process know already. */
  readonly #toldHere = new Set<AppEvent>();
  #flushing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #lastFlush = -Infinity;

  #reading: RedisClient | null = null;
  readonly #listeners = new Set<(told: StampedEvent) => void>();
  /** The newest events, oldest first. */
  #events: StampedEvent[] = [];
  #latest = '';
  /** All events after this one are among the newest. */
  #from = '';
  #closed = false;

  /** @param options.kept events that can be told again, in this process; shorter times and fewer events are for tests */
  constructor(options: { connection: RedisConnection; gatherMs?: number; kept?: number }) {
    this.#connection = options.connection;
    this.#stream = streamOf(options.connection);
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
    this.#kept = options.kept ?? KEPT;
    this.#writing = connect(options.connection, FAIL_FAST);
    this.#writing.on('ready', () => this.#schedule(0));
  }

  tell(event: AppEvent): void {
    const subject = subjectOf(event);
    if (this.#outbox.size >= KEPT && !this.#outbox.has(subject)) {
      this.#outbox.clear();
      this.#toldHere.clear();
      this.#outbox.set('reset', { kind: 'reset' });
    } else if (!this.#outbox.has('reset')) {
      this.#outbox.set(subject, merged(this.#outbox.get(subject), event));
    }
    this.#schedule(this.#lastFlush + this.#gatherMs - performance.now());
  }

  subscribe(listener: (told: StampedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to hear what is told. */
  listen(): void {
    this.#reading ??= connect(this.#connection, PATIENT);
    void this.#read(this.#reading);
  }

  latestId(): string {
    return this.#latest;
  }

  since(id: string): readonly StampedEvent[] | null {
    if (!/^\d{1,15}-\d{1,15}$/.test(id) || this.#latest === '') return null;
    if (isBefore(id, this.#from) || isBefore(this.#latest, id)) return null;
    const first = this.#events.findIndex((told) => isBefore(id, told.id));
    return first < 0 ? [] : this.#events.slice(first);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#reading?.disconnect();
    clearTimeout(this.#timer);
    await this.#flushing;
    if (this.#outbox.size > 0) await this.#send().catch(() => undefined);
    this.#writing.disconnect();
  }

  #schedule(waitMs: number): void {
    if (this.#timer !== undefined || this.#flushing || this.#outbox.size === 0 || this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#flushing = this.#flush();
      },
      Math.max(0, waitMs),
    );
    this.#timer.unref();
  }

  async #flush(): Promise<void> {
    let waitMs = this.#gatherMs;
    try {
      await this.#send();
    } catch {
      this.#tellHere();
      waitMs = RETRY_MS;
    }
    this.#lastFlush = performance.now();
    this.#flushing = null;
    this.#schedule(waitMs);
  }

  /** Sends what waits. @throws when Redis does not take it: what was not sent goes on waiting */
  async #send(): Promise<void> {
    while (this.#outbox.size > 0) {
      const batch = [...this.#outbox].slice(0, BATCH);
      const pipeline = this.#writing.pipeline();
      for (const [, event] of batch) pipeline.xadd(...entryOf(this.#stream, event));
      const failure = ((await pipeline.exec()) ?? []).find(([error]) => error)?.[0];
      if (failure) throw failure;
      for (const [subject, event] of batch) {
        this.#toldHere.delete(event);
        if (this.#outbox.get(subject) === event) this.#outbox.delete(subject);
      }
    }
  }

  #tellHere(): void {
    for (const event of this.#outbox.values()) {
      if (this.#toldHere.has(event)) continue;
      this.#toldHere.add(event);
      this.#hand({ id: '', event });
    }
  }

  #hand(told: StampedEvent): void {
    for (const listener of [...this.#listeners]) listener(told);
  }

  async #read(redis: RedisClient): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#latest === '') await this.#catchUp(redis);
        const answer = await redis.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', this.#stream, this.#latest);
        if (answer) for (const entry of answer[0]![1]) this.#take(entry);
        else await this.#lookForLoss(redis);
      } catch {
        if (!this.#closed) await pause(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** What was told before this process began: somebody may have been away just then. */
  async #catchUp(redis: RedisClient): Promise<void> {
    const entries = (await redis.xrevrange(this.#stream, '+', '-', 'COUNT', this.#kept)) as Entry[];
    this.#events = entries.reverse().flatMap(stamped);
    this.#from = entries[0]?.[0] ?? START;
    this.#latest = entries.at(-1)?.[0] ?? START;
  }

  #take(entry: Entry): void {
    this.#latest = entry[0];
    for (const told of stamped(entry)) {
      this.#events.push(told);
      this.#hand(told);
    }
    if (this.#events.length > this.#kept * 1.1) {
      this.#events = this.#events.slice(-this.#kept);
      this.#from = this.#events[0]!.id;
    }
  }

  /** A Redis that lost its data counts anew: what was told meanwhile is not known. */
  async #lookForLoss(redis: RedisClient): Promise<void> {
    const [top] = (await redis.xrevrange(this.#stream, '+', '-', 'COUNT', 1)) as Entry[];
    if (!isBefore(top?.[0] ?? START, this.#latest)) return;
    await this.#catchUp(redis);
    this.#hand({ id: this.#latest, event: { kind: 'reset' } });
  }
}

/** Whether the first of two ids is the earlier one. */
function isBefore(one: string, other: string): boolean {
  const [ms, count] = one.split('-').map(Number) as [number, number];
  const [otherMs, otherCount] = other.split('-').map(Number) as [number, number];
  return ms < otherMs || (ms === otherMs && count < otherCount);
}

/** What another version of the program tells may be of a kind that this one does not know: nothing then. */
function stamped([id, fields]: Entry): StampedEvent[] {
  try {
    const event = JSON.parse(fields[1] ?? '') as AppEvent;
    return typeof event.kind === 'string' ? [{ id, event }] : [];
  } catch {
    return [];
  }
}
