import type { z } from 'zod';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

/** The last code point there is: everything that starts with a prefix sorts before prefix + this. */
export const AFTER_ALL = '\u{10FFFF}';

export const now = (): string => new Date().toISOString();

/** Those of the items that there are, in the order of the keys. */
export function inOrderOf<K, T>(keys: readonly K[], items: readonly T[], keyOf: (item: T) => K): T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

/** What LIKE takes literally, with `\` as its ESCAPE. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** Where a page ended, for the next request. */
export const encodeCursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @throws DomainError `invalid_input` when the text is no cursor, or one of another list */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw badCursor();
  }
}

export const badCursor = (): DomainError =>
  new DomainError('invalid_input', because('page_marker_odd'), {
    fields: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
