import type { StageTime } from '../ingest/stage.clock.js';

/** The system at one moment. Rates and latencies are those of the minute before it. */
export interface TelemetrySample {
  /** ISO 8601 UTC. */
  at: string;
  queued: number;
  active: number;
  /** Seconds of audio processed per second. */
  realTimeFactor: number;
  soundsPerMin: number;
  /** Resident memory of the API process. */
  serverMemoryBytes: number;
  /** The same of all workers together; null when none has been heard of. */
  workerMemoryBytes: number | null;
  workers: number;
  searches: number;
  /** Milliseconds; null without a search. */
  searchP50Ms: number | null;
  searchP95Ms: number | null;
}

/** A worker process that lives. */
export interface WorkerPulse {
  id: string;
  memoryBytes: number;
  /** Since it was started, by stage. */
  stages: Readonly<Record<string, StageTime>>;
}

/** Knows the worker processes that have been heard of lately, on whichever machine. */
export interface WorkerWatch {
  present(): WorkerPulse[];
}
