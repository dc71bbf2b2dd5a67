import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { LOCAL_OWNER } from '../../src/domain/accounts/actor.js';
import { storesOver, type Stores } from '../../src/adapters/sql/index.js';
import { libraryOf, type Engine } from './engines.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';

const SOUNDS = 12;
const ROUNDS = 5;

/** What two processes do to the same things at the same time, where the database lets several write: neither fails, and nothing is lost. */
export function atOnceSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let other: Stores;
  let ids: string[];
  let backwards: string[];

  beforeEach(async () => {
    other = storesOver(await library.another(), { recordSearches: true });
    ids = [];
    for (let at = 0; at < SOUNDS; at++) ids.push(await ready(`${at}.wav`));
    backwards = [...ids].reverse();
  });

  async function accepted(filename: string): Promise<{ id: string; jobId: string }> {
    const outcome = await library.jobs.accept(newSound(filename));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await library.jobs.start(outcome.job.id);
    return { id: outcome.job.soundId, jobId: outcome.job.id };
  }

  async function ready(filename: string): Promise<string> {
    const { id, jobId } = await accepted(filename);
    await library.jobs.complete(jobId, processed(segmentsFrom([unit([1, 0])])));
    return id;
  }

  const waiting = async (): Promise<boolean> => {
    const { rows } = await sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`.execute(
      library.storage.db,
    );
    return rows.length > 0;
  };

  /** Begins the work while somebody else is just saying how a sound is called. */
  async function whileNamed(id: string, title: string, work: () => unknown): Promise<void> {
    let done = false;
    let working: Promise<unknown> = Promise.resolve();
    await library.storage.transaction(async (tx) => {
      const edited = JSON.stringify(['title']);
      await tx.db.updateTable('sounds').set({ title, edited }).where('id', '=', id).execute();
      working = Promise.resolve(work()).finally(() => (done = true));
      while (!done && !(await waiting())) await sleep(10);
    });
    await working;
  }

  it('give and take tags of the same sounds in any order', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([
        library.bulk.changeTags(ids, { add: [`one ${round}`], remove: [] }),
        other.bulk.changeTags(backwards, { add: [`other ${round}`], remove: [] }),
        library.bulk.changeTags(backwards, { add: [], remove: [`one ${round - 1}`] }),
      ]);
    }
    const last = await library.sounds.get(ids[0]!);
    const names = last?.tags.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([`one ${ROUNDS - 1}`, `other ${ROUNDS - 1}`]));
  });

  it('keep what each says of the same sounds', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [artist, genre] = [`Ann ${round}`, `Ambient ${round}`];
      await Promise.all([
        library.bulk.changeFields(ids, { artist }),
        other.bulk.changeFields(backwards, { genre }),
        library.ratings.change(LOCAL_OWNER, ids, { stars: (round % 5) + 1 }),
        other.ratings.change(LOCAL_OWNER, backwards, { favourite: round % 2 === 0 }),
      ]);
      for (const id of ids) expect(await library.sounds.get(id)).toMatchObject({ artist, genre });
      for (const rating of await library.ratings.all(LOCAL_OWNER)) {
        expect(rating).toMatchObject({ stars: (round % 5) + 1, favourite: round % 2 === 0 });
      }
    }
  });

  it('keep the name that a sound is given while it is processed, listened to again or tagged', async () => {
    const { id, jobId } = await accepted('field.wav');
    const result = processed(segmentsFrom([unit([1, 0])]));
    await whileNamed(id, 'While processed', () => other.jobs.complete(jobId, result));
    expect(await library.sounds.get(id)).toMatchObject({ title: 'While processed', status: 'ready' });
    await whileNamed(id, 'While listened to', () => other.analyses.save(id, result.analysis, null));
    expect((await library.sounds.get(id))?.title).toBe('While listened to');
    await whileNamed(id, 'While edited', () => other.bulk.changeFields([id], { genre: 'Noise' }));
    expect(await library.sounds.get(id)).toMatchObject({ title: 'While edited', genre: 'Noise' });
  });

  it('delete and restore the same sounds in any order', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const put = await Promise.all([library.bin.put(ids), other.bin.put(backwards), library.bin.put([ids[3]!])]);
      expect(put.flat().sort()).toEqual([...ids].sort());
      const back = await Promise.all([library.bin.restore(ids), other.bin.restore(backwards)]);
      expect(back.flatMap(({ restored }) => restored).sort()).toEqual([...ids].sort());
      await Promise.all([library.bin.put(ids), other.bin.restore(backwards), other.bin.put(ids)]);
      await library.bin.restore(ids);
    }
    const erased = await Promise.all([library.bin.erase(ids, 'anywhere'), other.bin.erase(backwards, 'anywhere')]);
    expect(erased.flat()).toHaveLength(SOUNDS);
  });

  it('are told that a sound is gone which the other deletes for good while they use it', async () => {
    const { id: list } = await library.collections.create({ id: randomUUID(), name: 'Kit', description: null });
    for (const id of ids) {
      await Promise.all([
        library.bin.erase([id], 'anywhere'),
        other.collections.add(list, [id]),
        other.bulk.changeTags([id], { add: ['late'], remove: [] }),
        other.ratings.change(LOCAL_OWNER, [id], { stars: 3 }),
      ]);
    }
    expect((await library.collections.sounds(list, { limit: 9 })).total).toBe(0);
    expect(await library.ratings.all(LOCAL_OWNER)).toEqual([]);
  });

  it('make one collection of a name', async () => {
    const create = (stores: Pick<Stores, 'collections'>, name: string) =>
      stores.collections.create({ id: randomUUID(), name, description: null });
    for (let round = 0; round < ROUNDS; round++) {
      const both = await Promise.allSettled([create(library, `Drums ${round}`), create(other, `DRUMS ${round}`)]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    }
    expect((await library.collections.list({ limit: 9 })).total).toBe(ROUNDS);
  });
}
