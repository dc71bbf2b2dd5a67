import type { ParsedQuery } from '$lib/api/types';
import { joined } from './query-text';

export const SCOPES = ['all', 'sounds', 'moments', 'long'] as const;
/** Whether long recordings crowd in, are left out, or are all that is wanted: filters as any other. Moments are another list of the same. */
export type Scope = (typeof SCOPES)[number];

const TYPED: Record<Scope, string> = { all: '', sounds: '-kind:long', moments: '', long: 'kind:long' };

export const scopeOf = ({ parts }: ParsedQuery): Scope =>
  SCOPES.find((scope) => TYPED[scope] !== '' && parts.some(({ typed }) => typed === TYPED[scope])) ?? 'all';

/** The text of the search with another scope; another kind is not asked for at the same time as long recordings. */
export function withScope({ parts }: ParsedQuery, scope: Scope): string {
  const kept = parts.filter(({ typed }) =>
    scope === 'long' ? !/^-?kind:/.test(typed) : typed !== TYPED.long && typed !== TYPED.sounds,
  );
  return [joined(kept.map((part) => ({ part, typed: part.typed }))), TYPED[scope]].filter(Boolean).join(' ');
}
