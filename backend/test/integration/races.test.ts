import { describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { TaggingService } from '../../src/domain/tagging/tagging.service.js';
import type { TagRepository } from '../../src/domain/tagging/tagging.ports.js';
import type { VocabularyEdits } from '../../src/domain/tagging/tagging.types.js';
import { NO_EDITS } from '../../src/domain/tagging/vocabulary.js';
import { MaintenanceService } from '../../src/domain/maintenance/maintenance.service.js';
import { FakeWorld, later } from '../support/fakes.js';
import { forAll } from '../support/viewers.js';

const codesOf = (settled: PromiseSettledResult<unknown>[]): unknown[] =>
  settled.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code?: string }).code)).sort();

/** Everything stored answers later here: what two people do at once comes in between each other's questions. */
describe('at once', () => {
  it('one of two collections of a name is made', async () => {
    const { collections } = new FakeWorld().deps();
    const made = await Promise.allSettled(['Drums', 'DRUMS'].map((name) => collections.create(LOCAL, name, null)));
    expect(codesOf(made)).toEqual(['conflict', 'done']);
    const { id } = await collections.create(LOCAL, 'Keys', null);
    const both = [collections.update(LOCAL, id, { name: 'Bells' }), collections.create(LOCAL, 'bells', null)];
    expect(codesOf(await Promise.allSettled(both))).toEqual(['conflict', 'done']);
    const names = (await collections.list(LOCAL, { limit: 9 })).items.map(({ name }) => name.toLowerCase());
    expect(names.filter((name) => name === 'bells')).toEqual(['bells']);
  });

  it('one of two tasks of upkeep is started', async () => {
    const world = new FakeWorld();
    const unused = (): Promise<never> => new Promise(() => undefined);
    const service = new MaintenanceService({
      sounds: world.ports().sounds,
      bin: { sums: unused, hashes: unused },
      jobs: world.ports().jobs,
      segments: { segmentCount: () => 0 },
      index: { rebuild: unused, status: () => ({ state: 'ready' }) as never },
      database: { size: unused, check: unused, rewrites: () => true, compact: unused, backup: unused },
      files: { examine: unused, strays: unused, close: () => Promise.resolve() },
      backups: { current: unused, begin: unused, read: () => undefined as never },
      meter: { folders: unused, disk: unused },
      events: { tell: () => undefined },
      work: world.work,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const started = [service.start(LOCAL, 'compact'), service.start(LOCAL, 'compact'), service.start(LOCAL, 'check')];
    expect(codesOf(await Promise.allSettled(started))).toEqual(['conflict', 'conflict', 'done']);
  });

  it('a vocabulary that is read while it changes is not kept', async () => {
    const world = new FakeWorld();
    let stored: VocabularyEdits = NO_EDITS;
    let answerOldRead: () => void = () => undefined;
    const tags: TagRepository = {
      edits: () => {
        const edits = stored;
        if (edits !== NO_EDITS) return edits;
        return new Promise((resolve) => (answerOldRead = () => resolve(edits)));
      },
      saveEdits: (edits) => void (stored = edits),
      stale: () => ({ sounds: [], cursor: null }),
      staleAmong: () => [],
      save: () => [],
      forget: () => [],
      progress: () => ({ ready: 0, tagged: 0 }),
      counts: () => ({ items: [], total: 0 }),
    };
    const tagging = new TaggingService({
      tags: later(tags),
      seen: forAll(later(tags)),
      segments: { changesSince: () => [], latestSeq: () => 0, segmentCount: () => 0, segmentsOf: () => [] },
      texts: {
        info: { key: 'm' } as never,
        background: null,
        embedTexts: () => Promise.reject(new Error('not used')),
      },
      events: world.events,
      jobs: world.work,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const early = tagging.vocabulary(LOCAL).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const changed = await tagging.changeVocabulary(LOCAL, { ...NO_EDITS, removed: ['rain'] });
    answerOldRead();
    await early;
    expect((await tagging.vocabulary(LOCAL)).version).toBe(changed.version);
    await tagging.stop();
  });
});
