export const MARKER_COLOURS = ['red', 'amber', 'green', 'blue', 'violet'] as const;
export type MarkerColour = (typeof MARKER_COLOURS)[number];

/** Set by a person, or read from the file (chapters). */
export type MarkerSource = 'own' | 'file';

/** How many a sound may have of people's own. */
export const MAX_MARKERS = 1000;
export const MAX_MARKER_TEXT = 1000;

/** A place in a sound, or a stretch of it, with what was noted there. */
export interface Marker {
  id: string;
  source: MarkerSource;
  /** Seconds. */
  startS: number;
  /** Null for a place. */
  endS: number | null;
  /** May be empty, and have several lines. */
  text: string;
  colour: MarkerColour | null;
  /** ISO 8601 UTC, as the other. */
  createdAt: string;
  updatedAt: string;
}

export type NewMarker = Pick<Marker, 'startS' | 'endS' | 'text' | 'colour'>;

/** Undefined leaves as it is. */
export type MarkerPatch = { [Name in keyof NewMarker]?: NewMarker[Name] | undefined };
