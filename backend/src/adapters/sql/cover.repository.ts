import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { Cover, CoverRepository, CoverSize } from '../../domain/library/covers.ports.js';
import { seenBy } from './access.js';
import type { Sql, Storage } from './dialect.js';
import { every } from './sound.condition.js';
import { now } from './values.js';

const COLUMNS = { 96: 'small', 400: 'large' } as const satisfies Record<CoverSize, string>;

export class SqlCoverRepository implements CoverRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async get(id: string, size: CoverSize): Promise<Uint8Array | null> {
    const row = await this.sql.db
      .selectFrom('covers')
      .select(`${COLUMNS[size]} as picture`)
      .where('id', '=', id)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('library')
            .select('library.sound_key')
            .where('library.cover', '=', id)
            .where(every(seenBy(this.viewer, 'library'))),
        ),
      )
      .executeTakeFirst();
    return row?.picture ?? null;
  }

  async forgetUnused(before: string): Promise<number> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('covers')
      .where('touched_at', '<', before)
      .where((eb) =>
        eb.not(
          eb.exists(eb.selectFrom('sounds').select('sounds.sound_key').whereRef('sounds.cover', '=', 'covers.id')),
        ),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

/** Call inside the transaction that gives it to a sound. The moment keeps one that nobody had from being forgotten meanwhile. */
export async function keepCover({ db }: Sql, { id, small, large }: Cover): Promise<void> {
  const touched = now();
  await db
    .insertInto('covers')
    .values({ id, small: Buffer.from(small), large: Buffer.from(large), touched_at: touched })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ touched_at: touched }))
    .execute();
}
