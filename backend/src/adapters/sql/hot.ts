import type { CompiledQuery, Compilable } from 'kysely';
import type { Sql } from './dialect.js';

/** Stands for a parameter while a statement is made. */
class Place {
  constructor(readonly at: number) {}
}

type Builder<Params extends unknown[], Row> = (sql: Sql, ...params: Params) => Compilable<Row> | CompiledQuery<Row>;

/**
 * A statement that runs for every search: its text is made once for each connection, since making it costs more than running
 * it. The builder must use each parameter as it is, and must not look at it.
 */
export function hot<Params extends unknown[], Row>(
  build: Builder<Params, Row>,
): (sql: Sql, ...params: Params) => Promise<Row[]> {
  const made = new WeakMap<Sql['dialect'], CompiledQuery<Row>>();
  return async (sql, ...params) => {
    let query = made.get(sql.dialect);
    if (!query) {
      const places = Array.from({ length: build.length - 1 }, (_, at) => new Place(at));
      const built = build(sql, ...(places as unknown as Params));
      query = 'compile' in built ? built.compile() : built;
      made.set(sql.dialect, query);
    }
    const parameters = query.parameters.map((value) => (value instanceof Place ? params[value.at] : value));
    return (await sql.db.executeQuery<Row>({ ...query, parameters })).rows;
  };
}
