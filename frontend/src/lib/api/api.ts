import { filterParams, type Criteria } from '$lib/search/criteria';
import { UnreachableError, isAbort, parseJson, problemFrom } from './problem';
import type {
  Filters,
  Job,
  Page,
  Readiness,
  SearchAnswer,
  Sound,
  SoundPatch,
  Stats,
  Waveform,
} from './types';

const BASE = '/api/v1';

export interface ListOptions {
  q?: string;
  status?: string;
  sort: string;
  order: 'asc' | 'desc';
  limit: number;
  cursor?: string;
  filters?: Filters;
}

/** The server's calls in our own words. Every failure is an `ApiError` or an `UnreachableError`. */
export class Api {
  /** Told of the outcome of every call; null means that the server answered. */
  onOutcome: (error: unknown) => void = () => undefined;

  /** One page of results. With a sound or a clip in it the search is a POST. */
  search(criteria: Criteria, options: { offset: number; limit: number; clip: Blob | null; signal: AbortSignal }) {
    const { offset, limit, clip, signal } = options;
    if (criteria.like.length === 0 && !clip) {
      const params = filterParams(criteria.filters);
      params.set('q', criteria.q);
      params.set('mode', criteria.mode);
      params.set('limit', String(limit));
      params.set('offset', String(offset));
      return this.#json<SearchAnswer>(`/search?${params}`, { signal });
    }
    const { tag, ...filters } = criteria.filters;
    const query = JSON.stringify({
      text: criteria.q ? [{ text: criteria.q }] : [],
      like: criteria.like,
      filters: tag ? { ...filters, tags: tag } : filters,
      mode: criteria.mode,
      limit,
      offset,
    });
    if (!clip) return this.#json<SearchAnswer>('/search/advanced', { ...jsonBody('POST', query), signal });
    const form = new FormData();
    form.set('query', query);
    form.set('audio', clip, criteria.clip ?? 'clip');
    return this.#json<SearchAnswer>('/search/advanced', { method: 'POST', body: form, signal });
  }

  similar(id: string, limit: number): Promise<SearchAnswer> {
    return this.#json(`/audio/files/${encodeURIComponent(id)}/similar?limit=${limit}`);
  }

  async suggestions(text: string, limit: number, signal?: AbortSignal): Promise<string[]> {
    const params = new URLSearchParams({ q: text, limit: String(limit) });
    return (await this.#json<{ items: string[] }>(`/search/suggestions?${params}`, signal ? { signal } : {})).items;
  }

  list(options: ListOptions, signal?: AbortSignal): Promise<Page<Sound>> {
    const params = filterParams(options.filters ?? {});
    for (const name of ['q', 'status', 'sort', 'order', 'limit', 'cursor'] as const) {
      const value = options[name];
      if (value !== undefined && value !== '') params.set(name, String(value));
    }
    return this.#json(`/audio/files?${params}`, signal ? { signal } : {});
  }

  sound(id: string): Promise<Sound> {
    return this.#json(`/audio/files/${encodeURIComponent(id)}`);
  }

  update(id: string, patch: SoundPatch): Promise<Sound> {
    return this.#json(`/audio/files/${encodeURIComponent(id)}`, jsonBody('PATCH', JSON.stringify(patch)));
  }

  async remove(id: string): Promise<void> {
    await this.#send(`/audio/files/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Deletes while the page is being left; nobody hears the answer. */
  removeOnLeave(id: string): void {
    void fetch(`${BASE}/audio/files/${encodeURIComponent(id)}`, { method: 'DELETE', keepalive: true });
  }

  waveform(id: string, points: number): Promise<Waveform> {
    return this.#json(`/audio/files/${encodeURIComponent(id)}/waveform?points=${points}`);
  }

  async reprocess(ids: string[]): Promise<{ soundId: string; jobId: string }[]> {
    const body = JSON.stringify({ soundIds: ids });
    return (await this.#json<{ jobs: { soundId: string; jobId: string }[] }>('/audio/process', jsonBody('POST', body)))
      .jobs;
  }

  job(id: string): Promise<Job> {
    return this.#json(`/audio/status/${encodeURIComponent(id)}`);
  }

  stats(): Promise<Stats> {
    return this.#json('/analytics/stats');
  }

  /** A part that is down answers 503, which is an answer here. */
  async readiness(): Promise<Readiness> {
    const response = await this.#fetch('/health/ready', {});
    const body = parseJson(await response.text());
    if (typeof body === 'object' && body !== null && 'parts' in body) return body as Readiness;
    throw problemFrom(response.status, body);
  }

  async ping(): Promise<void> {
    await this.#send('/health', {});
  }

  streamUrl = (id: string): string => `${BASE}/audio/files/${encodeURIComponent(id)}/stream`;
  downloadUrl = (id: string): string => `${BASE}/audio/files/${encodeURIComponent(id)}/download`;
  eventsUrl = (): string => `${BASE}/events`;
  uploadUrl = (): string => `${BASE}/audio/upload`;

  async #json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.#send(path, init);
    return (await response.json()) as T;
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#fetch(path, init);
    if (response.ok) return response;
    const error = problemFrom(response.status, parseJson(await response.text()));
    this.onOutcome(error);
    throw error;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      const response = await fetch(BASE + path, init);
      this.onOutcome(null);
      return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      const unreachable = new UnreachableError();
      this.onOutcome(unreachable);
      throw unreachable;
    }
  }
}

const jsonBody = (method: string, body: string): RequestInit => ({
  method,
  body,
  headers: { 'content-type': 'application/json' },
});
