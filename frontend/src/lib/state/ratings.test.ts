import { describe, expect, it } from 'vitest';
import type { Rating } from '$lib/api/types';
import { en } from '$lib/i18n/en';
import { Ratings } from './ratings.svelte';

const starred = (stars: number): Rating[] => [{ soundId: 'a', favourite: false, stars, colour: null }];

/** What the server is asked for waits until it is answered. */
class Answers<T> {
  readonly #waiting: ((value: T) => void)[] = [];
  asked = 0;

  ask(): Promise<T> {
    this.asked++;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async answer(value: T): Promise<void> {
    this.#waiting.shift()!(value);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

function ratings() {
  const [lists, rates] = [new Answers<Rating[]>(), new Answers<Rating[]>()];
  const api = { ratings: () => lists.ask(), rate: () => rates.ask() };
  const toasts = { failure: () => undefined, show: () => 0 };
  return { lists, rates, of: new Ratings({ api, toasts, i18n: { t: en } }) };
}

describe('ratings', () => {
  it('asks again where a rating crossed the answer', async () => {
    const { lists, rates, of } = ratings();
    const loading = of.load();
    await Promise.resolve();
    of.setStars(['a'], 5);
    await rates.answer([]);
    await lists.answer(starred(2));
    expect(of.of('a').stars).toBe(5);
    await lists.answer(starred(5));
    await loading;
    expect([of.of('a').stars, lists.asked]).toEqual([5, 2]);
  });

  it('asks when what is being sent has arrived', async () => {
    const { lists, rates, of } = ratings();
    of.setStars(['a'], 5);
    const loading = of.load();
    await Promise.resolve();
    expect(lists.asked).toBe(0);
    await rates.answer([]);
    await lists.answer(starred(5));
    await loading;
    expect(of.of('a').stars).toBe(5);
  });
});
