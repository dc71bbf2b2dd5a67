import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SYSTEM } from '../domain/accounts/actor.js';
import type { AnalyticsService } from '../domain/analytics/analytics.service.js';
import type { TelemetryService } from '../domain/telemetry/telemetry.service.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** What Prometheus reads at `/metrics`. Figures of the library are taken when it asks. */
export class HttpMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'traum_http_request_duration_seconds',
    help: 'Time until a response begins, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #searches = new Histogram({
    name: 'traum_search_duration_seconds',
    help: 'Time of a search inside the server.',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers: [this.#registry],
  });

  readonly #uptime = this.#gauge('traum_uptime_seconds', 'Seconds since the API was started.');
  readonly #sounds = this.#gauge('traum_sounds', 'Sounds of the library by status.', 'status');
  readonly #jobs = this.#gauge('traum_jobs', 'Jobs by state.', 'state');
  readonly #index = this.#gauge('traum_index_size', 'What the vector index holds.', 'of');
  readonly #bytes = this.#gauge(
    'traum_bytes',
    'Stored audio, what is free on its disk, and the index in memory.',
    'of',
  );
  readonly #analytics: AnalyticsService;

  readonly #telemetry: Pick<TelemetryService, 'search'>;

  constructor(analytics: AnalyticsService, telemetry: Pick<TelemetryService, 'search'>) {
    this.#analytics = analytics;
    this.#telemetry = telemetry;
    collectDefaultMetrics({ register: this.#registry });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  search(kind: 'text' | 'advanced' | 'similar', tookMs: number): void {
    this.#searches.observe({ kind }, tookMs / 1000);
    this.#telemetry.search(tookMs);
  }

  async text(): Promise<{ contentType: string; body: string }> {
    await this.#refresh();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #gauge(name: string, help: string, label?: string): Gauge {
    return new Gauge({ name, help, labelNames: label ? [label] : [], registers: [this.#registry] });
  }

  async #refresh(): Promise<void> {
    const stats = await this.#analytics.stats(SYSTEM);
    this.#uptime.set(stats.uptimeS);
    for (const status of ['ready', 'processing', 'failed'] as const)
      this.#sounds.set({ status }, stats.library[status]);
    for (const state of ['queued', 'active', 'completed', 'failed'] as const)
      this.#jobs.set({ state }, stats.queue[state]);
    for (const of of ['segments', 'sounds'] as const) this.#index.set({ of }, stats.index[of]);
    this.#bytes.set({ of: 'audio' }, stats.library.sizeBytes);
    this.#bytes.set({ of: 'disk_free' }, stats.machine.diskFreeBytes);
    this.#bytes.set({ of: 'index' }, stats.index.memoryBytes);
  }
}
