import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../../domain/errors.js';
import type { JobStage, ProcessedSound } from '../../domain/ingest/ingest.types.js';
import type { Held } from '../../domain/ingest/remote.ports.js';
import type { AudioFacts, Hearing } from '../../domain/library/library.types.js';
import type { TraceContext } from '../../domain/tracing.js';
import type { ModelIdentity } from '../../domain/models/models.types.js';

const ANSWER_MS = 30_000;
const RESULT_MS = 300_000;

/** A job as the server gives it away. */
export interface TakenJob extends Held {
  attempt: number;
  lastAttempt: boolean;
  starts: number;
  generation: number;
  createdAt: string;
  sound: AudioFacts & { id: string; sha256: string; filename: string; sizeBytes: number; hearing: Hearing | null };
  trace?: TraceContext;
}

/** The API of a server, for a worker that reaches nothing else. */
export class ServerClient {
  constructor(private readonly options: { url: string; key: string | null; here?: () => TraceContext | null }) {}

  wanted(): Promise<{ program: string; model: ModelIdentity }> {
    return this.ask('GET', '');
  }

  async take(worker: { program: string; modelKey: string }): Promise<TakenJob | null> {
    return (await this.ask<{ job: TakenJob | null }>('POST', '/jobs', worker)).job;
  }

  async audio({ jobId, token }: Held, to: string, signal: AbortSignal): Promise<void> {
    const answer = await this.fetch('GET', `/jobs/${jobId}/audio?token=${token}`, undefined, signal);
    await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(to, { mode: 0o600 }), { signal });
  }

  async report({ jobId, token }: Held, stage: JobStage, progress: number): Promise<boolean> {
    return (await this.ask<{ wanted: boolean }>('POST', `/jobs/${jobId}/progress`, { token, stage, progress })).wanted;
  }

  async complete({ jobId, token }: Held, result: ProcessedSound): Promise<boolean> {
    const {
      hearing = null,
      damaged = null,
      loudness = null,
      cover = null,
      peaks,
      analysis,
      segments,
      ...rest
    } = result;
    const { fingerprint, heard } = analysis;
    const { saved } = await this.ask<{ saved: boolean }>(
      'POST',
      `/jobs/${jobId}/result`,
      {
        ...{ ...rest, token, hearing, damaged, loudness },
        cover: cover && { id: cover.id, small: textOf(cover.small), large: textOf(cover.large) },
        peaks: { ...peaks, minMax: textOf(peaks.minMax) },
        analysis: {
          ...analysis,
          fingerprint: fingerprint && { ...fingerprint, levels: textOf(fingerprint.levels) },
          heard: heard && textOf(heard),
        },
        segments: segments.map(({ index, startS, endS, vector }) => ({ index, startS, endS, vector: textOf(vector) })),
      },
      RESULT_MS,
    );
    return saved;
  }

  async end({ jobId, token }: Held, outcome: 'failed' | 'again' | 'skipped', error: string): Promise<void> {
    await this.fetch('POST', `/jobs/${jobId}/end`, { token, outcome, error });
  }

  private async ask<T>(method: string, route: string, body?: unknown, ms?: number): Promise<T> {
    return (await (await this.fetch(method, route, body, AbortSignal.timeout(ms ?? ANSWER_MS))).json()) as T;
  }

  /** @throws DomainError with the server's own words; `busy` when it does not answer */
  private async fetch(
    method: string,
    route: string,
    body?: unknown,
    signal: AbortSignal = AbortSignal.timeout(ANSWER_MS),
  ): Promise<Response> {
    const { url, key, here } = this.options;
    let answer: Response;
    try {
      answer = await fetch(`${url}/api/v1/remote${route}`, {
        method,
        signal,
        redirect: 'error',
        headers: {
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...here?.(),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      const { code = 'no answer' } = ((cause as Error).cause ?? {}) as { code?: string };
      throw new DomainError('busy', `The server at SERVER_URL does not answer (${code}). Check the address.`, {
        cause,
        transient: true,
      });
    }
    if (answer.ok) return answer;
    throw meaningOf(answer.status, await answer.text());
  }
}

const textOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function meaningOf(status: number, text: string): DomainError {
  let detail = '';
  try {
    ({ detail = '' } = JSON.parse(text) as { detail?: string });
  } catch {
    // Something in between answered.
  }
  if (status === 401 || status === 403) {
    return new DomainError(
      'forbidden',
      `The server does not let this worker in (${detail || status}). Set SERVER_KEY to a key with the right "worker".`,
    );
  }
  if (status === 404 && detail === '') {
    return new DomainError(
      'not_found',
      'What answers at SERVER_URL is no Traum-Engine of this version. Check the address.',
    );
  }
  if (status === 409) return new DomainError('conflict', detail);
  const passes = status >= 500 || status === 429;
  return new DomainError(passes ? 'busy' : 'internal', `The server answered ${status}: ${detail}`, {
    transient: passes,
  });
}
