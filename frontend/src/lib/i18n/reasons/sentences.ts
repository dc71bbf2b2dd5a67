import type { Reason } from '$lib/api/types';
import { formatBytes, formatLength, formatMoment } from '$lib/util/format';

/** A sentence for every reason that the server gives, with `{name}` where values stand, and `{name:one|more}` where a word goes by a number. */
export type Sentences = Record<Reason['id'], string>;

const PLACES = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/** Null where there are no reasons, or one that is not known here (of a newer server). */
export function say(sentences: Sentences, reasons: readonly Reason[], locale: string): string | null {
  if (reasons.length === 0 || reasons.some(({ id }) => !(id in sentences))) return null;
  return reasons
    .map(({ id, params }) =>
      sentences[id].replace(PLACES, (_, name: string, one?: string, more?: string) =>
        one === undefined ? valueIn(name, params[name], locale) : String(params[name] === 1 ? one : more),
      ),
    )
    .join(' ');
}

/** Values are seconds where their names end in S, places in a sound where in At, and bytes where in Bytes. */
function valueIn(name: string, value: string | number | undefined, locale: string): string {
  if (typeof value !== 'number') return value ?? '';
  if (name.endsWith('S')) return value < 120 ? `${rounded(value, locale)} s` : formatLength(value, locale);
  if (name.endsWith('At')) return formatMoment(value, locale, 2);
  if (name.endsWith('Bytes')) return formatBytes(value, locale);
  return rounded(value, locale);
}

const rounded = (value: number, locale: string): string => value.toLocaleString(locale, { maximumFractionDigits: 1 });
