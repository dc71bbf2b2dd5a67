import { resolve } from '$app/paths';
import type { ResolvedPathname } from '$app/types';
import type { Filters, LikePart, SavedSearch, SearchMode } from '$lib/api/types';
import { isResultSort, resultSortOf, SORTS, type ResultSort } from './sorts';
import { filterTexts, likeText } from './query-text';

/** Everything a search consists of: what stands in the box, and how to search. All of it stands in the URL. */
export interface Criteria {
  q: string;
  mode: SearchMode;
  /** The best first where there is none. */
  sort?: ResultSort | undefined;
  /** Whether the places that match are listed, instead of the sounds. */
  moments?: boolean | undefined;
}

/** What a link may ask for; examples and filters become part of the text. */
export interface Wanted extends Partial<Criteria> {
  like?: LikePart[];
  filters?: Filters;
}

const isMode = (value: string | null): value is SearchMode =>
  value === 'hybrid' || value === 'semantic' || value === 'keyword';

export function parseCriteria(params: URLSearchParams): Criteria {
  const mode = params.get('mode');
  const sort = params.get('sort');
  return {
    q: params.get('q')?.trim() ?? '',
    mode: isMode(mode) ? mode : 'hybrid',
    ...(isResultSort(sort) && { sort }),
    ...(params.get('show') === 'moments' && { moments: true }),
  };
}

/** The address of a search, with what is default left out. */
export function searchUrl({
  q = '',
  mode = 'hybrid',
  sort,
  moments,
  like = [],
  filters = {},
}: Wanted): ResolvedPathname {
  const text = [q, ...like.map(likeText), ...filterTexts(filters)].filter(Boolean).join(' ');
  const params = new URLSearchParams();
  if (text) params.set('q', text);
  if (mode !== 'hybrid') params.set('mode', mode);
  if (sort) params.set('sort', sort);
  if (moments) params.set('show', 'moments');
  const query = params.toString();
  return query ? resolve(`/?${query}`) : resolve('/');
}

/** A search as the server keeps it. */
export type SavedAs = Pick<SavedSearch, 'query' | 'mode' | 'sort' | 'order' | 'view'>;

export const savedAs = ({ q, mode, sort, moments }: Criteria): SavedAs => ({
  query: q,
  mode,
  ...(sort ? SORTS[sort] : { sort: 'relevance', order: 'asc' }),
  view: moments ? 'moments' : 'sounds',
});

export function criteriaOf({ query, mode, sort, order, view }: SavedAs): Criteria {
  const named = resultSortOf(sort, order);
  return { q: query, mode, ...(named && { sort: named }), ...(view === 'moments' && { moments: true }) };
}

export const hasQuery = (criteria: Criteria): boolean => criteria.q !== '';
