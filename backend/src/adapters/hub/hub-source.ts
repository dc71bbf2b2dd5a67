import { DomainError } from '../../domain/errors.js';
import type { ModelSource, SourceFile } from '../../domain/models/models.ports.js';
import type { Publication } from '../../domain/models/models.types.js';
import { because, type Reason, type ReasonId } from '../../domain/reasons.js';

const STALL_MS = 30_000;
/** Where nothing answers at all, somebody hears of it this soon; later attempts are more patient, for slow networks. */
const ANSWER_MS = 4_000;
const MAX_REDIRECTS = 8;

export interface HubOptions {
  /** Address of the hub; a user name and password in it are sent to this host only. */
  endpoint: string;
  /** A transfer that brings nothing for this long is given up and tried again. */
  stallMs?: number;
}

/** Downloads from the Hugging Face hub or a mirror with the same paths: `/owner/name/resolve/revision/file`. */
export class HubModelSource implements ModelSource {
  readonly name: string;
  private readonly base: URL;
  private readonly authorization: string | null;
  private answerMs = ANSWER_MS;

  constructor(private readonly options: HubOptions) {
    const base = new URL(options.endpoint);
    this.authorization = base.username
      ? `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`
      : null;
    base.username = '';
    base.password = '';
    this.base = base;
    this.name = base.host;
  }

  async open(
    { repository, revision }: Publication,
    path: string,
    { offset, mark }: { offset: number; mark: string | null },
    signal: AbortSignal,
  ): Promise<SourceFile> {
    const name = path.split('/').at(-1)!;
    const prefix = this.base.pathname.replace(/\/+$/, '');
    const url = new URL(`${prefix}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`, this.base);
    // `identity`: the length and the parts must be those of the file itself.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'traum-engine' };
    if (offset > 0) headers['range'] = `bytes=${offset}-`;
    if (offset > 0 && mark !== null) headers['if-range'] = mark;

    const watch = new Watch(signal, this.options.stallMs ?? STALL_MS);
    try {
      const response = await this.follow(url, headers, watch);
      this.answerMs = ANSWER_MS;
      if (response.status === 416) {
        // There is no such part: the file is another one now. From the beginning, then.
        await response.body?.cancel();
        watch.stop();
        return await this.open({ repository, revision }, path, { offset: 0, mark: null }, signal);
      }
      this.check(response, name);
      const part = partOf(response, offset);
      if (!part || !response.body) throw this.failure(because('download_senseless', { source: this.name, file: name }));
      return { ...part, chunks: this.chunks(response.body, name, part.offset, watch) };
    } catch (error) {
      watch.stop();
      if (watch.stalled) {
        this.answerMs = Math.min(this.options.stallMs ?? STALL_MS, this.answerMs * 2);
        throw this.unreachable(name, 'download_no_answer', error);
      }
      throw this.translated(error, watch, name);
    }
  }

  /** Follows redirects by hand: credentials stay with the host they are for, and nothing leaves HTTPS. */
  private async follow(start: URL, headers: Record<string, string>, watch: Watch): Promise<Response> {
    let url = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const authorization: Record<string, string> =
        this.authorization !== null && url.origin === this.base.origin ? { authorization: this.authorization } : {};
      watch.alive(this.answerMs);
      const response = await fetch(url, {
        headers: { ...headers, ...authorization },
        redirect: 'manual',
        signal: watch.signal,
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
        throw this.failure(because('download_not_encrypted', { source: this.name }));
      }
      next.username = '';
      next.password = '';
      url = next;
    }
    throw this.failure(because('download_in_circles', { source: this.name }));
  }

  private check(response: Response, name: string): void {
    const { status } = response;
    if (status === 401 || status === 403) {
      throw this.failure(because('download_not_public', { source: this.name, file: name, status }));
    }
    if (status === 404 || status === 410) {
      throw this.failure(because('download_not_there', { source: this.name, file: name, status }));
    }
    if (status === 408 || status === 429 || status >= 500) {
      throw this.failure(because('download_source_busy', { source: this.name, status }), true);
    }
    if (status !== 200 && status !== 206)
      throw this.failure(because('download_refused', { source: this.name, file: name, status }));
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) throw this.webPage(name);
  }

  private async *chunks(
    body: ReadableStream<Uint8Array>,
    name: string,
    offset: number,
    watch: Watch,
  ): AsyncGenerator<Uint8Array, void> {
    let first = offset === 0;
    try {
      watch.alive();
      for await (const chunk of body) {
        watch.pause();
        if (first && startsLikeHtml(chunk)) throw this.webPage(name);
        first = false;
        yield chunk;
        watch.alive();
      }
    } catch (error) {
      throw this.translated(error, watch, name);
    } finally {
      watch.stop();
    }
  }

  private webPage(name: string): DomainError {
    return this.failure(because('download_web_page', { source: this.name, file: name }));
  }

  private failure(reason: Reason, transient = false): DomainError {
    return new DomainError('download_failed', reason, { transient });
  }

  private translated(error: unknown, watch: Watch, name: string): unknown {
    if (error instanceof DomainError) return error;
    if (watch.stalled) return this.failure(because('download_stalled', { file: name, source: this.name }), true);
    if (watch.cancelled) return new DomainError('cancelled', 'The download was cancelled.');
    const code = codeOf(error);
    // What breaks while writing is not the network's fault.
    if (code === null && !(error instanceof TypeError)) return error;
    return this.unreachable(name, UNREACHABLE[code ?? ''] ?? 'download_broke_off', error);
  }

  private unreachable(name: string, reason: Unreachable, cause: unknown): DomainError {
    return new DomainError('download_failed', because(reason, { file: name, source: this.name }), {
      transient: true,
      cause,
    });
  }
}

type Unreachable = ReasonId &
  `download_${'refused_connection' | 'unknown_host' | 'no_lookup' | 'no_answer' | 'untrusted' | 'expired' | 'broke_off'}`;

const UNREACHABLE: Record<string, Unreachable> = {
  ECONNREFUSED: 'download_refused_connection',
  ENOTFOUND: 'download_unknown_host',
  EAI_AGAIN: 'download_no_lookup',
  ETIMEDOUT: 'download_no_answer',
  UND_ERR_CONNECT_TIMEOUT: 'download_no_answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'download_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'download_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'download_untrusted',
  CERT_HAS_EXPIRED: 'download_expired',
};

/** Ends a transfer that stands still; waiting for the disk is not standing still. */
class Watch {
  stalled = false;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly onAbort = (): void => this.controller.abort();

  constructor(
    private readonly outer: AbortSignal,
    private readonly stallMs: number,
  ) {
    outer.addEventListener('abort', this.onAbort);
    if (outer.aborted) this.onAbort();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get cancelled(): boolean {
    return this.outer.aborted;
  }

  alive(ms = this.stallMs): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.stalled = true;
        this.controller.abort();
      },
      Math.min(ms, this.stallMs),
    );
  }

  pause(): void {
    clearTimeout(this.timer);
  }

  stop(): void {
    this.pause();
    this.outer.removeEventListener('abort', this.onAbort);
  }
}

/** Which part of the file an answer holds; null when it cannot be told. */
function partOf(response: Response, asked: number): Omit<SourceFile, 'chunks'> | null {
  const { headers } = response;
  const etag = headers.get('etag');
  // A weak tag does not promise the same bytes.
  const mark = etag !== null && !etag.startsWith('W/') ? etag : null;
  if (response.status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (start === undefined || Number(start) !== asked) return null;
    return { offset: asked, totalBytes: total === '*' ? null : Number(total), mark };
  }
  const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
  return { offset: 0, totalBytes: length === null ? null : Number(length), mark };
}

/** Neither graphs nor JSON begin like this. */
const startsLikeHtml = (chunk: Uint8Array): boolean =>
  /^\s*<(!doctype|html|head|\?xml)/i.test(Buffer.from(chunk.subarray(0, 64)).toString('latin1'));

/** The code of a network failure; `fetch` hides it in the cause. */
function codeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return null;
}
