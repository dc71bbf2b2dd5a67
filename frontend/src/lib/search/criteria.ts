import { resolve } from '$app/paths';
import type { ResolvedPathname } from '$app/types';
import type { Filters, LikePart, SearchMode } from '$lib/api/types';

/** Everything a search consists of. All of it stands in the URL, but for the clip's sound itself. */
export interface Criteria {
  q: string;
  mode: SearchMode;
  like: LikePart[];
  /** Name of a dropped or recorded clip. Its bytes live only in this tab. */
  clip: string | null;
  filters: Filters;
}

const NUMBERS = ['minDurationS', 'maxDurationS', 'minBpm', 'maxBpm'] as const;
const WORDS = ['key', 'genre', 'artist', 'format', 'addedAfter', 'addedBefore'] as const;

const LISTS = ['tag', 'collection'] as const;

const isMode = (value: string | null): value is SearchMode =>
  value === 'hybrid' || value === 'semantic' || value === 'keyword';

const number = (text: string | null | undefined): number | undefined => {
  if (text === null || text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
};

/** `id` or `id:start-end`, seconds. */
export function parseLike(text: string): LikePart | null {
  const [, soundId, start, end] = /^([^:]+)(?::([\d.]+)-([\d.]+))?$/.exec(text) ?? [];
  if (!soundId) return null;
  const startS = number(start);
  const endS = number(end);
  return startS !== undefined && endS !== undefined && endS > startS ? { soundId, startS, endS } : { soundId };
}

export const formatLike = (part: LikePart): string =>
  part.startS === undefined || part.endS === undefined
    ? part.soundId
    : `${part.soundId}:${round(part.startS)}-${round(part.endS)}`;

const round = (seconds: number): number => Math.round(seconds * 100) / 100;

export function parseCriteria(params: URLSearchParams): Criteria {
  const filters: Filters = {};
  for (const name of NUMBERS) {
    const value = number(params.get(name));
    if (value !== undefined) filters[name] = value;
  }
  for (const name of WORDS) {
    const value = params.get(name)?.trim();
    if (value) filters[name] = value;
  }
  for (const name of LISTS) {
    const values = params.getAll(name).filter(Boolean);
    if (values.length > 0) filters[name] = values;
  }
  const mode = params.get('mode');
  return {
    q: params.get('q')?.trim() ?? '',
    mode: isMode(mode) ? mode : 'hybrid',
    like: params
      .getAll('like')
      .map(parseLike)
      .filter((part) => part !== null),
    clip: params.get('clip') || null,
    filters,
  };
}

export function filterParams(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of [...NUMBERS, ...WORDS]) {
    const value = filters[name];
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  for (const name of LISTS) for (const value of filters[name] ?? []) params.append(name, value);
  return params;
}

/** The address of a search, with what is default left out. */
export function searchUrl(criteria: Partial<Criteria>): ResolvedPathname {
  const params = new URLSearchParams();
  if (criteria.q) params.set('q', criteria.q);
  if (criteria.mode && criteria.mode !== 'hybrid') params.set('mode', criteria.mode);
  for (const part of criteria.like ?? []) params.append('like', formatLike(part));
  if (criteria.clip) params.set('clip', criteria.clip);
  for (const [name, value] of filterParams(criteria.filters ?? {})) params.append(name, value);
  const query = params.toString();
  return query ? resolve(`/?${query}`) : resolve('/');
}

/** Whether there is anything to search for; filters alone only narrow. */
export const hasQuery = (criteria: Criteria): boolean =>
  criteria.q !== '' || criteria.like.length > 0 || criteria.clip !== null;

export const countFilters = (filters: Filters): number => {
  const given = (...names: (keyof Filters)[]): number => (names.some((name) => filters[name] !== undefined) ? 1 : 0);
  return (
    given('minDurationS', 'maxDurationS') +
    given('minBpm', 'maxBpm') +
    given('key') +
    given('genre') +
    given('artist') +
    given('format') +
    given('addedAfter', 'addedBefore') +
    (filters.tag?.length ?? 0) +
    (filters.collection?.length ?? 0)
  );
};
