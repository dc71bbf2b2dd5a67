import type { Config } from '../config.js';
import type { Seen } from '../domain/accounts/viewer.js';
import type { SoundAnalyzer } from '../domain/analysis/analysis.ports.js';
import type { AudioDecoder, AudioEmbedder } from '../domain/ingest/ingest.ports.js';
import type { Embedders } from '../domain/models/models.ports.js';
import type { AudioStore } from '../domain/library/library.ports.js';
import type { StepOptions, TraceContext, Tracing } from '../domain/tracing.js';
import { API_VERSION } from '../http/version.js';
import type { Logger } from '../observability/logger.js';

export type { Tracing };

/** What tells of traces, with what else a process needs of it; null unless they are to be sent somewhere. */
export async function openTracing(config: Config, part: string, logger: Logger) {
  if (!config.tracing) return null;
  // Only now: it is large, and few want it.
  const { OpenTelemetry } = await import('../observability/open-telemetry.js');
  return new OpenTelemetry({ service: `traum-engine-${part}`, version: API_VERSION, logger, ...config.tracing });
}

type MethodOf<Part> = {
  [Name in keyof Part]: Part[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Part];

/**
 * The same part, of which the named methods, which must answer with a promise or at once, are steps of a trace. Whatever is traced is so
 * from outside: no part knows of it, and where nobody wants traces it is the part itself.
 */
export function traced<Part extends object>(
  tracing: Tracing | null,
  part: Part,
  steps: Partial<Record<MethodOf<Part>, string>>,
  options?: StepOptions,
): Part {
  if (!tracing) return part;
  const names = new Map<PropertyKey, string>(Object.entries<string | undefined>(steps) as [string, string][]);
  return withMethods(part, (name, call) => {
    const step = names.get(name);
    return step === undefined ? call : (...args) => tracing.step(step, () => answerOf(() => call(...args)), options);
  });
}

type Call = (...args: unknown[]) => unknown;

/** A part, and what is called instead of each of its methods. */
function withMethods<Part extends object>(part: Part, instead: (name: PropertyKey, call: Call) => Call): Part {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return instead(name, (...args) => Reflect.apply(value, target, args));
    },
  });
}

/** As a promise, also where a part answers, or throws, at once. */
const answerOf = (call: () => unknown): Promise<unknown> => new Promise((resolve) => resolve(call()));

/** The same, of what each viewer has of a part. */
export const tracedSeen =
  <Part extends object>(tracing: Tracing | null, seen: Seen<Part>, steps: Partial<Record<MethodOf<Part>, string>>) =>
  (viewer: Parameters<Seen<Part>>[0]): Part =>
    traced(tracing, seen(viewer), steps);

export function tracedDecoder(tracing: Tracing | null, decoder: AudioDecoder): AudioDecoder {
  if (!tracing) return decoder;
  return { decode: (path, options) => tracing.stream('decode', decoder.decode(path, options)) };
}

function tracedEmbedder(tracing: Tracing, embedder: AudioEmbedder): AudioEmbedder {
  return {
    get info() {
      return embedder.info;
    },
    embedStream: (...args) =>
      tracing.stream('embed', embedder.embedStream(...args), { 'traum.model': embedder.info.id }),
    close: () => embedder.close(),
  };
}

export function tracedEmbedders(tracing: Tracing | null, embedders: Embedders): Embedders {
  if (!tracing) return embedders;
  return {
    open: (model) =>
      tracing.step('open model', async () => {
        const opened = await embedders.open(model);
        return { embedder: tracedEmbedder(tracing, opened.embedder), release: () => opened.release() };
      }),
  };
}

/** A job of the queue, in the trace in which it was handed over. */
export function tracedWork(
  tracing: Tracing | null,
  jobId: string,
  { attempt, trace }: { attempt: number; trace?: TraceContext | null },
  work: () => Promise<unknown>,
): Promise<unknown> {
  if (!tracing) return work();
  // Jobs are named for what they do: ingest-…, embed-…, analyse-….
  return tracing.step(
    `job ${/^[a-z]+/.exec(jobId)?.[0] ?? ''}`.trim(),
    async (step) => {
      const outcome = await work();
      if (typeof outcome === 'string') step.note({ 'traum.outcome': outcome });
      if (outcome === 'failed') step.fail();
      return outcome;
    },
    { kind: 'consumer', from: trace ?? null, facts: { 'traum.job.id': jobId, 'traum.job.attempt': attempt } },
  );
}

export const tracedAnalyzers =
  (tracing: Tracing | null, create: (sampleRateHz: number) => SoundAnalyzer) =>
  (sampleRateHz: number): SoundAnalyzer =>
    traced(tracing, create(sampleRateHz), { finish: 'analyse' });

/** Files that lie elsewhere take time until they are here. */
export function tracedStore(tracing: Tracing | null, store: AudioStore): AudioStore {
  if (!tracing) return store;
  const withLocalFile: AudioStore['withLocalFile'] = async (sha256, use) => {
    const fetching = tracing.begin('fetch file');
    try {
      return await store.withLocalFile(sha256, (path) => {
        fetching.end();
        return use(path);
      });
    } catch (error) {
      fetching.end(error);
      throw error;
    }
  };
  return withMethods(store, (name, call) => {
    if (name === 'withLocalFile') return withLocalFile as Call;
    return name === 'receive' ? (...args) => tracing.step('receive file', () => answerOf(() => call(...args))) : call;
  });
}
