import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { DomainError } from '../../../domain/errors.js';
import { because } from '../../../domain/reasons.js';
import { List } from '../dialect.js';

/** How long a statement waits for others to be done, and a request for a connection. */
const PATIENCE_MS = 10_000;
/** How alike words must be in their letters to be looked at as mistypings: every one within two edits is. */
const ALIKE = 0.05;

const { builtins } = pg.types;
/** Whole numbers above 2^53 do not come up: keys, sizes and counts are numbers. */
const NUMBERS: ReadonlySet<number> = new Set([builtins.INT8, builtins.NUMERIC]);
const parserOf = (oid: number, format?: 'text' | 'binary') =>
  NUMBERS.has(oid) && format !== 'binary'
    ? Number
    : (pg.types.getTypeParser(oid, format) as (value: string) => unknown);

export function openPool(url: string, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: PATIENCE_MS,
    // A server that is gone without a word is noticed: nobody waits for its answer for good.
    keepAlive: true,
    keepAliveInitialDelayMillis: PATIENCE_MS,
    application_name: 'traum-engine',
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  });
  // A connection that breaks while nobody uses it is replaced by the next that is needed.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    client
      .query(`SET lock_timeout = ${PATIENCE_MS}; SET pg_trgm.similarity_threshold = ${ALIKE}`)
      .catch(() => undefined);
  });
  return pool;
}

/** The pool as Kysely takes it: lists become arrays, and errors what they mean. */
export const asKyselyPool = (pool: pg.Pool): PostgresPool => ({
  connect: async () => {
    const client = await pool.connect().catch(rethrow);
    return {
      query: async (text: string, values: readonly unknown[]) => client.query(text, values.map(sent)).catch(rethrow),
      release: () => client.release(),
    } as unknown as PostgresPoolClient;
  },
  end: () => pool.end(),
});

function sent(value: unknown): unknown {
  if (value instanceof List) return value.values.map(sent);
  // The one character that no text of PostgreSQL may hold.
  return typeof value === 'string' ? value.replaceAll('\0', '') : value;
}

function rethrow(error: unknown): never {
  throw meaningOf(error);
}

/** Somebody else has what is needed: the work may be tried again. */
const IN_EACH_OTHERS_WAY = new Set(['40001', '40P01', '55P03']);
const AWAY =
  /^(?:08\w{3}|57P0[123]|53300|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|ENOTFOUND)$/;
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** A row that was looked for and was not there has come meanwhile, or one that was there has gone. */
const OVERTAKEN = new Set(['23505', '23503']);

/** Whether the same transaction, begun anew, may well succeed: it sees what the others have done by then. */
export function isConflict(error: unknown): boolean {
  const { code = '', cause } = error as { code?: string; cause?: { code?: string } };
  return error instanceof DomainError ? IN_EACH_OTHERS_WAY.has(cause?.code ?? '') : OVERTAKEN.has(code);
}

export function isAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return AWAY.test(code) || LOST.test(message);
}

/** @returns the error itself, or what it means for people */
export function meaningOf(error: unknown): unknown {
  const { code = '' } = error as { code?: string };
  if (IN_EACH_OTHERS_WAY.has(code)) {
    return new DomainError('busy', because('database_busy'), { cause: error, transient: true });
  }
  if (isAway(error)) {
    return new DomainError('busy', because('database_away'), { cause: error, transient: true });
  }
  if (code === '53100') return new DomainError('storage_full', because('disk_full_for_upkeep'), { cause: error });
  return error;
}
