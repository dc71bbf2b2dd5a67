import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Log } from '../domain/log.js';
import type { Step, StepFacts, StepOptions, ToldStep, TraceContext, Tracing } from '../domain/tracing.js';

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };
/** What cannot be sent is said once in so long: the rest of the program goes on without. */
const SAY_AGAIN_MS = 10 * 60_000;
/** Nobody waits longer at the end for what is still to be sent. */
const CLOSE_MS = 3_000;

/**
 * Sends steps as spans by OTLP over HTTP to where the variables `OTEL_…` say; the SDK reads these itself. Loaded only where
 * somebody wants traces: it is large.
 */
export class OpenTelemetry implements Tracing {
  readonly share: number;
  private readonly provider: NodeTracerProvider;
  private readonly processor: BatchSpanProcessor;
  private readonly tracer;
  private readonly pages;

  constructor(options: { service: string; version: string; json: boolean; share: number; logger: Log }) {
    const { service, version, json, logger } = options;
    this.share = options.share;
    let saidAt = -Infinity;
    const complain = (message: string, ...more: unknown[]): void => {
      if (performance.now() - saidAt < SAY_AGAIN_MS) return;
      saidAt = performance.now();
      logger.warn({ detail: [message, ...more].map(inWords).join(' ').slice(0, 1000) }, 'traces cannot be sent');
    };
    const quiet = (): void => undefined;
    diag.setLogger(
      { error: complain, warn: complain, info: quiet, debug: quiet, verbose: quiet },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    this.processor = new BatchSpanProcessor(json ? new JsonExporter() : new ProtobufExporter());
    const resourceOf = (name: string, more: StepFacts = {}) =>
      defaultResource()
        .merge(resourceFromAttributes({ 'service.name': name, 'service.version': version, ...more }))
        .merge(detectResources({ detectors: [envDetector] }));
    this.pages = {
      resource: resourceOf('traum-engine-pages'),
      instrumentationScope: { name: 'traum-engine', version },
    };
    this.provider = new NodeTracerProvider({
      resource: resourceOf(service, { 'process.pid': process.pid }),
      spanProcessors: [this.processor],
    });
    this.provider.register();
    this.tracer = trace.getTracer('traum-engine', version);
  }

  async step<T>(name: string, work: (step: Step) => Promise<T>, options: StepOptions = {}): Promise<T> {
    const { kind, from, facts = {} } = options;
    const parent = from ? propagation.extract(ROOT_CONTEXT, from) : context.active();
    const span = this.span(name, parent, facts, kind && KINDS[kind]);
    try {
      return await context.with(trace.setSpan(parent, span), () => work(stepOf(span)));
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  begin(name: string): { end(error?: unknown): void } {
    const span = this.span(name, context.active(), {});
    return {
      end: (error) => {
        if (!span.isRecording()) return;
        if (error !== undefined) failed(span, error);
        span.end();
      },
    };
  }

  stream<T>(name: string, source: AsyncIterable<T>, facts: StepFacts = {}): AsyncIterable<T> {
    // Of where it was opened: whoever reads it may be a step beside.
    const parent = context.active();
    const begin = (): Span => this.span(name, parent, facts);
    return (async function* () {
      const span = begin();
      let waitedMs = 0;
      let askedAt = performance.now();
      try {
        for await (const each of source) {
          waitedMs += performance.now() - askedAt;
          yield each;
          askedAt = performance.now();
        }
        waitedMs += performance.now() - askedAt;
      } catch (error) {
        failed(span, error);
        throw error;
      } finally {
        span.setAttribute('traum.waited_ms', Math.round(waitedMs));
        span.end();
      }
    })();
  }

  here(): TraceContext | null {
    const carrier: Partial<TraceContext> = {};
    propagation.inject(context.active(), carrier);
    const { traceparent, tracestate } = carrier;
    return traceparent === undefined ? null : { traceparent, ...(tracestate && { tracestate }) };
  }

  tell(steps: readonly ToldStep[]): void {
    // They are over, and have their ids: no tracer makes such spans, so they go to what sends them as they are.
    for (const step of steps) {
      const contextOf = (spanId: string) => ({ traceId: step.traceId, spanId, traceFlags: TraceFlags.SAMPLED });
      const spanContext = contextOf(step.spanId);
      this.processor.onEnd({
        ...this.pages,
        name: step.name,
        kind: step.call ? SpanKind.CLIENT : SpanKind.INTERNAL,
        spanContext: () => spanContext,
        ...(step.parentId !== null && { parentSpanContext: { ...contextOf(step.parentId), isRemote: false } }),
        startTime: timeOf(step.startMs),
        endTime: timeOf(step.startMs + step.durationMs),
        duration: timeOf(step.durationMs),
        ended: true,
        status: { code: step.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
        attributes: step.facts,
        links: [],
        events: [],
        droppedAttributesCount: 0,
        droppedEventsCount: 0,
        droppedLinksCount: 0,
      });
    }
  }

  /** What a line of the log says of the step that it was written in. */
  readonly ids = (): { traceId?: string; spanId?: string } => {
    const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
    return traceId === undefined || spanId === undefined ? {} : { traceId, spanId };
  };

  /** Sends what is left. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  private span(name: string, parent: Context, attributes: StepFacts, kind = SpanKind.INTERNAL): Span {
    return this.tracer.startSpan(name, { kind, attributes }, parent);
  }
}

/** Seconds and nanoseconds, as the SDK has them. @param ms milliseconds */
const timeOf = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

const stepOf = (span: Span): Step => ({
  rename: (name) => void span.updateName(name),
  note: (facts) => void span.setAttributes(facts),
  fail: () => void span.setStatus({ code: SpanStatusCode.ERROR }),
});

function failed(span: Span, error: unknown): void {
  if (error instanceof Error) span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: inWords(error) });
}

const inWords = (value: unknown): string => (value instanceof Error ? value.message : String(value));
