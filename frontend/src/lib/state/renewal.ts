import { ApiError } from '$lib/api/problem';
import { recall, remember } from './storage';

/** When the tokens were replaced last, as far as this browser was told. */
const RENEWED = 'renewed';
/** The renewal that began last: when, and on top of which tokens. */
const BEGUN = 'renewing';
/** The server gives up sooner than that. */
const LONGEST_MS = 12_000;
const LOOK_EVERY_MS = 100;

/**
 * Replaces the tokens of this browser, once for all of its tabs. A token that is sent twice ends the session, and the page
 * that sent it may be gone before the answer is there. So what is begun is written down together with what the cookie
 * `traum_turn` says, which changes with the tokens: until it has, the next page waits.
 */
export class Renewal {
  readonly #send: () => Promise<void>;
  #running: Promise<boolean> | null = null;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  get lastAt(): number {
    return Number(recall(RENEWED) ?? 0);
  }

  /**
   * @param since when it was seen that new tokens are needed: younger ones will do
   * @returns false when the session is over
   */
  run(since: number): Promise<boolean> {
    this.#running ??= alone(() => this.#renew(since)).finally(() => (this.#running = null));
    return this.#running;
  }

  /** There are new tokens. */
  done(): void {
    remember(RENEWED, String(Date.now()));
  }

  async #renew(since: number): Promise<boolean> {
    if (await othersDone()) this.done();
    if (this.lastAt >= since) return true;
    remember(BEGUN, `${turn()} ${Date.now()}`);
    try {
      await this.#send();
      this.done();
      return true;
    } catch (error) {
      // Without an answer, nobody knows whether the token has been used.
      if (!(error instanceof ApiError)) return true;
      remember(BEGUN, '');
      return false;
    }
  }
}

/** Waits for a renewal that another page has begun. False when there was none, or nothing came of it. */
async function othersDone(): Promise<boolean> {
  const [before = '', at] = (recall(BEGUN) ?? '').split(' ');
  const isFresh = (): boolean => Math.abs(Date.now() - Number(at)) < LONGEST_MS;
  if (before === '' || before !== turn() || !isFresh()) return false;
  while (isFresh()) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (turn() !== before) return true;
  }
  return false;
}

/** Empty where nobody is signed in. */
const turn = (): string => /(?:^|; )traum_turn=(\w+)/.exec(document.cookie)?.[1] ?? '';

/** One tab at a time, where the browser can see to it. It lets go of what a page held that is left. */
const alone = (work: () => Promise<boolean>): Promise<boolean> =>
  'locks' in navigator ? navigator.locks.request('traum-session', work).then((done) => done) : work();
