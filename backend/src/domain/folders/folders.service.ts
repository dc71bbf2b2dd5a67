import { demand, LOCAL_OWNER, SYSTEM, type Actor } from '../accounts/actor.js';
import { setTimeout as pause } from 'node:timers/promises';
import { DomainError, isCancelled, notFound, statedBy } from '../errors.js';
import type { UploadService } from '../ingest/upload.service.js';
import type { Work } from '../jobs/held.job.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { isUnfinished, type Job } from '../jobs/jobs.types.js';
import { FolderFollower } from './folder-follower.js';
import { FolderScan, type ScanParts, type ScanRequest } from './folder-scan.js';
import type { FolderWatch } from './folders.ports.js';
import type { FileOutcome, Folder, FolderFile, FolderOptions, Listing, ScanProgress } from './folders.types.js';
import { because } from '../reasons.js';
import { Repeating } from '../repeating.js';

/** What can be seen of a scan that another process does. */
function progressOf(scan: Job | undefined): ScanProgress | null {
  return scan ? { ...WAITING, ...(scan.detail as Partial<ScanProgress> | null) } : null;
}

/** Watched folders are looked through this often as well: network shares tell of no changes. */
const RESCAN_MS = 10 * 60_000;
const QUIET_MS = 1_000;
/** How soon it is noticed that a drive is gone, or back. */
const PRESENCE_MS = 15_000;

/** A folder with what is happening to it. */
export interface FolderState extends Folder {
  scan: ScanProgress | null;
  watching: 'off' | 'all' | 'partly';
}

interface Running {
  abort: AbortController;
  progress: ScanProgress;
  ended: Promise<void>;
}

const WAITING: ScanProgress = {
  state: 'waiting',
  found: 0,
  fresh: 0,
  done: 0,
  imported: 0,
  duplicates: 0,
  rejected: 0,
  ignored: 0,
};

/** Takes the sounds of folders of the server into the library, once or whenever something appears there. */
export class FoldersService {
  readonly #parts;
  readonly #running = new Map<string, Running>();
  readonly #followers = new Map<string, FolderFollower>();
  /** Scans go one after the other: they would only compete for the disk. */
  #line: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #rescanning: Promise<void> = Promise.resolve();
  readonly #presence: Repeating;
  #stopped = false;

  constructor(
    parts: ScanParts & {
      createWatch: () => FolderWatch;
      work: Pick<JobsService, 'run' | 'latest' | 'askToStop' | 'ended' | 'leads'>;
      rescanMs?: number;
      quietMs?: number;
      presenceMs?: number;
      uploads: Pick<UploadService, 'receive' | 'admit' | 'reprocess'>;
    },
  ) {
    this.#parts = parts;
    this.#presence = new Repeating({
      everyMs: parts.presenceMs ?? PRESENCE_MS,
      run: () => this.#lookAround(),
      onFailure: (error) => parts.logger.error({ err: error }, 'folders in place could not be looked for'),
    });
  }

  /** The folders that may be imported from, as they were set; none while the feature is off. */
  get roots(): readonly string[] {
    return this.#parts.disk.roots;
  }

  /** Goes on with interrupted scans and looks through the watched folders, in one of the processes that share the data. */
  async start(): Promise<void> {
    if (await this.#parts.work.leads('folders')) {
      for (const folder of await this.#parts.folders.list())
        if (folder.pending || folder.watch) this.#scan(folder.id, {});
    }
    this.#presence.start();
    this.#timer = setInterval(() => void (this.#rescanning = this.#rescanWatched()), this.#parts.rescanMs ?? RESCAN_MS);
  }

  async list(actor: Actor): Promise<FolderState[]> {
    demand(actor, 'admin');
    const scans = await this.#scans();
    return (await this.#parts.folders.list()).map((folder) => this.#stateOf(folder, scans.get(folder.id)));
  }

  /** @throws DomainError `not_found` */
  async get(actor: Actor, id: string): Promise<FolderState> {
    demand(actor, 'admin');
    const folder = await this.#parts.folders.get(id);
    if (!folder) throw notFound('folder', id);
    return this.#stateOf(folder, (await this.#scans()).get(id));
  }

  /**
   * Adds a folder and begins to import it.
   * @throws DomainError `invalid_input` when the path is not allowed, `conflict` when it is there already
   */
  async add(actor: Actor, request: FolderOptions & { path: string }): Promise<FolderState> {
    demand(actor, 'admin');
    const path = await this.#parts.disk.resolve(request.path);
    const folder = await this.#parts.folders.add({ ...request, path });
    if (!folder) throw new DomainError('conflict', because('folder_known'));
    this.#tell(folder.id);
    this.#scan(folder.id, {});
    return this.get(actor, folder.id);
  }

  /** @throws DomainError `not_found` */
  async change(actor: Actor, id: string, change: Partial<FolderOptions>): Promise<FolderState> {
    demand(actor, 'admin');
    const before = await this.get(actor, id);
    await this.#parts.folders.change(id, change);
    this.#tell(id);
    if (change.watch === false) this.#unfollow(id);
    const more =
      (change.watch && !before.watch) ||
      (change.recursive && !before.recursive) ||
      (change.inPlace !== undefined && change.inPlace !== before.inPlace);
    if (more) this.#scan(id, {});
    return this.get(actor, id);
  }

  /** Forgets the folder; sounds that were copied from it stay, those in place go to the bin. @throws DomainError `not_found` */
  async remove(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    await this.get(actor, id);
    this.#unfollow(id);
    await this.#abort(id);
    await this.#parts.folders.remove(id);
    this.#tell(id);
  }

  /** Looks through the folder now; files rejected before are tried again. @throws DomainError `not_found` */
  async scan(actor: Actor, id: string): Promise<FolderState> {
    demand(actor, 'admin');
    await this.get(actor, id);
    this.#scan(id, { again: true });
    return this.get(actor, id);
  }

  /** Stops a scan; what was imported stays. @throws DomainError `not_found` */
  async cancelScan(actor: Actor, id: string): Promise<FolderState> {
    demand(actor, 'admin');
    await this.get(actor, id);
    await this.#abort(id);
    return this.get(actor, id);
  }

  /** @throws DomainError `not_found` */
  async files(
    actor: Actor,
    id: string,
    request: { outcome: FileOutcome | null; after: string | null; limit: number },
  ): Promise<FolderFile[]> {
    demand(actor, 'admin');
    await this.get(actor, id);
    return this.#parts.folders.page(id, request);
  }

  /** Folders in an allowed one, for choosing. @throws DomainError `invalid_input` */
  async subfolders(actor: Actor, path: string): Promise<{ name: string; path: string }[]> {
    demand(actor, 'admin');
    return this.#parts.disk.subfolders(path);
  }

  /** What can be done with scans. */
  get scanHandler(): JobHandler {
    return {
      resumes: false,
      cancel: async (actor, job) => void (await this.cancelScan(actor, job.subject ?? '')),
      retry: async (actor, { id, subject }) => {
        await this.scan(actor, subject ?? '');
        const begun = async (): Promise<Job | undefined> => (await this.#scans()).get(subject ?? '');
        for (let tries = 0; tries < 20 && !(await begun()); tries++) await pause(20);
        return (await begun())?.id ?? id;
      },
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const id of [...this.#followers.keys()]) this.#unfollow(id);
    for (const { abort } of this.#running.values()) abort.abort();
    await this.#presence.stop();
    await this.#rescanning;
    await this.#line;
    await this.#parts.disk.close();
  }

  /** The scans under way, by folder, whichever process does them. */
  async #scans(): Promise<Map<string, Job>> {
    const jobs = await this.#parts.work.latest(['scan']);
    return new Map(jobs.filter(isUnfinished).map((job) => [job.subject ?? '', job]));
  }

  #stateOf(folder: Folder, scan: Job | undefined): FolderState {
    const follower = this.#followers.get(folder.id);
    const watching = follower ? (follower.partly ? 'partly' : 'all') : 'off';
    return { ...folder, scan: this.#running.get(folder.id)?.progress ?? progressOf(scan), watching };
  }

  async #rescanWatched(): Promise<void> {
    try {
      if (!(await this.#parts.work.leads('folders'))) return;
      for (const { id, watch } of await this.#parts.folders.list()) if (watch) this.#scan(id, {});
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'the watched folders could not be looked up; trying again later');
    }
  }

  async #abort(id: string): Promise<void> {
    const running = this.#running.get(id);
    running?.abort.abort();
    await running?.ended;
    const elsewhere = (await this.#scans()).get(id);
    if (!elsewhere) return;
    await this.#parts.work.askToStop(elsewhere.id);
    await this.#parts.work.ended(elsewhere.id);
  }

  /** Puts a scan into the line, unless one is there already. */
  #scan(id: string, options: Partial<Pick<ScanRequest, 'again' | 'from'>>): void {
    if (this.#stopped || this.#running.has(id)) return;
    const abort = new AbortController();
    const noted = options.from ? Promise.resolve() : this.#noteBegin(id);
    const ended = Promise.all([this.#line, noted]).then(() =>
      options.from ? this.#runPart(id, abort.signal, options) : this.#runJob(id, abort, options),
    );
    this.#running.set(id, { abort, progress: WAITING, ended });
    this.#tell(id);
    this.#line = ended;
  }

  /** What is noted is gone on with after a crash; a scan that could not be noted runs all the same. */
  async #noteBegin(id: string): Promise<void> {
    try {
      await this.#parts.folders.beginScan(id);
    } catch (error) {
      this.#parts.logger.warn({ folder: id, err: error }, 'the beginning of a scan could not be noted');
    }
  }

  /** A pass over the whole folder is a job, which one process does. */
  async #runJob(id: string, abort: AbortController, options: Partial<Pick<ScanRequest, 'again'>>): Promise<void> {
    const order = { kind: 'scan' as const, subject: id, owner: LOCAL_OWNER };
    const scan = (work: Work) => {
      work.signal.addEventListener('abort', () => abort.abort(), { once: true });
      const onProgress = (progress: ScanProgress): void => {
        const { state, fresh, done } = progress;
        work.report({ stage: state, progress: fresh > 0 ? done / fresh : 0, detail: progress });
      };
      return this.#run(id, abort.signal, { ...options, onProgress });
    };
    const byOther = (): null => {
      this.#running.delete(id);
      return null;
    };
    // What went wrong has been noted, and logged.
    await this.#parts.work.run<ScanProgress | null>(order, scan, byOther).catch(() => undefined);
    this.#look(id);
  }

  /** A look into some folders that have changed. */
  async #runPart(id: string, signal: AbortSignal, options: Partial<Pick<ScanRequest, 'from'>>): Promise<void> {
    // What went wrong has been noted, and logged.
    await this.#run(id, signal, options).catch(() => undefined);
    this.#look(id);
  }

  /** @throws what stopped it, once that is noted */
  async #run(
    id: string,
    signal: AbortSignal,
    options: Partial<Pick<ScanRequest, 'again' | 'from' | 'onProgress'>>,
  ): Promise<ScanProgress> {
    const { folders, disk, logger } = this.#parts;
    const running = this.#running.get(id);
    try {
      const folder = await folders.get(id);
      if (!folder || !running || signal.aborted) throw new DomainError('cancelled', 'The scan was cancelled.');
      // What is allowed may have changed since the folder was added.
      await disk.resolve(folder.path);
      const scan = new FolderScan(this.#parts, { folder, signal, again: options.again ?? false, ...options });
      running.progress = scan.progress;
      const listing = await scan.run();
      await this.#follow(folder, listing, options.from !== undefined);
      if (folder.inPlace) {
        if (folder.unpluggedSince) await folders.unplug(id, null);
        await this.#tryAgain(id, { unplugged: false });
      }
      const { imported, duplicates, rejected } = scan.progress;
      if (scan.progress.done > 0) logger.info({ folder: id, imported, duplicates, rejected }, 'folder scanned');
      await folders.endScan(id, { finished: true, error: null });
      return scan.progress;
    } catch (error) {
      await this.#end(id, error);
      throw error;
    } finally {
      this.#running.delete(id);
      this.#tell(id);
    }
  }

  /** A scan that the end of the program interrupts stays pending. */
  async #end(id: string, error: unknown): Promise<void> {
    const { folders, logger } = this.#parts;
    if (this.#stopped) return;
    if (!(error instanceof DomainError)) logger.error({ folder: id, err: error }, 'a folder could not be scanned');
    const why = isCancelled(error) ? null : statedBy(error, because('folder_scan_failed'));
    try {
      const away = error instanceof DomainError && (error.code === 'not_found' || error.code === 'invalid_input');
      const folder = away ? await folders.get(id) : null;
      if (folder?.inPlace && !folder.unpluggedSince) await folders.unplug(id, new Date().toISOString());
      await folders.endScan(id, { finished: false, error: why });
    } catch (failure) {
      logger.error({ folder: id, err: failure }, 'the end of a scan could not be noted; the next start scans again');
    }
  }

  /** Sounds that failed while their files could not be had, with the model of now or the one to come. */
  async #tryAgain(id: string, which: { unplugged: boolean }): Promise<void> {
    const { placed, uploads } = this.#parts;
    await placed.embedAgain(id, which);
    const soundIds = await placed.failedForLack(id, which);
    if (soundIds.length > 0) await uploads.reprocess(SYSTEM, { soundIds });
  }

  /** Drives that were unplugged, and that are back. */
  async #lookAround(): Promise<void> {
    const { work, folders, disk } = this.#parts;
    if (!(await work.leads('folders'))) return;
    for (const { id, path, inPlace, unpluggedSince, counts } of await folders.list()) {
      const hasFiles = counts.imported + counts.duplicate > 0;
      if (!inPlace || !hasFiles) continue;
      const isThere = await disk.isThere(path);
      // A scan finds out what it is, and notes it.
      if (isThere !== (unpluggedSince === null)) this.#scan(id, {});
      // What was under way when the drive went may have failed after it was back.
      else if (isThere) await this.#tryAgain(id, { unplugged: true });
    }
  }

  async #follow(folder: Folder, { directories, gone }: Listing, partial: boolean): Promise<void> {
    if (!(await this.#isWatched(folder.id))) return;
    const follower = this.#followers.get(folder.id) ?? this.#newFollower(folder);
    if (partial) follower.followAlso(directories, gone);
    else follower.follow(directories);
    // Turned off in between, when there was nothing to close yet.
    if (!(await this.#isWatched(folder.id))) this.#unfollow(folder.id);
  }

  async #isWatched(id: string): Promise<boolean> {
    const folder = await this.#parts.folders.get(id);
    return !this.#stopped && (folder?.watch ?? false) && (await this.#parts.work.leads('folders'));
  }

  #newFollower({ id, path }: Folder): FolderFollower {
    const follower = new FolderFollower({
      root: path,
      watch: this.#parts.createWatch(),
      quietMs: this.#parts.quietMs ?? QUIET_MS,
      onQuiet: () => this.#look(id),
    });
    this.#followers.set(id, follower);
    return follower;
  }

  #unfollow(id: string): void {
    this.#followers.get(id)?.close();
    this.#followers.delete(id);
  }

  #tell(folderId: string): void {
    this.#parts.events.tell({ kind: 'folder', folderId });
  }

  /** Looks into what changed; while a scan runs, after it. */
  #look(id: string): void {
    const follower = this.#followers.get(id);
    if (!follower || this.#running.has(id)) return;
    const directories = follower.take();
    if (directories.length > 0) this.#scan(id, { from: { directories, known: follower.known } });
  }
}
