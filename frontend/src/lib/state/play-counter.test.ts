import { describe, expect, it } from 'vitest';
import { PlayCounter } from './play-counter';

/** Plays from `from` to `to` with the reports of a browser, four a second. */
function listen(counter: PlayCounter, from: number, to: number, durationS: number): void {
  for (let at = from; at <= to; at += 0.25) counter.moved(at, durationS);
  counter.moved(to, durationS);
}

function counting(): { counter: PlayCounter; plays: string[] } {
  const plays: string[] = [];
  return { counter: new PlayCounter((id) => plays.push(id)), plays };
}

describe('a play', () => {
  it('counts once after five seconds', () => {
    const { counter, plays } = counting();
    counter.begin('a', 0);
    listen(counter, 0, 4.5, 60);
    expect(plays).toEqual([]);
    listen(counter, 4.5, 30, 60);
    expect(plays).toEqual(['a']);
  });

  it('of a short sound counts after half of it, also when the browser reports its end only', () => {
    const { counter, plays } = counting();
    counter.begin('a', 0);
    counter.moved(0.3, 0.3);
    counter.ended();
    counter.moved(0.1, 0.3);
    expect(plays).toEqual(['a']);
    counter.moved(0.3, 0.3);
    expect(plays).toEqual(['a', 'a']);
  });

  it('is not what was jumped over', () => {
    const { counter, plays } = counting();
    counter.begin('a', 0);
    for (const position of [0.5, 20, 20.5, 10, 10.5, 50]) counter.moved(position, 60);
    expect(plays).toEqual([]);
  });

  it('of a moment in the middle needs five seconds from there', () => {
    const { counter, plays } = counting();
    counter.begin('a', 40);
    listen(counter, 40, 44, 60);
    expect(plays).toEqual([]);
    listen(counter, 44, 46, 60);
    expect(plays).toEqual(['a']);
  });

  it('of a file that is not in the library is nobody’s business', () => {
    const { counter, plays } = counting();
    counter.begin(null, 0);
    listen(counter, 0, 30, 60);
    expect(plays).toEqual([]);
  });
});
