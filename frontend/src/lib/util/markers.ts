import type { Marker } from '$lib/api/types';
import { formatMoment } from './format';

type Placed = Pick<Marker, 'startS' | 'endS'>;

/** `1:23.4`, or of a stretch `1:23.4–1:30.0`. */
export const placeOf = ({ startS, endS }: Placed, locale: string): string =>
  endS === null ? formatMoment(startS, locale) : `${formatMoment(startS, locale)}–${formatMoment(endS, locale)}`;

/** What a marker is called: the first line of its text, else its place. */
export const markerName = (marker: Placed & Pick<Marker, 'text'>, locale: string): string =>
  marker.text.split('\n', 1)[0]?.trim() || placeOf(marker, locale);

/** The colour token of a marker. */
export const markerColour = ({ colour }: Pick<Marker, 'colour'>): string =>
  colour === null ? 'var(--text-dim)' : `var(--mark-${colour})`;
