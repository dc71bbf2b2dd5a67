import type { TraceContext } from '../tracing.js';

/** A job that a worker elsewhere has, and the token by which it says so. */
export interface Held {
  jobId: string;
  token: string;
}

export interface RemoteDelivery extends Held {
  /** 1 for the first. */
  attempt: number;
  /** No further attempt follows if this one fails. */
  lastAttempt: boolean;
  /** The trace that the work goes on with, where there is one. */
  trace?: TraceContext;
}

/** The queue for workers that reach only this server. What they hold goes back by itself when they are not heard of. */
export interface RemoteQueue {
  /** The next job of a sound; null when there is none. @throws DomainError `queue_unavailable` */
  take(): Promise<RemoteDelivery | null>;
  /** Holds it a while longer. False when another has it by now. */
  hold(job: Held): Promise<boolean>;
  finish(job: Held): Promise<void>;
  /** Has it tried again later. */
  again(job: Held): Promise<void>;
}
