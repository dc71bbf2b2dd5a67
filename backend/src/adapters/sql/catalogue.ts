import { sql as raw, type RawBuilder } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type {
  Album,
  Artist,
  Catalogue,
  CatalogueRequest,
  CatalogueSort,
} from '../../domain/library/catalogue.ports.js';
import { fold } from '../../domain/search/words.js';
import { inLibraryOf } from './access.js';
import type { Storage } from './dialect.js';
import { every } from './sound.condition.js';
import { literally } from './values.js';

type Condition = RawBuilder<boolean>;

/** Keys only grow: the greatest is that of the sound that came last. */
const ORDERS: Readonly<Record<CatalogueSort, RawBuilder<unknown>>> = {
  name: raw`name`,
  sounds: raw`sounds DESC, name`,
  added: raw`newest DESC`,
};

/** Grouping needs indexes alone; what is told of each is looked up for the rows of the page. */
export class SqlCatalogue implements Catalogue {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async artists({
    name,
    ...request
  }: Parameters<Catalogue['artists']>[0]): Promise<{ items: Artist[]; total: number }> {
    const conditions = [
      inLibraryOf(this.viewer),
      ...holding(raw`name_folded`, request),
      ...(name === undefined ? [] : [raw<boolean>`name_folded = ${fold(name.trim())}`]),
    ];
    const seen = inLibraryOf(this.viewer);
    const rows = await this.page<Artist>(
      { table: raw`sound_artists`, by: raw`name_folded`, conditions, request },
      raw`SELECT min(sound_artists.name) AS name, max(page.sounds) AS sounds,
          count(DISTINCT album_key) AS albums, ${FIRST_COVER} AS cover
        FROM page JOIN sound_artists ON sound_artists.name_folded = page.name JOIN sounds AS of USING (sound_key)
        WHERE ${seen}
        GROUP BY page.name`,
    );
    return { items: rows, total: await this.count(raw`sound_artists`, raw`name_folded`, conditions) };
  }

  async albums({
    artist,
    key,
    ...request
  }: Parameters<Catalogue['albums']>[0]): Promise<{ items: Album[]; total: number }> {
    const seen = inLibraryOf(this.viewer);
    const conditions = [
      raw<boolean>`album_key IS NOT NULL`,
      seen,
      ...holding(raw`album_key`, request),
      ...(key === undefined ? [] : [raw<boolean>`album_key = ${key}`]),
      ...(artist === undefined
        ? []
        : [
            raw<boolean>`album_key IN (SELECT album_key FROM sounds WHERE ${seen} AND sound_key IN (
              SELECT sound_key FROM sound_artists WHERE name_folded = ${fold(artist.trim())}))`,
          ]),
    ];
    const rows = await this.page<
      Omit<Album, 'artist'> & { said: string | null; artist: string | null; artists: number }
    >(
      { table: raw`sounds`, by: raw`album_key`, conditions, request },
      raw`SELECT page.name AS key, min(album) AS name, min(album_artist) AS said, min(artist) AS artist,
          count(DISTINCT coalesce(artist_folded, '')) AS artists, max(page.sounds) AS sounds,
          coalesce(sum(duration_s), 0.0) AS "durationS", ${FIRST_COVER} AS cover
        FROM page JOIN sounds AS of ON album_key = page.name
        WHERE ${seen}
        GROUP BY page.name`,
    );
    const items = rows.map(({ said, artist: only, artists, ...album }) => ({
      ...album,
      artist: said ?? (artists === 1 ? only : null),
    }));
    return { items, total: await this.count(raw`sounds`, raw`album_key`, conditions) };
  }

  /** Groups of rows in the order asked for, with what `told` says of each of `page`: its name, its place, its sounds. */
  private async page<Row>(
    {
      table,
      by,
      conditions,
      request: { sort, limit, offset },
    }: { table: RawBuilder<unknown>; by: RawBuilder<unknown>; conditions: Condition[]; request: CatalogueRequest },
    told: RawBuilder<unknown>,
  ): Promise<Row[]> {
    const { rows } = await raw<Row>`
      WITH page AS (
        SELECT ${by} AS name, count(*) AS sounds, max(sound_key) AS newest
        FROM ${table} WHERE ${every(conditions)}
        GROUP BY ${by} ORDER BY ${ORDERS[sort]} LIMIT ${limit} OFFSET ${offset}
      ) ${told} ORDER BY ${OUTER[sort]}`.execute(this.sql.db);
    return rows;
  }

  private async count(
    table: RawBuilder<unknown>,
    by: RawBuilder<unknown>,
    conditions: readonly Condition[],
  ): Promise<number> {
    const { rows } = await raw<{
      total: number;
    }>`SELECT count(DISTINCT ${by}) AS total FROM ${table} WHERE ${every(conditions)}`.execute(this.sql.db);
    return rows[0]!.total;
  }
}

const OUTER: Readonly<Record<CatalogueSort, RawBuilder<unknown>>> = {
  name: raw`page.name`,
  sounds: raw`max(page.sounds) DESC, page.name`,
  added: raw`max(page.newest) DESC`,
};

/** The same one each time, whichever sounds come and go beside it. */
const FIRST_COVER = raw`min(cover)`;

const holding = (column: RawBuilder<unknown>, { text = '' }: CatalogueRequest): Condition[] => {
  const folded = fold(text.trim());
  return folded === '' ? [] : [raw`${column} LIKE ${`%${literally(folded)}%`} ESCAPE '\\'`];
};
