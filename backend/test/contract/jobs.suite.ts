import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Hold, JobStore } from '../../src/domain/jobs/jobs.ports.js';
import type { JobKind } from '../../src/domain/jobs/jobs.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { newSound } from './fixtures.js';

const soon = (ms = 60_000): string => new Date(Date.now() + ms).toISOString();
const A = (): Hold => ({ holder: 'a', until: soon() });
const B = (): Hold => ({ holder: 'b', until: soon() });
const order = (kind: JobKind, subject: string | null = null) => ({
  id: `${kind}-${randomUUID()}`,
  kind,
  subject,
  owner: 'local',
});

/** What every store of jobs does. */
export function jobStoreSuite(engine: Engine): void {
  describe('long work', () => {
    const library = libraryOf(engine);
    let store: JobStore;
    let sounds: Library['jobs'];
    beforeEach(() => ({ work: store, jobs: sounds } = library));

    it('begin once for a kind and subject, and are held by one', async () => {
      const job = await store.begin(order('scan', 'f1'), A());
      expect(job).toMatchObject({
        kind: 'scan',
        subject: 'f1',
        state: 'active',
        attempts: 1,
        owner: 'local',
        error: null,
      });
      expect(await store.begin(order('scan', 'f1'), B())).toBeNull();
      expect(await store.begin(order('scan', 'f2'), B())).not.toBeNull();
      expect(await store.report(job!.id, { stage: 'importing', progress: 0.5, detail: { done: 3 } }, B())).toBe(false);
      expect(await store.report(job!.id, { stage: 'importing', progress: 0.5, detail: { done: 3 } }, A())).toBe(true);
      expect(await store.get(job!.id)).toMatchObject({ stage: 'importing', progress: 0.5, detail: { done: 3 } });
      expect(await store.finish(job!.id, { state: 'completed', result: { files: 3 } }, 'b')).toBe(false);
      expect(await store.finish(job!.id, { state: 'completed', result: { files: 3 } }, 'a')).toBe(true);
      expect(await store.finish(job!.id, { state: 'failed', error: 'late' }, 'a')).toBe(false);
      const over = await store.get(job!.id);
      expect(over).toMatchObject({ state: 'completed', progress: 1, result: { files: 3 }, error: null });
      expect(over?.finishedAt).not.toBeNull();
      const again = await store.begin(order('scan', 'f1'), B());
      expect(again?.id).not.toBe(job!.id);
    });

    it('are gone on with when nobody holds them any more, with their id', async () => {
      const job = await store.begin(order('embedding', 'm'), { holder: 'a', until: soon(-1) });
      expect((await store.lost(new Date().toISOString())).map(({ id }) => id)).toEqual([job!.id]);
      expect(await store.begin(order('embedding', 'm'), B())).toMatchObject({ id: job!.id, attempts: 2 });
      expect(await store.lost(new Date().toISOString())).toEqual([]);
      expect(await store.report(job!.id, { stage: 'x', progress: 0 }, A())).toBe(false);
      await store.release(job!.id, 'b');
      expect(await store.get(job!.id)).toMatchObject({ state: 'queued' });
      expect(await store.begin(order('embedding', 'm'), A())).toMatchObject({ id: job!.id, attempts: 3 });
      await store.letGo('a');
      expect(await store.begin(order('embedding', 'm'), B())).toMatchObject({ id: job!.id, attempts: 4 });
      expect(await store.holders()).toEqual(['b']);
    });

    it('are not held for days by a process whose clock was ahead and that is gone', async () => {
      const ahead = { holder: 'a', until: soon(2 * 86_400_000) };
      const job = await store.begin(order('embedding', 'm'), ahead);
      expect((await store.lost(new Date().toISOString())).map(({ id }) => id)).toEqual([job!.id]);
      expect(await store.begin(order('embedding', 'm'), B())).toMatchObject({ id: job!.id, attempts: 2 });
      expect(await store.lease('bin', ahead)).toBe(true);
      expect(await store.lease('bin', B())).toBe(true);
      expect(await store.lease('bin', A())).toBe(false);
    });

    it('tell since when the oldest waits that nobody has begun', async () => {
      expect(await store.oldestWaiting()).toBeNull();
      const job = await store.begin(order('embedding', 'm'), A());
      expect(await store.oldestWaiting()).toBeNull();
      await store.release(job!.id, 'a');
      expect(await store.oldestWaiting()).toBe(job!.createdAt);
    });

    it('note who wants them to stop, until they are over', async () => {
      const job = await store.begin(order('check'), A());
      expect(await store.askToCancel(job!.id)).toBe(true);
      expect(await store.get(job!.id)).toMatchObject({ cancelling: true });
      await store.finish(job!.id, { state: 'cancelled' }, 'a');
      expect(await store.get(job!.id)).toMatchObject({ state: 'cancelled', cancelling: false });
      expect(await store.askToCancel(job!.id)).toBe(false);
      expect(await store.askToCancel('unknown')).toBe(false);
    });

    it('are listed newest first, page by page, with those of sounds, by kind, state and sound', async () => {
      const made: string[] = [];
      const soundIds: string[] = [];
      for (let i = 0; i < 3; i++) {
        const accepted = await sounds.accept(newSound(`${i}.wav`));
        if (accepted.kind === 'accepted') {
          made.push(accepted.job.id);
          soundIds.push(accepted.job.soundId);
        }
        made.push((await store.begin(order('scan', `f${i}`), A()))!.id);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({}, { limit: 4, cursor });
        expect(page.total).toBe(6);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect([...seen].sort()).toEqual([...made].sort());
      const list = async (filter: Parameters<JobStore['list']>[0]) =>
        (await store.list(filter, { limit: 10 })).items.map(({ id }) => id);
      expect(await list({ kinds: ['process'] })).toHaveLength(3);
      expect(await list({ soundId: soundIds[1] })).toEqual([made[2]]);
      expect((await store.get(made[2]!))?.subject).toBe(soundIds[1]);
      await sounds.cancel(made[0]!);
      await sounds.restart(soundIds[1]!);
      await sounds.fail(made[4]!, 'It broke.');
      expect((await list({ states: ['cancelled'] })).sort()).toEqual([made[0], made[2]].sort());
      expect(await list({ states: ['failed'] })).toEqual([made[4]]);
      expect(await list({ states: ['active'], kinds: ['scan', 'check'] })).toHaveLength(3);
      await expect(
        Promise.resolve().then(() => store.list({}, { limit: 1, cursor: 'nonsense' })),
      ).rejects.toMatchObject({
        code: 'invalid_input',
      });
      expect((await store.several([made[0]!, 'unknown', made[1]!])).map(({ id }) => id).sort()).toEqual(
        [made[0], made[1]].sort(),
      );
    });

    it('of each kind and subject, the newest is known and outlives the others', async () => {
      for (const subject of ['a', 'a', 'b']) {
        const job = await store.begin(order('install', subject), A());
        await store.finish(job!.id, { state: 'failed', error: subject }, 'a');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const latest = async () => (await store.latest(['install'])).map(({ subject, state }) => `${subject} ${state}`);
      expect(await latest()).toEqual(['b failed', 'a failed']);
      expect(await store.forget(soon())).toBe(1);
      expect(await latest()).toEqual(['b failed', 'a failed']);
      await store.dismiss((await store.latest(['install']))[0]!.id);
      expect(await latest()).toEqual(['b cancelled', 'a failed']);
      expect(await store.latest(['check'])).toEqual([]);
    });

    it('have schedules that one holds, until it says nothing any more', async () => {
      expect(await store.lease('bin', A())).toBe(true);
      expect(await store.lease('bin', B())).toBe(false);
      expect(await store.lease('usage', B())).toBe(true);
      expect(await store.lease('bin', { holder: 'a', until: soon(-1) })).toBe(true);
      expect(await store.lease('bin', B())).toBe(true);
      expect(await store.lease('bin', A())).toBe(false);
      await store.letGo('b');
      expect(await store.lease('bin', A())).toBe(true);
    });
  });
}
