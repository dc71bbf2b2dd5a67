import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before an app, and holds back what it answers at one path until it is told to let go. */
export class HeldAnswers {
  path: string | null = null;
  /** What the app has answered there: the browser does not know yet. */
  readonly statuses: (number | undefined)[] = [];
  #held: (() => void)[] = [];
  #server: Server;

  private constructor(to: URL) {
    this.#server = createServer((asked, answer) => {
      const { method, headers, url = '/' } = asked;
      const isHeld = url === this.path;
      const { hostname, port } = to;
      const passed = request({ hostname, port, method, headers, path: url }, (given) => {
        const pass = (): void => {
          answer.writeHead(given.statusCode ?? 502, given.headers);
          given.pipe(answer);
        };
        if (!isHeld) return pass();
        this.statuses.push(given.statusCode);
        this.#held.push(pass);
      });
      passed.on('error', () => answer.destroy());
      answer.on('close', () => void (isHeld || passed.destroy()));
      asked.pipe(passed);
    });
  }

  static async before(app: { url: string }): Promise<HeldAnswers> {
    const held = new HeldAnswers(new URL(app.url));
    await new Promise<void>((resolve) => held.#server.listen(0, '127.0.0.1', resolve));
    return held;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  letGo(): void {
    for (const pass of this.#held.splice(0)) pass();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
