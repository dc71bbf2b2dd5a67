import { z } from 'zod';
import { DomainError } from '../../domain/errors.js';
import type { SoundSort } from '../../domain/library/library.types.js';

/** Where a page ended: the sort it belongs to, the last row's value and key. */
export interface Cursor {
  sort: SoundSort;
  order: 'asc' | 'desc';
  value: string | number | null;
  key: number;
}

const schema = z.object({
  sort: z.enum(['added', 'title', 'artist', 'duration', 'size', 'bpm', 'key']),
  order: z.enum(['asc', 'desc']),
  value: z.union([z.string(), z.number(), z.null()]),
  key: z.number().int().nonnegative(),
});

export const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

/**
 * @throws DomainError `invalid_input` when the text is no cursor, or one of a list sorted otherwise.
 */
export function decodeCursor(text: string, sort: SoundSort, order: 'asc' | 'desc'): Cursor {
  const bad = new DomainError(
    'invalid_input',
    'This page marker does not belong to this list. Start from the first page.',
    {
      fields: [{ path: 'cursor', message: 'is not a cursor of this list' }],
    },
  );
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw bad;
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success || parsed.data.sort !== sort || parsed.data.order !== order) throw bad;
  return parsed.data;
}
