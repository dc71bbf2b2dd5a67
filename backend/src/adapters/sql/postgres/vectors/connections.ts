import type pg from 'pg';
import { isConflict, meaningOf } from '../pool.js';

/** How often a transaction is begun anew that came into the way of another. */
const TRIES = 5;

/** Statements beside those that are built, over the connections of the library. Errors mean what they mean for people. */
export class Connections {
  constructor(private readonly pool: pg.Pool) {}

  /** @param last the connection is not used again: work has left settings in it */
  async with<T>(work: (client: pg.PoolClient) => Promise<T>, last = false): Promise<T> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.pool.connect();
      return await work(client);
    } catch (error) {
      throw meaningOf(error);
    } finally {
      client?.release(last);
    }
  }

  /** All of the work or nothing. */
  async transact<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.with((client) => inTransaction(client, 'BEGIN', () => work(client)));
      } catch (error) {
        if (!isConflict(error) || tries === TRIES) throw error;
      }
    }
  }
}

/** @param begin with settings for this transaction, where there are any */
export async function inTransaction<T>(client: pg.ClientBase, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
