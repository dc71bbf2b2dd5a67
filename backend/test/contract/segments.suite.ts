import { beforeEach, describe, expect, it } from 'vitest';
import { type FileTags, type NewSound } from '../../src/domain/library/library.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `SegmentSource` does. */
export function segmentSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let source: Library['source'];
  beforeEach(() => ({ sounds, jobs, source } = library));

  const accept = async (
    filename: string,
    over: Partial<NewSound> = {},
  ): Promise<{ soundId: string; jobId: string }> => {
    const outcome = await jobs.accept(newSound(filename, over));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    return { soundId: outcome.job.soundId, jobId: outcome.job.id };
  };

  /** A sound as it is after its job went through. */
  const ready = async (
    filename: string,
    fileTags: Partial<FileTags> = {},
    over: Partial<NewSound> = {},
    vectors = [unit([1, 0])],
  ): Promise<string> => {
    const { soundId, jobId } = await accept(filename, over);
    await jobs.start(jobId);
    expect(await jobs.complete(jobId, processed(segmentsFrom(vectors), { fileTags }))).toBe(true);
    return soundId;
  };

  describe('the source of segments', () => {
    it('tells additions and removals in order, and only those of the model asked for', async () => {
      const first = await ready('a.wav', {}, {}, [unit([1, 2]), unit([2, 1])]);
      const changes = await source.changesSince(0, MODEL_KEY, 100);
      expect(changes.map((change) => change.op)).toEqual(['add', 'add']);
      expect(changes[1]).toMatchObject({ startS: 5, endS: 15, soundKey: (await sounds.get(first))!.soundKey });
      expect([...(changes[0] as { vector: Float32Array }).vector]).toEqual([...unit([1, 2])]);
      const seen = await source.latestSeq();
      await library.erase(first);
      const second = await ready('b.wav');
      const next = await source.changesSince(seen, MODEL_KEY, 100);
      expect(next.map((change) => change.op)).toEqual(['remove', 'remove', 'add']);
      expect(next.at(-1)?.seq).toBe(await source.latestSeq());
      expect((await source.changesSince(seen, 'other', 100)).map((change) => change.op)).toEqual(['remove', 'remove']);
      expect(await source.changesSince(seen, MODEL_KEY, 1)).toHaveLength(1);
      expect(await source.segmentsOf(second, MODEL_KEY)).toEqual([{ startS: 0, endS: 10, vector: unit([1, 0]) }]);
    });
  });
}
