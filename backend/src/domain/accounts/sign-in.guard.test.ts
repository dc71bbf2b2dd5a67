import { describe, expect, it } from 'vitest';
import { SignInGuard } from './sign-in.guard.js';

const wrong = (): Promise<boolean> => Promise.resolve(false);
const right = (): Promise<boolean> => Promise.resolve(true);

function guarded() {
  let now = 0;
  const pauses: number[] = [];
  const guard = new SignInGuard({ now: () => now, pause: (ms) => Promise.resolve(pauses.push(ms)) });
  const waitS = async (place: string, name: string): Promise<number> => {
    try {
      await guard.attempt({ place, name }, right);
      return 0;
    } catch (error) {
      expect(error).toMatchObject({ code: 'too_many_requests' });
      return (error as { options: { retryAfterS: number } }).options.retryAfterS;
    }
  };
  return {
    pauses,
    waitS,
    pass: (seconds: number) => void (now += seconds * 1000),
    guess: async (place: string, name: string, times: number) => {
      for (let i = 0; i < times; i++) await guard.attempt({ place, name }, wrong);
    },
    guard,
  };
}

describe('guesses', () => {
  it('are answered more and more slowly, then not looked at for a time that doubles', async () => {
    const { guess, pauses, waitS, pass } = guarded();
    await guess('a', 'ada', 5);
    expect(pauses).toEqual([100, 200, 400, 800, 1600]);
    expect(await waitS('a', 'ada')).toBe(30);
    pass(31);
    expect(await waitS('a', 'ada')).toBe(0);
    await guess('a', 'ada', 1);
    expect(await waitS('a', 'ada')).toBe(60);
    pass(61);
    await guess('a', 'ada', 1);
    expect(await waitS('a', 'ada')).toBe(120);
  });

  it('from elsewhere shut nobody out, however many places they come from, and make nobody wait for ever', async () => {
    const { guess, pauses, waitS } = guarded();
    for (let place = 0; place < 200; place++) await guess(`place ${place}`, 'ada', 5);
    expect(await waitS('home', 'ada')).toBe(0);
    expect(Math.max(...pauses)).toBe(2000);
  });

  it('shut a place out of one name, and of all names once it has tried many', async () => {
    const { guess, waitS } = guarded();
    await guess('office', 'ada', 5);
    expect([await waitS('office', 'ada'), await waitS('office', 'grace')]).toEqual([30, 0]);
    for (let name = 0; name < 20; name++) await guess('office', `name ${name}`, 1);
    expect(await waitS('office', 'grace')).toBe(30);
    expect(await waitS('browser of grace', 'grace')).toBe(0);
  });

  it('gain nothing side by side', async () => {
    const { guard } = guarded();
    let looked = 0;
    const slow = async (): Promise<boolean> => {
      looked++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return false;
    };
    const all = Array.from({ length: 40 }, () => guard.attempt({ place: 'a', name: 'ada' }, slow).catch(() => null));
    await Promise.all(all);
    expect(looked).toBe(5);
  });

  it('are forgotten after a quarter of an hour', async () => {
    const { guess, waitS, pass } = guarded();
    await guess('a', 'ada', 4);
    pass(16 * 60);
    await guess('a', 'ada', 4);
    expect(await waitS('a', 'ada')).toBe(0);
  });
});
