import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, notFound } from '../errors.js';
import type { Log } from '../log.js';
import type { ModelCatalog, ModelSource, ModelStaging, SourceFile, StagedFile, StagingArea } from './models.ports.js';
import type { InstallProgress, InstallRetry, ModelEntry, ModelFileSpec, ReceivedModelFile } from './models.types.js';
import { RateMeter } from './rate-meter.js';
import { because } from '../reasons.js';

/** Left free on the disk for everything else. */
const MARGIN_BYTES = 100_000_000;
const RETRIES = 5;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export interface InstallOptions {
  source: ModelSource;
  signal?: AbortSignal;
  /** Also where what is there is whole by its hashes. */
  anew?: boolean;
  onProgress?: (progress: InstallProgress) => void;
}

export interface InstallParts {
  catalog: ModelCatalog;
  staging: ModelStaging;
  logger: Log;
  /** Failures in a row without a new byte in between, and the wait after the first; for tests. */
  retry?: { times: number; firstMs: number };
}

/** Brings the files of known models. Nothing is half-installed: a model's folder appears when all of it is verified. */
export class InstallService {
  constructor(private readonly parts: InstallParts) {}

  /**
   * Installs a model, going on where an interrupted installation stopped. One that is there and whole is left alone.
   * @returns whether anything had to be done
   * @throws DomainError `not_found`, `conflict`, `storage_full`, `download_failed`, `cancelled`
   */
  async install(id: string, options: InstallOptions): Promise<boolean> {
    const { catalog, staging } = this.parts;
    const entry = await this.installable(id);
    if (!options.anew && (await this.isWhole(entry))) return false;
    const area = await staging.open(id);
    try {
      const files = await this.fetchAll(entry, area, options);
      await area.publish(catalog.manifestFor(id, files));
      this.parts.logger.info({ model: id, source: options.source.name }, 'model installed');
      return true;
    } finally {
      await area.close();
    }
  }

  /** Deletes what an interrupted installation left. */
  async discard(id: string): Promise<void> {
    const area = await this.parts.staging.open(id);
    await area.discard();
  }

  private async installable(id: string): Promise<ModelEntry & { download: NonNullable<ModelEntry['download']> }> {
    const entry = await this.parts.catalog.get(id);
    if (!entry) throw notFound('model', id);
    const { download } = entry;
    if (!download) {
      throw new DomainError(
        'conflict',
        entry.bundled ? because('model_bundled', { model: id }) : because('model_own', { model: id }),
      );
    }
    return { ...entry, download };
  }

  /** Whether it is there with the content that it should have. Reads all of it. */
  async isWhole({ id, installed }: ModelEntry): Promise<boolean> {
    if (!installed) return false;
    const verdicts = await this.parts.catalog.verify(id).catch(() => null);
    return verdicts !== null && verdicts.every(({ verdict }) => verdict !== 'damaged');
  }

  private async fetchAll(
    entry: ModelEntry & { download: NonNullable<ModelEntry['download']> },
    area: StagingArea,
    options: InstallOptions,
  ): Promise<ReceivedModelFile[]> {
    const { files } = entry.download;
    const tracker = new Tracker(entry, options.onProgress);
    const staged: StagedFile[] = [];
    try {
      for (const { path } of files) staged.push(await area.file(path));
      await this.checkSpace(entry, staged);
      const received: ReceivedModelFile[] = [];
      for (const [position, spec] of files.entries()) {
        const file = staged[position]!;
        const report = (): void => tracker.report(staged.map(({ sizeBytes }) => sizeBytes));
        const known = (totalBytes: number): void => tracker.known(position, totalBytes);
        const failed = (retry: InstallRetry): void => tracker.failed(retry);
        received.push(
          await new FileFetch(entry.download, spec, file, options, this.retry, known, report, failed).run(),
        );
      }
      tracker.verifying();
      return received;
    } finally {
      await Promise.allSettled(staged.map((file) => file.close()));
    }
  }

  private get retry(): { times: number; firstMs: number } {
    return this.parts.retry ?? { times: RETRIES, firstMs: FIRST_RETRY_MS };
  }

  private async checkSpace(entry: ModelEntry, staged: readonly StagedFile[]): Promise<void> {
    const there = staged.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const needed = Math.max(0, entry.sizeBytes - there) + MARGIN_BYTES;
    const free = await this.parts.staging.freeBytes();
    if (free >= needed) return;
    throw new DomainError('storage_full', because('install_no_space', { neededBytes: needed, freeBytes: free }));
  }
}

/** One file, from its first or next byte to its verified last. */
class FileFetch {
  private readonly fromScratch: boolean;

  constructor(
    private readonly publication: NonNullable<ModelEntry['download']>,
    private readonly spec: ModelFileSpec,
    private readonly file: StagedFile,
    private readonly options: InstallOptions,
    private readonly retry: { times: number; firstMs: number },
    private readonly known: (totalBytes: number) => void,
    private readonly report: () => void,
    private readonly failed: (retry: InstallRetry) => void,
  ) {
    this.fromScratch = file.sizeBytes === 0;
  }

  async run(): Promise<ReceivedModelFile> {
    await this.complete();
    if (!this.isRight() && !this.fromScratch) {
      // What an earlier attempt left may have been damaged since: once more, all of it.
      await this.file.restart(null);
      await this.complete();
    }
    if (!this.isRight()) {
      await this.file.restart(null);
      throw new DomainError(
        'download_failed',
        because('download_other_content', { file: this.name, source: this.options.source.name }),
      );
    }
    return { path: this.spec.path, sha256: this.file.digest(), sizeBytes: this.file.sizeBytes };
  }

  private get name(): string {
    return this.spec.path.split('/').at(-1)!;
  }

  private isRight(): boolean {
    return this.spec.sha256 === null || this.file.digest() === this.spec.sha256;
  }

  private async complete(): Promise<void> {
    for (let failures = 0; ;) {
      const before = this.file.sizeBytes;
      try {
        await this.stream();
        return;
      } catch (error) {
        if (this.signal.aborted) throw new DomainError('cancelled', 'The installation was cancelled.');
        if (!(error instanceof DomainError) || !error.transient) throw error;
        failures = this.file.sizeBytes > before ? 1 : failures + 1;
        if (failures > this.retry.times) throw givenUp(error);
        const wait = Math.min(LONGEST_RETRY_MS, this.retry.firstMs * 2 ** (failures - 1));
        const at = new Date(Date.now() + wait).toISOString();
        this.failed({ reason: error.stated, failures, most: this.retry.times + 1, at });
        await sleep(wait, undefined, { signal: this.signal }).catch(() => undefined);
      }
    }
  }

  private async stream(): Promise<void> {
    const { spec, file } = this;
    const whole = spec.sizeBytes ?? file.origin?.totalBytes ?? null;
    if (whole !== null) this.known(whole);
    if (whole !== null && file.sizeBytes === whole) return;
    // Bytes of which nobody can tell what they belong to are worth nothing.
    const resumable = file.origin?.mark != null || spec.sha256 !== null;
    if ((whole !== null && file.sizeBytes > whole) || (file.sizeBytes > 0 && !resumable)) await file.restart(null);
    this.signal.throwIfAborted();
    const from = { offset: file.sizeBytes, mark: file.origin?.mark ?? null };
    const remote = await this.options.source.open(this.publication, spec.path, from, this.signal);
    const total = remote.totalBytes ?? spec.sizeBytes;
    if (spec.sizeBytes !== null && total !== spec.sizeBytes) throw this.otherVersion(total ?? 0);
    if (total !== null) this.known(total);
    if (remote.offset !== file.sizeBytes || file.origin === null) await this.restartAt(remote, total);
    for await (const chunk of remote.chunks) {
      if (total !== null && file.sizeBytes + chunk.length > total)
        throw this.otherVersion(file.sizeBytes + chunk.length);
      await file.write(chunk);
      this.report();
    }
    if (total !== null && file.sizeBytes < total) {
      throw new DomainError('download_failed', because('download_interrupted', { file: this.name }), {
        transient: true,
      });
    }
  }

  private async restartAt(remote: SourceFile, totalBytes: number | null): Promise<void> {
    if (remote.offset !== 0 && remote.offset !== this.file.sizeBytes) {
      throw new DomainError(
        'download_failed',
        because('download_wrong_part', { source: this.options.source.name, file: this.name }),
      );
    }
    if (remote.offset === 0) await this.file.restart({ mark: remote.mark, totalBytes });
  }

  private otherVersion(bytes: number): DomainError {
    return new DomainError(
      'download_failed',
      because('download_other_version', {
        source: this.options.source.name,
        file: this.name,
        bytes,
        expected: this.spec.sizeBytes ?? 'fewer',
      }),
    );
  }

  private get signal(): AbortSignal {
    return this.options.signal ?? NEVER;
  }
}

const NEVER = new AbortController().signal;

/** Adds up the files, measures the speed, and reports at most four times a second. */
class Tracker {
  private readonly totals: (number | null)[];
  private readonly meter = new RateMeter();
  private lastAt = -Infinity;
  private received = 0;
  private retry: InstallRetry | null = null;

  constructor(
    private readonly entry: ModelEntry & { download: NonNullable<ModelEntry['download']> },
    private readonly onProgress: ((progress: InstallProgress) => void) | undefined,
  ) {
    this.totals = entry.download.files.map(({ sizeBytes }) => sizeBytes);
  }

  known(position: number, totalBytes: number): void {
    this.totals[position] = totalBytes;
  }

  report(sizes: readonly number[]): void {
    this.received = sizes.reduce((sum, size) => sum + size, 0);
    const now = performance.now();
    if (now - this.lastAt < 250 && !this.retry) return;
    this.retry = null;
    this.lastAt = now;
    this.meter.add(this.received);
    this.send('downloading');
  }

  failed(retry: InstallRetry): void {
    this.retry = retry;
    this.meter.reset();
    this.send('downloading');
  }

  verifying(): void {
    this.retry = null;
    this.send('verifying');
  }

  private send(stage: InstallProgress['stage']): void {
    const { received } = this;
    const known = this.totals.every((size) => size !== null);
    const sum = this.totals.reduce<number>((total, size) => total + (size ?? 0), 0);
    const totalBytes = Math.max(received, known ? sum : Math.max(sum, this.entry.sizeBytes));
    const bytesPerS = Math.round(this.meter.rate());
    const etaS = bytesPerS > 0 ? Math.round((totalBytes - received) / bytesPerS) : null;
    this.onProgress?.({ stage, receivedBytes: received, totalBytes, bytesPerS, etaS, retry: this.retry });
  }
}

const givenUp = (error: DomainError): DomainError =>
  new DomainError('download_failed', [...error.reasons, because('download_given_up')], { cause: error });
