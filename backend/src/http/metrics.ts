import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AnalyticsService } from '../domain/analytics/analytics.service.js';

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

  constructor(analytics: AnalyticsService) {
    collectDefaultMetrics({ register: this.#registry });
    const gauge = (name: string, help: string, label: string): Gauge =>
      new Gauge({ name, help, labelNames: [label], registers: [this.#registry] });
    const sounds = gauge('traum_sounds', 'Sounds of the library by status.', 'status');
    const jobs = gauge('traum_jobs', 'Jobs by state.', 'state');
    const index = gauge('traum_index', 'Size of the vector index.', 'of');
    const bytes = gauge('traum_bytes', 'Bytes of stored audio, free on its disk, and of the index in memory.', 'of');
    // One gauge collects for all, so that the library is read once for each scrape.
    const up = new Gauge({
      name: 'traum_uptime_seconds',
      help: 'Seconds since the API was started.',
      registers: [this.#registry],
      collect: async () => {
        const stats = await analytics.stats();
        up.set(stats.uptimeS);
        for (const status of ['ready', 'processing', 'failed'] as const) sounds.set({ status }, stats.library[status]);
        for (const state of ['queued', 'active', 'completed', 'failed'] as const) jobs.set({ state }, stats.queue[state]);
        for (const of of ['segments', 'sounds'] as const) index.set({ of }, stats.index[of]);
        bytes.set({ of: 'audio' }, stats.library.sizeBytes);
        bytes.set({ of: 'disk_free' }, stats.machine.diskFreeBytes);
        bytes.set({ of: 'index' }, stats.index.memoryBytes);
      },
    });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  search(kind: 'text' | 'advanced' | 'similar', tookMs: number): void {
    this.#searches.observe({ kind }, tookMs / 1000);
  }

  async text(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
