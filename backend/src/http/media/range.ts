import type { ByteRange } from '../../domain/library/library.ports.js';

/**
 * Reads a Range header (RFC 9110) for a file of `size` bytes.
 * @returns the bytes to send; `unsatisfiable` when the range lies outside; null to send the whole file, as for headers that
 *   are malformed or ask for several ranges (servers may ignore those)
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = header ? /^bytes=(\d*)-(\d*)$/.exec(header.trim()) : null;
  if (!match) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}
