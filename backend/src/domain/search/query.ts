import { DomainError } from '../errors.js';
import type { SoundFilters } from '../library/library.types.js';
import type { SearchRequest, TextPart } from './search.types.js';
import { because, inEnglish } from '../reasons.js';

export const MAX_TEXT_LENGTH = 500;
/** Results past this many are not paged through: nobody does, and each page would rank them all again. */
export const MAX_RESULTS = 10_000;

/** Control characters out, spaces to one. */
const cleanText = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();

/**
 * The request with clean texts and without parts that say nothing.
 * @throws DomainError `invalid_input` when nothing is left to search by, or a number is out of range.
 */
export function cleanRequest(request: SearchRequest): SearchRequest {
  const { limit, offset } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_RESULTS)
    throw outOfRange('limit', `between 1 and ${MAX_RESULTS}`);
  if (!Number.isInteger(offset) || offset < 0 || offset + limit > MAX_RESULTS) {
    throw outOfRange('offset', `between 0 and ${MAX_RESULTS} - limit`);
  }
  const text = request.text.map(({ text, weight }) => ({ text: cleanText(text), weight })).filter(says);
  if (text.some((part) => part.text.length > MAX_TEXT_LENGTH)) {
    const reason = because('search_text_too_long', { limit: MAX_TEXT_LENGTH });
    throw new DomainError('invalid_input', reason, { fields: [{ path: 'text', message: inEnglish([reason]) }] });
  }
  const like = request.like.filter(({ weight }) => weight !== 0);
  const clips = request.clips.filter(({ weight }) => weight !== 0);
  if (text.length + like.length + clips.length === 0 && request.typed === undefined && !hasFilters(request.filters)) {
    throw new DomainError('invalid_input', because('nothing_to_search'), {
      fields: [{ path: 'q', message: 'must not be empty' }],
    });
  }
  const typed = request.typed === undefined ? {} : { typed: cleanText(request.typed) };
  return { ...request, ...typed, text, like, clips };
}

/** Whether these filters leave anything out. */
export const hasFilters = (filters: SoundFilters): boolean =>
  Object.values(filters).some((value) => value !== undefined);

const says = ({ text, weight }: TextPart): boolean => text !== '' && weight !== 0;

const outOfRange = (path: string, range: string): DomainError =>
  new DomainError('invalid_input', because('number_out_of_range', { field: path, range }), {
    fields: [{ path, message: `must be ${range}` }],
  });
