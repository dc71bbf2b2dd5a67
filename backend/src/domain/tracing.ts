/** Where a trace is, for whoever goes on with it elsewhere: the headers of W3C Trace Context. */
export interface TraceContext {
  traceparent: string;
  tracestate?: string;
}

export type StepFacts = Record<string, string | number | boolean>;

/** A step of a trace, while it is under way. */
export interface Step {
  rename(name: string): void;
  note(facts: StepFacts): void;
  /** For what fails without throwing. */
  fail(): void;
}

/** A step that was made elsewhere, in a browser, with the ids that it has there. Times in milliseconds, the start since 1970. */
export interface ToldStep {
  traceId: string;
  spanId: string;
  /** The step that it is below; null at the top of its trace. */
  parentId: string | null;
  name: string;
  /** It called the server. */
  call: boolean;
  startMs: number;
  durationMs: number;
  failed: boolean;
  facts: StepFacts;
}

export interface StepOptions {
  /** It answers a request, hands work to others, or does what others have handed over. */
  kind?: 'server' | 'producer' | 'consumer';
  /** The trace that it goes on with; otherwise the one that is under way here, or a new one. */
  from?: TraceContext | null;
  facts?: StepFacts;
}

/**
 * Notes what happens, and how long it takes, for a program that shows it: each step below the one that it happens in. There is
 * none (null) unless one is wished for.
 */
export interface Tracing {
  /** Does the work as a step; what it throws is noted and thrown. */
  step<T>(name: string, work: (step: Step) => Promise<T>, options?: StepOptions): Promise<T>;
  /** A step that ends when it is told to, once; what happens meanwhile is not below it. */
  begin(name: string): { end(error?: unknown): void };
  /** A step that lasts from the first thing that is asked of a stream until its end; notes how long others waited for it. */
  stream<T>(name: string, source: AsyncIterable<T>, facts?: StepFacts): AsyncIterable<T>;
  /** The step that is under way; null outside of any. */
  here(): TraceContext | null;
  /** Passes on what pages say that they did. */
  tell(steps: readonly ToldStep[]): void;
  /** Of the traces that begin in pages, the share that is wanted: 0 to 1. */
  readonly share: number;
}
