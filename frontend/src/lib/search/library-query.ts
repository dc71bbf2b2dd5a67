import { resolve } from '$app/paths';
import type { ResolvedPathname } from '$app/types';
import type { SoundStatus } from '$lib/api/types';
import type { LibraryQuery, LibrarySort } from '$lib/state/library.svelte';

/** The orders of the library, as they are offered. */
export const SORTS: readonly LibrarySort[] = [
  'added',
  'title',
  'artist',
  'duration',
  'size',
  'bpm',
  'key',
  'loudness',
  'brightness',
  'recorded',
];
const STATUSES: readonly SoundStatus[] = ['ready', 'processing', 'failed'];

const defaultOrder = (sort: LibrarySort): 'asc' | 'desc' => (sort === 'added' ? 'desc' : 'asc');

export function parseLibraryQuery(params: URLSearchParams): LibraryQuery {
  const sort = SORTS.find((name) => name === params.get('sort')) ?? 'added';
  const order = params.get('order');
  return {
    q: params.get('q')?.trim() ?? '',
    status: STATUSES.find((name) => name === params.get('status')) ?? null,
    sort,
    order: order === 'asc' || order === 'desc' ? order : defaultOrder(sort),
  };
}

/** The address of a view of the library, with what is default left out. */
export function libraryUrl(query: Partial<LibraryQuery> = {}): ResolvedPathname {
  const params = new URLSearchParams();
  if (query.q) params.set('q', query.q);
  if (query.status) params.set('status', query.status);
  const sort = query.sort ?? 'added';
  if (sort !== 'added') params.set('sort', sort);
  if (query.order && query.order !== defaultOrder(sort)) params.set('order', query.order);
  const text = params.toString();
  return text ? resolve(`/library?${text}`) : resolve('/library');
}
