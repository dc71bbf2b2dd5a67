import { createApp } from '../../src/http/app.js';
import type { AppDeps, AppEnv } from '../../src/http/deps.js';
import { FakeWorld } from './fakes.js';

export const PASSWORD = 'four words make one';

export const from = (remoteAddress: string): AppEnv['Bindings'] =>
  ({ incoming: { socket: { remoteAddress } } }) as unknown as AppEnv['Bindings'];

/** A browser: it keeps cookies, and sends them where they belong. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  /** The last `Set-Cookie` of each name, whole. */
  readonly set = new Map<string, string>();

  constructor(
    readonly app: ReturnType<typeof createApp>,
    readonly address = '192.0.2.1',
  ) {}

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies]
      .filter(([, { path: under }]) => path.startsWith(under))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const answer = await this.app.request(
      path,
      {
        method,
        headers: {
          ...(cookie && { cookie }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      },
      from(this.address),
    );
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.set.set(name, line);
      if (/max-age=0\b/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, { value, path: /path=([^;]+)/i.exec(line)?.[1] ?? '/' });
    }
    return answer;
  }

  async json<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? {} : await answer.json()) as T;
  }

  signIn(name: string, password = PASSWORD): Promise<Response> {
    return this.ask('POST', '/api/v1/auth/login', { name, password });
  }
}

/** An installation with accounts, whose admin `Ada` is made and signed in. */
export async function installation(given: Parameters<FakeWorld['deps']>[0] = {}) {
  const world = new FakeWorld();
  const deps: AppDeps = world.deps({ ...given, settings: { accounts: true, ...given.settings } });
  const app = createApp(deps);
  const token = (await deps.accounts.users.setupToken())!;
  const ada = new Browser(app);
  const made = await ada.ask('POST', '/api/v1/auth/setup', { token, name: 'Ada', password: PASSWORD });
  if (made.status !== 201) throw new Error(await made.text());
  return {
    world,
    deps,
    app,
    token,
    ada,
    /** Somebody with an account of this role, signed in. */
    somebody: async (name: string, role: 'admin' | 'editor' | 'viewer', address?: string): Promise<Browser> => {
      await ada.json('POST', '/api/v1/users', { name, role, password: PASSWORD });
      const browser = new Browser(app, address);
      const answer = await browser.signIn(name);
      if (answer.status !== 200) throw new Error(await answer.text());
      return browser;
    },
  };
}
