import { randomUUID } from 'node:crypto';
import type { WorkerPulse, WorkerWatch } from '../../domain/telemetry/telemetry.types.js';
import { connect, FAIL_FAST, hear, pulseChannel, type RedisClient, type RedisConnection } from './connection.js';

const EVERY_MS = 5_000;
/** A worker that has missed this much is gone. */
const FORGET_MS = 16_000;

/** Tells all processes every few seconds that this worker lives, and what memory it takes. */
export class RedisWorkerPulse {
  private readonly redis: RedisClient;
  private readonly timer: NodeJS.Timeout;

  constructor(options: {
    connection: RedisConnection;
    memoryBytes: () => number;
    stages: () => WorkerPulse['stages'];
  }) {
    const id = randomUUID();
    this.redis = connect(options.connection, FAIL_FAST);
    const channel = pulseChannel(options.connection);
    const beat = (): void => {
      const pulse: WorkerPulse = { id, memoryBytes: options.memoryBytes(), stages: options.stages() };
      this.redis.publish(channel, JSON.stringify(pulse)).catch(() => undefined);
    };
    this.redis.once('ready', beat);
    this.timer = setInterval(beat, EVERY_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }
}

/** Hears the pulses of all workers. */
export class RedisWorkerWatch implements WorkerWatch {
  private readonly redis: RedisClient;
  private readonly heard = new Map<string, { pulse: WorkerPulse; at: number }>();

  constructor(options: { connection: RedisConnection }) {
    this.redis = hear(options.connection, pulseChannel(options.connection), (text) => {
      const pulse = parse(text);
      if (pulse) this.heard.set(pulse.id, { pulse, at: Date.now() });
    });
  }

  present(): WorkerPulse[] {
    const since = Date.now() - FORGET_MS;
    for (const [id, { at }] of this.heard) if (at < since) this.heard.delete(id);
    return [...this.heard.values()].map(({ pulse }) => pulse);
  }

  close(): void {
    this.redis.disconnect();
  }
}

/** What another version sends may look different: that is no pulse then. */
function parse(text: string): WorkerPulse | null {
  try {
    const { id, memoryBytes, stages = {} } = JSON.parse(text) as Partial<WorkerPulse>;
    return typeof id === 'string' && typeof memoryBytes === 'number' ? { id, memoryBytes, stages } : null;
  } catch {
    return null;
  }
}
