import type { JobRepository } from '../../domain/ingest/ingest.ports.js';
import {
  isUnfinished,
  jobIdFor,
  type Job,
  type JobStage,
  type JobState,
  type ProcessedSound,
} from '../../domain/ingest/ingest.types.js';
import type { NewSound } from '../../domain/library/library.types.js';
import { durably, type Database } from './database.js';
import { isActiveModel, queueEmbeddingOf } from './model.state.js';
import { musicFacts } from './music.rows.js';
import { findCopies, keepPrint } from './print.rows.js';
import { insertSegments } from './segment.rows.js';
import { extensionOf, indexWords, replaceTags, titleFolded, writeMetadata, type SoundRow } from './sound.rows.js';

interface JobRow {
  id: string;
  sound_id: string;
  sound_key: number;
  generation: number;
  state: JobState;
  stage: JobStage;
  progress: number;
  attempts: number;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

const SELECT_JOB = 'SELECT jobs.*, sounds.id AS sound_id FROM jobs JOIN library AS sounds USING (sound_key)';
/** A job that still speaks for its sound: no newer one was started. */
const CURRENT = 'jobs.generation = sounds.generation';

const toJob = (row: JobRow): Job => ({
  id: row.id,
  soundId: row.sound_id,
  generation: row.generation,
  state: row.state,
  stage: row.stage,
  progress: row.progress,
  attempts: row.attempts,
  error: row.error,
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});

const now = (): string => new Date().toISOString();

export class SqliteJobRepository implements JobRepository {
  constructor(private readonly db: Database) {}

  accept(sound: NewSound): Awaited<ReturnType<JobRepository['accept']>> {
    return durably(this.db, (): Awaited<ReturnType<JobRepository['accept']>> => {
      const known = this.db
        .prepare<[string], string>('SELECT id FROM sounds WHERE sha256 = ?')
        .pluck()
        .get(sound.sha256);
      if (known !== undefined) return { kind: 'duplicate', soundId: known };
      const created = now();
      const { lastInsertRowid } = this.db
        .prepare(
          `INSERT INTO sounds (id, sha256, filename, extension, size_bytes, duration_s, sample_rate_hz, channels, codec,
                               bit_rate_kbps, hearing, title_folded, created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          sound.id,
          sound.sha256,
          sound.filename,
          extensionOf(sound.filename),
          sound.sizeBytes,
          sound.durationS,
          sound.sampleRateHz,
          sound.channels,
          sound.codec,
          sound.bitRateKbps,
          sound.hearing ? JSON.stringify(sound.hearing) : null,
          titleFolded(null, sound.filename),
          created,
          created,
        );
      const key = Number(lastInsertRowid);
      indexWords(this.db, key);
      return { kind: 'accepted', job: this.insertJob(sound.id, key, 1) };
    });
  }

  get(jobId: string): Job | null {
    const row = this.row(jobId);
    return row ? toJob(row) : null;
  }

  several(jobIds: readonly string[]): Job[] {
    return jobIds.flatMap((id) => this.get(id) ?? []);
  }

  openOf(soundIds: readonly string[]): Job[] {
    return soundIds.flatMap((id) => this.latestFor(id) ?? []).filter(isUnfinished);
  }

  latestFor(soundId: string): Job | null {
    const row = this.db
      .prepare<[string], JobRow>(`${SELECT_JOB} WHERE sounds.id = ? ORDER BY jobs.generation DESC LIMIT 1`)
      .get(soundId);
    return row ? toJob(row) : null;
  }

  historyOf(soundId: string): Job[] {
    return this.db
      .prepare<[string], JobRow>(`${SELECT_JOB} WHERE sounds.id = ? ORDER BY jobs.generation DESC`)
      .all(soundId)
      .map(toJob);
  }

  restart(soundId: string): Job | null {
    return durably(this.db, () => this.nextGeneration(soundId));
  }

  replace(soundId: string, { sha256, filename, sizeBytes, hearing, ...facts }: Omit<NewSound, 'id'>): Job | null {
    return durably(this.db, (): Job | null => {
      this.db
        .prepare(
          `UPDATE sounds SET sha256 = ?, filename = ?, extension = ?, size_bytes = ?, duration_s = ?, sample_rate_hz = ?,
                  channels = ?, codec = ?, bit_rate_kbps = ?, hearing = ? WHERE id = ?`,
        )
        .run(
          ...[sha256, filename, extensionOf(filename), sizeBytes, facts.durationS, facts.sampleRateHz, facts.channels],
          ...[facts.codec, facts.bitRateKbps, hearing ? JSON.stringify(hearing) : null, soundId],
        );
      return this.nextGeneration(soundId);
    });
  }

  unfinished(): Job[] {
    return this.db
      .prepare<[], JobRow>(
        `${SELECT_JOB} WHERE jobs.state IN ('queued', 'active') AND ${CURRENT} ORDER BY jobs.created_at, jobs.rowid`,
      )
      .all()
      .map(toJob);
  }

  restartWithoutModel(modelKey: string): number {
    return durably(this.db, () => {
      const ids = this.soundsWithoutModel(modelKey);
      for (const id of ids) this.nextGeneration(id);
      return ids.length;
    });
  }

  soundsWithoutModel(modelKey: string): string[] {
    return this.db
      .prepare<[string], string>(
        `SELECT id FROM library AS sounds WHERE status = 'ready' AND NOT EXISTS
           (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND model_key = ?)
         ORDER BY sound_key`,
      )
      .pluck()
      .all(modelKey);
  }

  start(jobId: string): Job | null {
    const changed = this.db
      .prepare(
        `UPDATE jobs SET state = 'active', stage = 'reading', progress = 0, attempts = attempts + 1, error = NULL, started_at = ?
         WHERE id = ? AND state IN ('queued', 'active')
           AND generation = (SELECT generation FROM library AS sounds WHERE sounds.sound_key = jobs.sound_key)`,
      )
      .run(now(), jobId).changes;
    return changed > 0 ? this.get(jobId) : null;
  }

  progress(jobId: string, stage: JobStage, progress: number): void {
    this.db
      .prepare("UPDATE jobs SET stage = ?, progress = ? WHERE id = ? AND state = 'active'")
      .run(stage, Math.min(1, Math.max(0, progress)), jobId);
  }

  retryLater(jobId: string, error: string): void {
    this.db
      .prepare(
        "UPDATE jobs SET state = 'queued', stage = 'waiting', progress = 0, error = ? WHERE id = ? AND state = 'active'",
      )
      .run(error, jobId);
  }

  complete(jobId: string, result: ProcessedSound): boolean {
    const copies = findCopies(this.db, this.row(jobId)?.sound_key, result.analysis.print);
    return this.db
      .transaction((): boolean => {
        const row = this.row(jobId);
        if (!row || row.state === 'completed') return false;
        const sound = this.db
          .prepare<[number], SoundRow>('SELECT * FROM sounds WHERE sound_key = ?')
          .get(row.sound_key);
        if (!sound || sound.generation !== row.generation) return false;
        if (!isActiveModel(this.db, result.modelKey)) {
          // Another model was put to use meanwhile: nothing is written, and the job is done again with that one.
          this.db.prepare("UPDATE jobs SET state = 'queued', stage = 'waiting', progress = 0 WHERE id = ?").run(jobId);
          return false;
        }
        this.saveFacts(sound, result);
        this.saveSegments(sound.sound_key, result);
        keepPrint(this.db, sound.sound_key, copies);
        queueEmbeddingOf(this.db, sound.sound_key);
        this.db
          .prepare(
            "UPDATE jobs SET state = 'completed', stage = 'done', progress = 1, error = NULL, finished_at = ? WHERE id = ?",
          )
          .run(now(), jobId);
        return true;
      })
      .immediate();
  }

  fail(jobId: string, error: string): void {
    this.db
      .transaction(() => {
        const row = this.row(jobId);
        if (!row || row.state === 'completed' || row.state === 'failed') return;
        this.db
          .prepare("UPDATE jobs SET state = 'failed', stage = 'done', error = ?, finished_at = ? WHERE id = ?")
          .run(error, now(), jobId);
        this.db
          .prepare(
            "UPDATE sounds SET status = 'failed', error = ?, updated_at = ? WHERE sound_key = ? AND generation = ?",
          )
          .run(error, now(), row.sound_key, row.generation);
      })
      .immediate();
  }

  cancel(jobId: string): void {
    this.db
      .transaction(() => {
        const reason = 'Cancelled.';
        this.fail(jobId, reason);
        this.db
          .prepare(
            `UPDATE sounds SET status = 'ready', error = NULL WHERE processed_at IS NOT NULL AND error = ? AND sound_key =
               (SELECT sound_key FROM jobs WHERE id = ? AND jobs.generation = sounds.generation AND jobs.error = ?)`,
          )
          .run(reason, jobId, reason);
      })
      .immediate();
  }

  counts(): Awaited<ReturnType<JobRepository['counts']>> {
    const counts = { queued: 0, active: 0, completed: 0, failed: 0 };
    const rows = this.db
      .prepare<[], { state: JobState; count: number }>(
        `SELECT state, count(*) AS count FROM jobs JOIN library AS sounds USING (sound_key) WHERE ${CURRENT} GROUP BY state`,
      )
      .all();
    for (const row of rows) counts[row.state] = row.count;
    return counts;
  }

  private nextGeneration(soundId: string): Job | null {
    const sound = this.db.prepare<[string], SoundRow>('SELECT * FROM library WHERE id = ?').get(soundId);
    if (!sound) return null;
    const generation = sound.generation + 1;
    this.db
      .prepare(
        `UPDATE jobs SET state = 'failed', stage = 'done', finished_at = ?, error = 'Replaced by a newer run for this sound.'
           WHERE sound_key = ? AND state IN ('queued', 'active')`,
      )
      .run(now(), sound.sound_key);
    this.db
      .prepare(
        "UPDATE sounds SET generation = ?, status = 'processing', error = NULL, updated_at = ? WHERE sound_key = ?",
      )
      .run(generation, now(), sound.sound_key);
    return this.insertJob(soundId, sound.sound_key, generation);
  }

  private row(jobId: string): JobRow | undefined {
    return this.db.prepare<[string], JobRow>(`${SELECT_JOB} WHERE jobs.id = ?`).get(jobId);
  }

  private insertJob(soundId: string, soundKey: number, generation: number): Job {
    const id = jobIdFor(soundId, generation);
    this.db
      .prepare('INSERT INTO jobs (id, sound_key, generation, created_at) VALUES (?, ?, ?, ?)')
      .run(id, soundKey, generation, now());
    return toJob(this.row(id)!);
  }

  /** What decoding found replaces what probing guessed; what a person has set stays. */
  private saveFacts(sound: SoundRow, { facts, hearing, damaged, fileTags, peaks, analysis }: ProcessedSound): void {
    const edited = new Set(JSON.parse(sound.edited) as string[]);
    const kept = <T>(field: string, current: T, found: T): T => (edited.has(field) ? current : found);
    const metadata = {
      sound_key: sound.sound_key,
      filename: sound.filename,
      title: kept('title', sound.title, fileTags.title),
      artist: kept('artist', sound.artist, fileTags.artist),
      album: kept('album', sound.album, fileTags.album),
      genre: kept('genre', sound.genre, fileTags.genre),
      description: kept('description', sound.description, fileTags.description),
      ...musicFacts(sound, fileTags, analysis),
    };
    writeMetadata(this.db, metadata, edited.has('artist') ? undefined : fileTags.artists);
    this.db
      .prepare(
        `UPDATE sounds SET status = 'ready', error = NULL, duration_s = coalesce(?, duration_s),
                sample_rate_hz = coalesce(?, sample_rate_hz), channels = coalesce(?, channels), codec = coalesce(?, codec),
                bit_rate_kbps = coalesce(?, bit_rate_kbps), hearing = ?, damaged = ?, analysis_version = ?, processed_at = ?, updated_at = ?
         WHERE sound_key = ?`,
      )
      .run(
        facts.durationS,
        facts.sampleRateHz,
        facts.channels,
        facts.codec,
        facts.bitRateKbps,
        hearing ? JSON.stringify(hearing) : null,
        damaged ?? null,
        analysis.version,
        now(),
        now(),
        sound.sound_key,
      );
    replaceTags(this.db, sound.sound_key, 'file', fileTags.keywords);
    const { buffer, byteOffset, byteLength } = peaks.minMax;
    this.db
      .prepare('INSERT OR REPLACE INTO peaks (sound_key, bucket_s, min_max) VALUES (?, ?, ?)')
      .run(sound.sound_key, peaks.bucketS, Buffer.from(buffer, byteOffset, byteLength));
    indexWords(this.db, sound.sound_key);
  }

  /** Vectors of other models leave with the old ones of this model; those of a model to come are made again. */
  private saveSegments(soundKey: number, { modelKey, segments }: ProcessedSound): void {
    this.db.prepare('DELETE FROM segments WHERE sound_key = ?').run(soundKey);
    insertSegments(this.db, soundKey, modelKey, segments);
  }
}
