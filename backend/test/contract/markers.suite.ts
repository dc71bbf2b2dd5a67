import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { SqlChangeCounter } from '../../src/adapters/sql/index.js';
import type { NewMarker } from '../../src/domain/markers/markers.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `MarkerRepository` does, and what the index of words makes of it. */
export function markerSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let markers: Library['markers'];
  let sounds: Library['sounds'];
  let keywords: Library['keywords'];
  beforeEach(() => ({ markers, sounds, keywords } = library));

  const ready = async (filename: string): Promise<string> => {
    const outcome = await library.jobs.accept(newSound(filename));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await library.jobs.start(outcome.job.id);
    await library.jobs.complete(outcome.job.id, processed(segmentsFrom([unit([1, 0])])));
    return outcome.job.soundId;
  };
  const marker = (text: string, startS = 1, given: Partial<NewMarker> = {}) => ({
    id: randomUUID(),
    startS,
    endS: null,
    text,
    colour: null,
    ...given,
  });
  const mark = async (soundId: string, ...given: ReturnType<typeof marker>[]): Promise<void> => {
    expect(await markers.add(soundId, given, 100)).toHaveLength(given.length);
  };
  const found = async (text: string, notes?: string[]): Promise<string[]> => {
    const keys = (await keywords.search(text, notes ? { notes } : {}, 50)).map(({ soundKey }) => soundKey);
    return (await sounds.getByKeys(keys)).map(({ filename }) => filename);
  };
  const filtered = async (notes: string[]): Promise<string[]> =>
    (await sounds.list({ filters: { notes }, sort: 'title', order: 'asc', limit: 9 })).items.map(
      ({ filename }) => filename,
    );

  it('keeps markers in order of time, each with what was given', async () => {
    const id = await ready('talk.wav');
    const stretch = marker('Second take', 5.25, { endS: 7.5, colour: 'red' });
    await mark(id, stretch, marker('Begin', 0.5));
    expect(await markers.of(id)).toMatchObject([
      { text: 'Begin', startS: 0.5, endS: null, colour: null, source: 'own' },
      { id: stretch.id, text: 'Second take', startS: 5.25, endS: 7.5, colour: 'red' },
    ]);
    expect(await markers.of(randomUUID())).toEqual([]);
    const { soundKey } = (await sounds.get(id))!;
    expect([...(await markers.ofSounds([soundKey, soundKey + 1])).keys()]).toEqual([soundKey]);
  });

  it('changes and deletes those of the sound that is named', async () => {
    const [a, b] = [await ready('a.wav'), await ready('b.wav')];
    const one = marker('mistake');
    await mark(a, one);
    expect(await markers.change(b, one.id, { text: 'other' })).toBeNull();
    expect(await markers.delete(b, one.id)).toBe(false);
    expect(await markers.change(a, one.id, { text: 'laughter', endS: 3 })).toMatchObject({ text: 'laughter', endS: 3 });
    expect(await markers.change(a, one.id, { endS: null, colour: 'blue' })).toMatchObject({
      text: 'laughter',
      startS: 1,
      endS: null,
      colour: 'blue',
    });
    expect(await markers.delete(a, one.id)).toBe(true);
    expect(await markers.delete(a, one.id)).toBe(false);
    expect(await markers.of(a)).toEqual([]);
  });

  it('takes all or none, and no more than there may be', async () => {
    const id = await ready('full.wav');
    expect(await markers.add(id, [marker('one'), marker('two')], 3)).toHaveLength(2);
    expect(await markers.add(id, [marker('three'), marker('four')], 3)).toBeNull();
    expect(await markers.of(id)).toHaveLength(2);
    expect(await markers.add(id, [marker('three')], 3)).toHaveLength(1);
    expect(await markers.add(randomUUID(), [marker('nowhere')], 3)).toBeNull();
  });

  it('has its words found, as long as it says them; no phrase reaches from one to the next', async () => {
    const id = await ready('interview.wav');
    await ready('other.wav');
    const one = marker('The lighthouse keeper laughs');
    await mark(id, one, marker('Gulls', 8));
    expect(await found('lighthouse')).toEqual(['interview.wav']);
    expect(await found('Lighthouses gulls')).toEqual(['interview.wav']);
    expect(await filtered(['lighthouse keeper'])).toEqual(['interview.wav']);
    expect(await filtered(['light*'])).toEqual(['interview.wav']);
    expect(await filtered(['interview'])).toEqual([]);
    expect(await filtered(['laughs gulls'])).toEqual([]);
    expect((await keywords.search('keeper', {}, 9))[0]?.fields).toEqual(['notes']);

    await markers.change(id, one.id, { text: 'The harbour master' });
    expect([await found('lighthouse'), await found('harbour')]).toEqual([[], ['interview.wav']]);
    await markers.delete(id, one.id);
    expect([await found('harbour'), await found('gulls')]).toEqual([[], ['interview.wav']]);
    // Other changes of the sound leave the words of its markers alone.
    await sounds.update(id, { title: 'An interview' });
    expect(await found('gulls')).toEqual(['interview.wav']);
  });

  it('goes to the bin and comes back with its sound, and is gone with it', async () => {
    const id = await ready('binned.wav');
    await mark(id, marker('cuckoo'));
    await library.bin.put([id]);
    expect([await markers.of(id), await found('cuckoo')]).toEqual([[], []]);
    expect(await markers.add(id, [marker('late')], 9)).toBeNull();
    await library.bin.restore([id]);
    expect([(await markers.of(id)).map(({ text }) => text), await found('cuckoo')]).toEqual([
      ['cuckoo'],
      ['binned.wav'],
    ]);
    const { soundKey } = (await sounds.get(id))!;
    await library.bin.put([id]);
    await library.erase(id);
    expect((await markers.ofSounds([soundKey])).size).toBe(0);
  });

  it('counts as a change of what a search may answer with', async () => {
    const id = await ready('counted.wav');
    const changes = new SqlChangeCounter(library.storage);
    const one = marker('x');
    const seen = [await changes.number()];
    for (const change of [
      () => mark(id, one),
      () => markers.change(id, one.id, { text: 'y' }),
      () => markers.delete(id, one.id),
    ]) {
      await change();
      seen.push(await changes.number());
    }
    expect(new Set(seen).size).toBe(4);
  });
}
