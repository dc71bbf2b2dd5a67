import { LOCAL_OWNER } from '../../domain/accounts/actor.js';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { JobRepository } from '../../domain/ingest/ingest.ports.js';
import {
  jobIdFor,
  type Job,
  type JobStage,
  type JobState,
  type ProcessedSound,
} from '../../domain/ingest/ingest.types.js';
import { CANCELLED, mayStart, REPLACED, resultOf } from '../../domain/ingest/job.rules.js';
import { albumPlace } from '../../domain/library/albums.js';
import { readAnew } from '../../domain/library/edits.js';
import type { NewSound } from '../../domain/library/library.types.js';
import { extensionOf } from '../../domain/library/names.js';
import { seenBy } from './access.js';
import { overQuota, roomOf } from './quota.rows.js';
import { share } from './access.rows.js';
import { every } from './sound.condition.js';
import { replaceChapters } from './marker.repository.js';
import { List, type Sql, type Storage } from './dialect.js';
import { activeKey, queueEmbeddingOf } from './model.state.js';
import { columnsOf, editableOf, heardColumns } from './music.rows.js';
import { keepCover } from './cover.repository.js';
import { keepDescriptors } from './descriptor.rows.js';
import { findCopies, keepFingerprint } from './fingerprint.rows.js';
import { holdSounds } from './held-sounds.js';
import { insertSegments } from './segment.rows.js';
import { editedOf, indexWords, replaceTags, titleFolded, writeMetadata, type SoundRow } from './sound.rows.js';
import { inOrderOf, now } from './values.js';

const UNFINISHED = ['queued', 'active'] as const;
/** The columns of a job that waits for its turn. */
export const WAITING = { state: 'queued', stage: 'waiting', progress: 0 } as const;

export class SqlJobRepository implements JobRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  accept(sound: NewSound): Promise<Awaited<ReturnType<JobRepository['accept']>>> {
    return this.sql.transaction(
      async (tx): Promise<Awaited<ReturnType<JobRepository['accept']>>> => {
        const created = now();
        const { ownerId = LOCAL_OWNER, visibility = 'public', people = [] } = sound.access ?? {};
        // Nobody else adds these bytes meanwhile.
        await tx.dialect.alone(tx, sound.sha256);
        const known = await tx.db
          .selectFrom('sounds')
          .select('id')
          .where('sha256', '=', sound.sha256)
          .where(every(seenBy(this.viewer)))
          .executeTakeFirst();
        if (known) return { kind: 'duplicate', soundId: known.id };
        const { bytes } = await roomOf(tx, ownerId, { alone: true });
        if (sound.sizeBytes > bytes) throw await overQuota(tx, ownerId);
        const row = await tx.db
          .insertInto('sounds')
          .values({
            id: sound.id,
            ...bytesOf(sound),
            title_folded: titleFolded(null, sound.filename),
            owner_id: ownerId,
            visibility,
            created_at: created,
            updated_at: created,
          })
          .returning('sound_key')
          .executeTakeFirstOrThrow();
        await share(tx, [row.sound_key], people);
        await indexWords(tx, row.sound_key);
        await areUsed(tx, sound.sha256);
        return { kind: 'accepted', job: await insertJob(tx, sound.id, row.sound_key, 1) };
      },
      { durable: true },
    );
  }

  room(ownerId: string): Promise<{ bytes: number }> {
    return roomOf(this.sql, ownerId);
  }

  get(jobId: string): Promise<Job | null> {
    return one(this.sql, jobId, this.viewer);
  }

  async several(jobIds: readonly string[]): Promise<Job[]> {
    const rows = await jobs(this.sql, this.viewer)
      .where('jobs.id', 'in', this.sql.dialect.texts(new List(jobIds)))
      .execute();
    return inOrderOf(jobIds, rows, ({ id }) => id);
  }

  async openOf(soundIds: readonly string[]): Promise<Job[]> {
    const rows = await jobs(this.sql, this.viewer)
      .where('library.id', 'in', this.sql.dialect.texts(new List(soundIds)))
      .where('jobs.state', 'in', UNFINISHED)
      .whereRef('jobs.generation', '=', 'library.generation')
      .execute();
    return inOrderOf(soundIds, rows, ({ soundId }) => soundId);
  }

  async latestFor(soundId: string): Promise<Job | null> {
    return (await this.historyOf(soundId))[0] ?? null;
  }

  async historyOf(soundId: string): Promise<Job[]> {
    return await jobs(this.sql, this.viewer)
      .where('library.id', '=', soundId)
      .orderBy('jobs.generation', 'desc')
      .execute();
  }

  restart(soundId: string): Promise<Job | null> {
    return this.sql.transaction((tx) => nextGeneration(tx, soundId), { durable: true });
  }

  replace(soundId: string, bytes: Omit<NewSound, 'id'>): Promise<Job | null> {
    return this.sql.transaction(
      async (tx) => {
        await tx.db.updateTable('sounds').set(bytesOf(bytes)).where('id', '=', soundId).execute();
        await areUsed(tx, bytes.sha256);
        return nextGeneration(tx, soundId);
      },
      { durable: true },
    );
  }

  async unfinished(): Promise<Job[]> {
    return await jobs(this.sql, this.viewer)
      .where('jobs.state', 'in', UNFINISHED)
      .whereRef('jobs.generation', '=', 'library.generation')
      .orderBy('jobs.created_at')
      .orderBy('jobs.sound_key')
      .execute();
  }

  restartWithoutModel(modelKey: string): Promise<number> {
    return this.sql.transaction(
      async (tx) => {
        let restarted = 0;
        for (const id of await withoutModel(tx, modelKey)) {
          if (await nextGeneration(tx, id, { onlyReady: true })) restarted++;
        }
        return restarted;
      },
      { durable: true },
    );
  }

  soundsWithoutModel(modelKey: string): Promise<string[]> {
    return withoutModel(this.sql, modelKey);
  }

  start(jobId: string): Promise<Job | null> {
    return this.sql.transaction(async (tx) => {
      const job = await locked(tx, jobId);
      if (!job || !mayStart({ job, soundGeneration: job.soundGeneration })) return null;
      await tx.db
        .updateTable('jobs')
        .set({
          state: 'active',
          stage: 'reading',
          progress: 0,
          attempts: job.attempts + 1,
          error: null,
          started_at: now(),
        })
        .where('id', '=', jobId)
        .execute();
      return one(tx, jobId);
    });
  }

  async progress(jobId: string, stage: JobStage, progress: number): Promise<void> {
    await this.sql.db
      .updateTable('jobs')
      .set({ stage, progress: Math.min(1, Math.max(0, progress)) })
      .where('id', '=', jobId)
      .where('state', '=', 'active')
      .execute();
  }

  async retryLater(jobId: string, error: string): Promise<void> {
    await this.sql.db
      .updateTable('jobs')
      .set({ ...WAITING, error })
      .where('id', '=', jobId)
      .where('state', '=', 'active')
      .execute();
  }

  async complete(jobId: string, result: ProcessedSound): Promise<boolean> {
    const own = await this.sql.db.selectFrom('jobs').select('sound_key').where('id', '=', jobId).executeTakeFirst();
    const copies = await findCopies(this.sql, own?.sound_key, result.analysis.fingerprint);
    return this.sql.transaction(async (tx): Promise<boolean> => {
      const job = await locked(tx, jobId);
      if (!job) return false;
      const { modelKey } = result;
      const activeModel = await activeKey(tx, 'shared');
      const outcome = resultOf({ job, soundGeneration: job.soundGeneration }, { modelKey, activeModel });
      if (outcome === 'dropped') return false;
      if (outcome === 'again') {
        await tx.db.updateTable('jobs').set(WAITING).where('id', '=', jobId).execute();
        return false;
      }
      // What a person says of it meanwhile is not written over.
      await holdSounds(tx, { keys: [job.soundKey] });
      const sound = await tx.db
        .selectFrom('sounds')
        .selectAll()
        .where('sound_key', '=', job.soundKey)
        .executeTakeFirstOrThrow();
      await saveFacts(tx, sound, result);
      // Vectors of other models leave with the old ones of this model; those of a model to come are made again.
      await tx.db.deleteFrom('segments').where('sound_key', '=', job.soundKey).execute();
      await insertSegments(tx, job.soundKey, modelKey, result.segments);
      await keepFingerprint(tx, job.soundKey, copies);
      await keepDescriptors(tx, job.soundKey, result.analysis.heard);
      await queueEmbeddingOf(tx, job.soundKey);
      await tx.db
        .updateTable('jobs')
        .set({ state: 'completed', stage: 'done', progress: 1, error: null, finished_at: now() })
        .where('id', '=', jobId)
        .execute();
      return true;
    });
  }

  fail(jobId: string, error: string): Promise<void> {
    return this.sql.transaction(async (tx) => {
      await end(tx, jobId, error);
    });
  }

  cancel(jobId: string): Promise<void> {
    return this.sql.transaction(async (tx) => {
      const job = await end(tx, jobId, CANCELLED);
      if (!job) return;
      await tx.db
        .updateTable('sounds')
        .set({ status: 'ready', error: null })
        .where('sound_key', '=', job.soundKey)
        .where('generation', '=', job.generation)
        .where('processed_at', 'is not', null)
        .execute();
    });
  }

  async waiting(atMost: number): Promise<number> {
    const some = this.sql.db
      .selectFrom('jobs')
      .select('id')
      .where('state', '=', 'queued')
      .where('sound_key', 'is not', null)
      .limit(atMost);
    const { count } = await this.sql.db
      .selectFrom(some.as('some'))
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  async counts(): Promise<Record<JobState, number>> {
    const counts = { queued: 0, active: 0, completed: 0, failed: 0 };
    const rows = await this.sql.db
      .selectFrom('jobs')
      .innerJoin('library', 'library.sound_key', 'jobs.sound_key')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .whereRef('jobs.generation', '=', 'library.generation')
      .where(every(seenBy(this.viewer, 'library')))
      .groupBy('state')
      .execute();
    for (const row of rows) counts[row.state] = row.count;
    return counts;
  }
}

/** These bytes are no leftover any more. */
async function areUsed({ db }: Sql, sha256: string): Promise<void> {
  await db.deleteFrom('leftovers').where('sha256', '=', sha256).execute();
}

/** Jobs of sounds that are in the library. */
const jobs = ({ db }: Sql, viewer: Viewer = EVERYTHING) =>
  db
    .selectFrom('jobs')
    .innerJoin('library', 'library.sound_key', 'jobs.sound_key')
    .where(every(seenBy(viewer, 'library')))
    .select([
      'jobs.id as id',
      'jobs.owner as owner',
      'library.id as soundId',
      'jobs.generation as generation',
      'jobs.state as state',
    ])
    .select(['jobs.stage as stage', 'jobs.progress as progress', 'jobs.attempts as attempts', 'jobs.error as error'])
    .select(['jobs.created_at as createdAt', 'jobs.started_at as startedAt', 'jobs.finished_at as finishedAt']);

async function one(sql: Sql, jobId: string, viewer?: Viewer): Promise<Job | null> {
  return (await jobs(sql, viewer).where('jobs.id', '=', jobId).executeTakeFirst()) ?? null;
}

/** A job and where its sound stands; nobody else changes it until the transaction ends. */
const locked = async (tx: Sql, jobId: string): Promise<LockedJob | undefined> =>
  await jobs(tx)
    .select(['jobs.sound_key as soundKey', 'library.generation as soundGeneration'])
    .where('jobs.id', '=', jobId)
    .$if(tx.dialect.locksRows, (query) => query.forUpdate('jobs'))
    .executeTakeFirst();

type LockedJob = Job & { soundKey: number; soundGeneration: number };

/** Ends a job that has not ended. @returns it as it was, null when there is nothing to end */
async function end(tx: Sql, jobId: string, error: string): Promise<LockedJob | null> {
  const job = await locked(tx, jobId);
  if (!job || job.state === 'completed' || job.state === 'failed') return null;
  await tx.db
    .updateTable('jobs')
    .set({ state: 'failed', stage: 'done', error, finished_at: now() })
    .where('id', '=', jobId)
    .execute();
  await tx.db
    .updateTable('sounds')
    .set({ status: 'failed', error, updated_at: now() })
    .where('sound_key', '=', job.soundKey)
    .where('generation', '=', job.generation)
    .execute();
  return job;
}

async function nextGeneration(tx: Sql, soundId: string, { onlyReady = false } = {}): Promise<Job | null> {
  const sound = await tx.db
    .selectFrom('sounds')
    .select(['sound_key', 'generation', 'status'])
    .where('id', '=', soundId)
    .where('sound_key', 'not in', (eb) => eb.selectFrom('bin').select('sound_key'))
    .$if(tx.dialect.locksRows, (query) => query.forUpdate('sounds'))
    .executeTakeFirst();
  if (!sound || (onlyReady && sound.status !== 'ready')) return null;
  const generation = sound.generation + 1;
  await tx.db
    .updateTable('jobs')
    .set({ state: 'failed', stage: 'done', finished_at: now(), error: REPLACED })
    .where('sound_key', '=', sound.sound_key)
    .where('state', 'in', UNFINISHED)
    .execute();
  await tx.db
    .updateTable('sounds')
    .set({ generation, status: 'processing', error: null, updated_at: now() })
    .where('sound_key', '=', sound.sound_key)
    .execute();
  return insertJob(tx, soundId, sound.sound_key, generation);
}

async function insertJob(tx: Sql, soundId: string, soundKey: number, generation: number): Promise<Job> {
  const id = jobIdFor(soundId, generation);
  await tx.db
    .insertInto('jobs')
    .values((eb) => ({
      id,
      sound_key: soundKey,
      owner: eb.selectFrom('sounds').select('owner_id').where('sound_key', '=', soundKey).$asScalar().$notNull(),
      generation,
      created_at: now(),
    }))
    .execute();
  return (await one(tx, id))!;
}

async function withoutModel({ db }: Sql, modelKey: string): Promise<string[]> {
  const rows = await db
    .selectFrom('library')
    .select('id')
    .where('status', '=', 'ready')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('segments')
            .select('segments.id')
            .whereRef('segments.sound_key', '=', 'library.sound_key')
            .where('model_key', '=', modelKey),
        ),
      ),
    )
    .orderBy('sound_key')
    .execute();
  return rows.map(({ id }) => id);
}

/** The columns that tell of the stored bytes. */
const bytesOf = (sound: Omit<NewSound, 'id'>) => ({
  sha256: sound.sha256,
  filename: sound.filename,
  extension: extensionOf(sound.filename),
  size_bytes: sound.sizeBytes,
  duration_s: sound.durationS,
  sample_rate_hz: sound.sampleRateHz,
  channels: sound.channels,
  codec: sound.codec,
  bit_rate_kbps: sound.bitRateKbps,
  bits_per_sample: sound.bitsPerSample,
  hearing: sound.hearing ? JSON.stringify(sound.hearing) : null,
});

/** What decoding found replaces what probing guessed; what a person has set stays. */
async function saveFacts(
  tx: Sql,
  sound: SoundRow,
  { facts, hearing, damaged, fileTags, cover = null, chapters = [], peaks, analysis, loudness }: ProcessedSound,
): Promise<void> {
  const { sound_key: key, filename } = sound;
  if (cover) await keepCover(tx, cover);
  await tx.db
    .updateTable('sounds')
    .set({
      cover: cover?.id ?? null,
      album_artist: fileTags.albumArtist,
      album_place: albumPlace(fileTags.disc, fileTags.track),
      recorded: fileTags.recorded ?? '',
    })
    .where('sound_key', '=', key)
    .execute();
  const edited = editedOf(sound);
  const next = readAnew(editableOf(sound), edited, fileTags, analysis);
  const artists = edited.has('artist') ? undefined : fileTags.artists;
  await writeMetadata(tx, key, { filename, ...columnsOf(next) }, artists);
  const processed = now();
  await tx.db
    .updateTable('sounds')
    .set({
      status: 'ready',
      error: null,
      duration_s: facts.durationS ?? sound.duration_s,
      sample_rate_hz: facts.sampleRateHz ?? sound.sample_rate_hz,
      channels: facts.channels ?? sound.channels,
      codec: facts.codec ?? sound.codec,
      bit_rate_kbps: facts.bitRateKbps ?? sound.bit_rate_kbps,
      bits_per_sample: facts.bitsPerSample ?? sound.bits_per_sample,
      hearing: hearing ? JSON.stringify(hearing) : null,
      damaged: damaged ?? null,
      ...heardColumns(analysis, loudness ?? null),
      processed_at: processed,
      updated_at: processed,
    })
    .where('sound_key', '=', key)
    .execute();
  await replaceTags(tx, key, 'file', fileTags.keywords);
  await replaceChapters(tx, key, chapters);
  const { buffer, byteOffset, byteLength } = peaks.minMax;
  const overview = { bucket_s: peaks.bucketS, min_max: Buffer.from(buffer, byteOffset, byteLength) };
  await tx.db
    .insertInto('peaks')
    .values({ sound_key: key, ...overview })
    .onConflict((conflict) => conflict.column('sound_key').doUpdateSet(overview))
    .execute();
  await indexWords(tx, key);
}
