import type { DescribedSound, Heard } from '../../domain/analysis/aspects.types.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { DescribedSounds } from '../../domain/analysis/aspects.ports.js';
import type { Sql, Storage } from './dialect.js';

/** Keeps what a sound is compared by, instead of what there was. Run inside the transaction that saves the analysis. */
export async function keepDescriptors({ db }: Sql, key: SoundKey, heard: Heard | null): Promise<void> {
  await db.deleteFrom('descriptors').where('sound_key', '=', key).execute();
  if (!heard) return;
  const bytes = Buffer.from(heard.buffer, heard.byteOffset, heard.byteLength);
  await db.insertInto('descriptors').values({ sound_key: key, heard: bytes }).execute();
}

export class SqlDescribedSounds implements DescribedSounds {
  constructor(private readonly sql: Storage) {}

  async state(): Promise<{ count: number; newest: number }> {
    const { count, newest } = await inLibrary(this.sql)
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max<number | null>('number').as('newest')])
      .executeTakeFirstOrThrow();
    return { count, newest: newest ?? 0 };
  }

  async after(number: number): Promise<DescribedSound[]> {
    const rows = await inLibrary(this.sql)
      .select(['descriptors.sound_key', 'heard', 'loudness_lufs', 'peak_db'])
      .where('number', '>', number)
      .orderBy('number')
      .execute();
    return rows.map((row) => ({
      soundKey: row.sound_key,
      // Copied, since a float view needs an aligned start.
      heard: new Float32Array(new Uint8Array(row.heard).buffer),
      loudnessLufs: row.loudness_lufs,
      peakDb: row.peak_db,
    }));
  }
}

const inLibrary = ({ db }: Sql) =>
  db.selectFrom('descriptors').innerJoin('library', 'library.sound_key', 'descriptors.sound_key');
