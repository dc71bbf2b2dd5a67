import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface Person {
  [claim: string]: unknown;
}

/** A real provider of OpenID Connect on this machine, with people who sign in by typing their name. */
export class OidcServer {
  readonly people = new Map<string, Person>();
  readonly issuer: string;
  readonly #server: Server;
  #answer: ReturnType<Provider['callback']> | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => void this.#answer?.(request, response));
  }

  /** One that answers once it serves: a program may have to know its address to start. */
  static async open(): Promise<OidcServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OidcServer(server);
  }

  /** @param codeS how long a code is good for */
  static async start(redirectUri: string, { codeS = 60 } = {}): Promise<OidcServer> {
    const one = await OidcServer.open();
    one.serve(redirectUri, { codeS });
    return one;
  }

  /** @param redirectUri where the one program that is known here takes people back */
  serve(redirectUri: string, { codeS = 60 } = {}): void {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: 'traum',
          client_secret: 'a secret of sixteen',
          redirect_uris: [redirectUri],
          post_logout_redirect_uris: [new URL('/', redirectUri).href],
        },
      ],
      pkce: { required: () => true },
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people.get(id) }) }),
      ttl: { AuthorizationCode: codeS, AccessToken: 300, IdToken: 300, Interaction: 300, Grant: 300, Session: 300 },
      cookies: { keys: ['a key for cookies'] },
    });
    this.#answer = provider.callback();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Signs somebody in with a browser of their own. @returns the address that they are sent back to */
  async signIn(begun: string, name: string): Promise<URL> {
    const cookies = new Map<string, string>();
    const ask = async (address: URL, form?: Record<string, string>): Promise<Response> => {
      const answer = await fetch(address, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(key);
        else cookies.set(key, value);
      }
      return answer;
    };
    let at = new URL(begun);
    for (let step = 0; step < 12; step++) {
      if (at.origin !== this.issuer) return at;
      let answer = await ask(at);
      if (answer.status === 200) {
        const page = await answer.text();
        const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
        answer = await ask(at, { prompt, login: name, password: 'anything' });
      }
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`${at.pathname}: ${answer.status} ${await answer.text()}`);
      at = new URL(location, at);
    }
    throw new Error('the provider leads in circles');
  }
}
