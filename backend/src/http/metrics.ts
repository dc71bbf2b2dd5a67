import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SYSTEM } from '../domain/accounts/actor.js';
import type { AppDeps } from './deps.js';
import { inspect } from './inspect.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Asking the model would keep it in memory for ever. */
const MODEL = 'model';
const LOOK_MS = 2_000;

/** Where the figures come from. */
export type MetricSources = Pick<AppDeps, 'analytics' | 'work' | 'telemetry' | 'recall' | 'backups' | 'checks'>;

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
  readonly #jobs = this.#gauge('traum_jobs', 'Jobs of sounds by state.', 'state');
  readonly #oldest = this.#gauge('traum_queue_oldest_seconds', 'How long the oldest job has waited to be begun.');
  readonly #workers = this.#gauge('traum_workers', 'Worker processes that were heard of lately.');
  readonly #stageRuns = this.#gauge(
    'traum_stage_runs_total',
    'Stages of processing gone through, by workers alive.',
    'stage',
  );
  readonly #stageSeconds = this.#gauge(
    'traum_stage_seconds_total',
    'What those took: reading, decoding, model, saving.',
    'stage',
  );
  readonly #segments = this.#gauge('traum_library_segments', 'Vectors of the active model in the database.');
  readonly #index = this.#gauge('traum_index_size', 'What the vector index holds.', 'of');
  readonly #recall = this.#gauge(
    'traum_index_recall_probe',
    'Share of sounds found by their own vectors; absent at first.',
  );
  readonly #parts = this.#gauge('traum_part_up', 'Whether a part works: database, queue, index, storage.', 'part');
  readonly #backupAge = this.#gauge('traum_backup_age_seconds', 'Age of the last good backup; absent without one.');
  readonly #backupOverdue = this.#gauge('traum_backup_overdue', '1 when a backup is set up and the last is too old.');
  readonly #bytes = this.#gauge(
    'traum_bytes',
    'Stored audio, what is free on its disk, and the index in memory.',
    'of',
  );
  readonly #sources: MetricSources;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    collectDefaultMetrics({ register: this.#registry });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  search(kind: 'text' | 'advanced' | 'similar', tookMs: number): void {
    this.#searches.observe({ kind }, tookMs / 1000);
    this.#sources.telemetry.search(tookMs);
  }

  async text(): Promise<{ contentType: string; body: string }> {
    await this.#refresh();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #gauge(name: string, help: string, label?: string): Gauge {
    return new Gauge({ name, help, labelNames: label ? [label] : [], registers: [this.#registry] });
  }

  async #refresh(): Promise<void> {
    const { analytics, work, telemetry, recall, backups, checks } = this.#sources;
    const stats = await analytics.stats(SYSTEM);
    this.#oldest.set(await work.oldestWaitS());
    const { count, stages } = telemetry.workers();
    this.#workers.set(count);
    for (const [stage, { runs, seconds }] of Object.entries(stages)) {
      this.#stageRuns.set({ stage }, runs);
      this.#stageSeconds.set({ stage }, seconds);
    }
    this.#segments.set(stats.library.segments);
    if (recall.recall !== null) this.#recall.set(recall.recall);
    else this.#recall.remove();
    const parts = checks.filter(({ name }) => name !== MODEL);
    for (const { name, ok } of await Promise.all(parts.map((part) => inspect(part, LOOK_MS)))) {
      this.#parts.set({ part: name }, Number(ok));
    }
    const { ageS, overdue } = await backups.status(SYSTEM);
    if (ageS === null) this.#backupAge.remove();
    else this.#backupAge.set(ageS);
    this.#backupOverdue.set(Number(overdue));
    this.#uptime.set(stats.uptimeS);
    for (const status of ['ready', 'processing', 'failed'] as const)
      this.#sounds.set({ status }, stats.library[status]);
    for (const state of ['queued', 'active', 'completed', 'failed'] as const)
      this.#jobs.set({ state }, stats.queue[state]);
    for (const of of ['segments', 'sounds'] as const) this.#index.set({ of }, stats.index[of]);
    this.#bytes.set({ of: 'audio' }, stats.library.sizeBytes);
    this.#bytes.set({ of: 'disk_free' }, stats.machine.diskFreeBytes ?? 0);
    this.#bytes.set({ of: 'index' }, stats.index.memoryBytes ?? 0);
  }
}
