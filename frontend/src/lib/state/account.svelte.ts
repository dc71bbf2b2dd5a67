import type { AccountApi } from '$lib/api/account-api';
import type { Access, Me, Right } from '$lib/api/types';
import { Renewal } from './renewal';
import { recall, remember } from './storage';

const MINUTE_MS = 60_000;
/** Well before the half hour is over that an access token lasts. */
const RENEW_AFTER_MS = 20 * MINUTE_MS;
/** Pages that nobody wants to be on once they are in. */
const ASIDE = ['/sign-in', '/setup'];
const ACCOUNTS = 'accounts';
/** Read at the next page load: traces begin before the server is asked. */
const TRACES = 'traces';
/** Whoever signed in by a provider signs out there as well. */
const ELSEWHERE = 'signed-in-elsewhere';

/** Which share of what this browser does the server wanted to be told when it was last asked. */
export const sharedTraces = (): number => Number(recall(TRACES) ?? 0);

/** Who is at this browser, where people have accounts; and what keeps them signed in. */
export class Account {
  /** Null: not known yet. */
  me = $state.raw<Me | null>(null);
  /** What has to be done before anything can be shown. */
  needed = $state<'sign-in' | 'setup' | null>(null);
  /** Where people had accounts the last time, nothing is shown until it is known who is here. */
  waiting = $state(recall(ACCOUNTS) === '1');
  /** How people come in, where they have to. */
  access = $state.raw<Access | null>(null);
  readonly #api: AccountApi;
  readonly #renewal: Renewal;

  constructor(api: AccountApi) {
    this.#api = api;
    this.#renewal = new Renewal(() => api.renew());
  }

  /** Whether there are accounts here at all. */
  get on(): boolean {
    return this.me?.access === 'accounts';
  }

  /** Until it is known who is here, nothing is kept from them: the server sees to it anyway. */
  may(right: Right): boolean {
    return this.me === null || this.me.rights.includes(right);
  }

  /** Looks who is here, and keeps them signed in while the page is open. */
  start(): () => void {
    void this.look();
    const timer = setInterval(() => {
      if (this.on && Date.now() - this.#renewal.lastAt > RENEW_AFTER_MS) void this.#renewal.run(Date.now());
    }, MINUTE_MS);
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    this.me = await this.#api.me().catch(() => this.me);
    if (this.me) {
      remember(ACCOUNTS, this.on ? '1' : '0');
      remember(TRACES, String(this.me.traces ?? 0));
    }
    this.waiting = false;
  }

  /**
   * A call was refused for want of somebody. Where a session can be gone on with it is.
   * @param since when the call was made
   * @returns whether it is worth another try
   */
  async refused(since: number): Promise<boolean> {
    if (this.needed !== null) return false;
    if (await this.#renewal.run(since)) return true;
    const access = await this.#api.access().catch(() => null);
    this.access = access;
    if (access) remember(ACCOUNTS, access.access === 'accounts' ? '1' : '0');
    if (access?.access === 'accounts') this.needed = access.setUp ? 'sign-in' : 'setup';
    return false;
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.#api.signIn(name, password);
    remember(ELSEWHERE, '0');
    this.#beginAnew();
  }

  /** Leaves for the provider; what comes of it is told by the address that it leads back to. */
  signInElsewhere(): void {
    remember(ELSEWHERE, '1');
    const { pathname, search } = location;
    const to = ASIDE.includes(pathname) ? '/' : pathname + search;
    location.assign(`/api/v1/auth/oidc?to=${encodeURIComponent(to)}`);
  }

  async setUp(body: { token: string; name: string; password: string }): Promise<void> {
    await this.#api.setUp(body);
    this.#beginAnew();
  }

  async signOut(): Promise<void> {
    await this.#api.signOut();
    location.assign(recall(ELSEWHERE) === '1' ? '/api/v1/auth/oidc/logout' : '/');
  }

  /** Nothing that was loaded for somebody else, or for nobody, is shown any more. */
  #beginAnew(): void {
    this.#renewal.done();
    if (ASIDE.includes(location.pathname)) location.assign('/');
    else location.reload();
  }
}
