import type { paths } from './schema';

type Told = paths['/api/v1/traces']['post']['requestBody']['content']['application/json'];
type Step = Told['steps'][number];

/** Something that somebody does on a page, with the calls that it takes. */
export type Doing = 'page load' | 'open page' | 'search' | 'upload';

/** A page is there when nothing was asked of the server for so long, and at the latest after that. */
const QUIET_MS = 1000;
const LONGEST_MS = 15_000;
const SEND_AFTER_MS = 5000;
/** As many as the server takes at once. */
const MOST = 100;

/** Where a step is in its trace. */
interface Place {
  traceId: string;
  spanId: string;
  parentId?: string;
  wanted: boolean;
}

/**
 * Tells the server what this page does, and how long that takes for whoever sees it, as steps of the traces that its calls go on with
 * (`traceparent` of W3C Trace Context). Loaded only where the server wants traces; what is not wanted is not recorded there either.
 */
export class Traces {
  readonly #share: number;
  readonly #send: (told: Told) => Promise<Response>;
  /** The page that is being opened. */
  #page: Page | null = null;
  /** What makes the calls that are begun right now. */
  #doing: Place | null = null;
  #waiting: Step[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  /** @param share of all traces, 0 to 1 */
  constructor(share: number, send: (told: Told) => Promise<Response> = post) {
    this.#share = share;
    this.#send = send;
    this.#open('page load', performance.timeOrigin, location.pathname);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#flush();
    });
  }

  /** Another page of ours is gone to. */
  openPage(path: string): void {
    this.#open('open page', now(), path);
  }

  /** Does the work as a step; what it asks of the server before it first waits belongs to it. It is over when the answer is drawn. */
  async act<T>(name: Doing, work: (traceparent: string) => Promise<T>): Promise<T> {
    const place = this.#placeBelow(this.#page?.place);
    const startMs = now();
    const over = (failed: boolean): void => this.#note(place, { name, startMs, durationMs: now() - startMs, failed });
    this.#doing = place;
    const answer = work(headerOf(place));
    this.#doing = null;
    try {
      const result = await answer;
      void drawn().then(() => over(false));
      return result;
    } catch (error) {
      over(true);
      throw error;
    }
  }

  /** Has a call go on with the trace of what makes it. What is merely looked at from time to time has none. */
  call(request: Request): (status: number | null) => void {
    const page = this.#page;
    const above = this.#doing ?? page?.place;
    const { method } = request;
    if (this.#over || (!above && method === 'GET')) return () => undefined;
    const place = this.#placeBelow(above);
    request.headers.set('traceparent', headerOf(place));
    const { pathname: path } = new URL(request.url);
    const startMs = now();
    page?.begin();
    return (status) => {
      page?.end();
      this.#note(place, {
        name: method as Step['name'],
        startMs,
        durationMs: now() - startMs,
        failed: status === null || status >= 500,
        path,
        ...(status !== null && { status }),
      });
    };
  }

  #open(name: Doing, startMs: number, path: string): void {
    this.#page?.close();
    const place = this.#placeBelow();
    const page = new Page(place, (endMs) => {
      if (this.#page === page) this.#page = null;
      const painted = name === 'page load' ? performance.getEntriesByName('first-contentful-paint')[0] : undefined;
      this.#note(place, {
        name,
        startMs,
        durationMs: endMs - startMs,
        path,
        ...(painted && { firstPaintMs: painted.startTime }),
      });
    });
    this.#page = page;
  }

  #placeBelow(above?: Place): Place {
    const spanId = hexDigits(16);
    if (above) return { traceId: above.traceId, spanId, parentId: above.spanId, wanted: above.wanted };
    return { traceId: hexDigits(32), spanId, wanted: Math.random() < this.#share };
  }

  #note({ wanted, ...ids }: Place, step: Omit<Step, 'traceId' | 'spanId' | 'parentId'>): void {
    if (!wanted || this.#over) return;
    this.#waiting.push({ ...ids, ...step });
    if (this.#waiting.length >= MOST || document.hidden) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), SEND_AFTER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const steps = this.#waiting.splice(0);
    if (steps.length === 0) return;
    // Traces are worth no other try, and none at all where nobody wants them any more.
    this.#send({ sentAtMs: now(), steps }).then(
      ({ status }) => {
        if (status >= 400 && status < 500 && status !== 401 && status !== 429) this.#over = true;
      },
      () => undefined,
    );
  }
}

/** A page on its way: over when its calls are. */
class Page {
  #calls = 0;
  #lastMs = now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #latest = setTimeout(() => this.close(), LONGEST_MS);

  constructor(
    readonly place: Place,
    private readonly onOver: (endMs: number) => void,
  ) {
    this.#wait();
  }

  begin(): void {
    this.#calls++;
    clearTimeout(this.#timer);
  }

  end(): void {
    this.#calls--;
    this.#lastMs = now();
    if (this.#calls === 0) this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#latest);
    this.#calls = Infinity;
    this.onOver(this.#lastMs);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.close(), QUIET_MS);
  }
}

/** By a clock that does not jump. */
const now = (): number => performance.timeOrigin + performance.now();

const headerOf = ({ traceId, spanId, wanted }: Place): string => `00-${traceId}-${spanId}-${wanted ? '01' : '00'}`;

const hexDigits = (count: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(count / 2)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Nothing is drawn of a page that nobody sees. */
const drawn = (): Promise<void> =>
  new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });

const post = (told: Told): Promise<Response> =>
  fetch('/api/v1/traces', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(told),
    // Also while the page is being left.
    keepalive: true,
  });
