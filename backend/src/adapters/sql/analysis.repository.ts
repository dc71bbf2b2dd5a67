import { sql as raw, type RawBuilder } from 'kysely';
import { decideMusic, taggedMusic } from '../../domain/analysis/music-facts.js';
import type { AnalysisRepository, AnalysisWants } from '../../domain/analysis/analysis.ports.js';
import type { Loudness, SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { Hearing } from '../../domain/library/library.types.js';
import { CODECS_WITH_BITS, tellsBits } from '../../domain/library/sample-bits.js';
import type { Storage } from './dialect.js';
import { columnsOf, editableOf, heardColumns } from './music.rows.js';
import { keepDescriptors } from './descriptor.rows.js';
import { findCopies, keepFingerprint } from './fingerprint.rows.js';
import { holdSounds } from './held-sounds.js';
import { editedOf, writeMetadata } from './sound.rows.js';

/** Of one channel there is only one mix. */
const unmixed = raw<boolean>`(hearing IS NULL AND channels > 1)`;
const unheard = (version: number): RawBuilder<boolean> => raw`(analysis_version IS DISTINCT FROM ${version})`;
const unasked = raw<boolean>`(recorded IS NULL OR bits_per_sample IS NULL AND codec IN (${raw.join(CODECS_WITH_BITS)}))`;
const pending = (version: number): RawBuilder<boolean> =>
  raw`status = 'ready' AND (${unheard(version)} OR ${unmixed} OR ${unasked})`;

export class SqlAnalysisRepository implements AnalysisRepository {
  constructor(private readonly sql: Storage) {}

  async pending(version: number, limit: number): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('library')
      .select('id')
      .where(pending(version))
      .orderBy('sound_key', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async progress(version: number): Promise<{ ready: number; heard: number }> {
    return await this.sql.db
      .selectFrom('library')
      .select(({ fn }) => [
        fn.countAll<number>().as('ready'),
        fn
          .countAll<number>()
          .filterWhere(raw<boolean>`NOT (${pending(version)})`)
          .as('heard'),
      ])
      .where('status', '=', 'ready')
      .executeTakeFirstOrThrow();
  }

  async wants(soundId: string, version: number): Promise<AnalysisWants | null> {
    const row = await this.sql.db
      .selectFrom('library')
      .select(['analysis_version', 'hearing', 'channels', 'codec', 'bits_per_sample', 'recorded'])
      .where(pending(version))
      .where('id', '=', soundId)
      .executeTakeFirst();
    if (!row) return null;
    return {
      analysis: row.analysis_version !== version,
      hearing: row.hearing === null && (row.channels ?? 0) > 1,
      bits: row.bits_per_sample === null && tellsBits(row.codec),
      recorded: row.recorded === null,
    };
  }

  async keepSaid(
    soundId: string,
    { bitsPerSample, recorded }: Parameters<AnalysisRepository['keepSaid']>[1],
  ): Promise<void> {
    await this.sql.db
      .updateTable('sounds')
      .set((eb) => ({
        ...(bitsPerSample !== undefined && {
          bits_per_sample: eb.fn.coalesce('bits_per_sample', eb.val(bitsPerSample ?? 0)),
        }),
        ...(recorded !== undefined && { recorded: eb.fn.coalesce('recorded', eb.val(recorded ?? '')) }),
      }))
      .where('id', '=', soundId)
      .execute();
  }

  async keepHearing(soundId: string, hearing: Hearing): Promise<void> {
    await this.sql.db
      .updateTable('sounds')
      .set({ hearing: JSON.stringify(hearing) })
      .where('id', '=', soundId)
      .where('status', '=', 'ready')
      .where('hearing', 'is', null)
      .execute();
  }

  async save(soundId: string, analysis: SoundAnalysis, loudness: Loudness | null): Promise<boolean> {
    const own = await this.sql.db.selectFrom('sounds').select('sound_key').where('id', '=', soundId).executeTakeFirst();
    const copies = await findCopies(this.sql, own?.sound_key, analysis.fingerprint);
    return this.sql.transaction(async (tx): Promise<boolean> => {
      await holdSounds(tx, { ids: [soundId] });
      const row = await tx.db
        .selectFrom('library')
        .selectAll()
        .where('id', '=', soundId)
        .where('status', '=', 'ready')
        .executeTakeFirst();
      if (!row) return false;
      const current = editableOf(row);
      const next = { ...current, ...decideMusic(current, editedOf(row), taggedMusic(current), analysis) };
      await writeMetadata(tx, row.sound_key, { filename: row.filename, ...columnsOf(next) });
      await tx.db
        .updateTable('sounds')
        .set(heardColumns(analysis, loudness))
        .where('sound_key', '=', row.sound_key)
        .execute();
      await keepFingerprint(tx, row.sound_key, copies);
      await keepDescriptors(tx, row.sound_key, analysis.heard);
      return true;
    });
  }
}
