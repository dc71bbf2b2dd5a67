import { randomUUID } from 'node:crypto';
import { demand, type Actor } from '../accounts/actor.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import type { LibraryService } from '../library/library.service.js';
import type { Sound } from '../library/library.types.js';
import { mustBeginWithin } from '../library/stretch.js';
import { because } from '../reasons.js';
import { OddLine, oneLine, readMarkers, writeMarkers, type MarkerFormat, type ReadMarker } from './marker-files.js';
import type { MarkerRepository } from './markers.ports.js';
import { MAX_MARKERS, type Marker, type MarkerPatch, type NewMarker } from './markers.types.js';

/** Of all stretches that are cut out into one file. */
const MOST_CUT_S = 24 * 3600;

/** Shorter ones are places: there is nothing in them to cut out. */
const LEAST_CUT_S = 0.001;

/** What became of a file of markers. */
export interface Taken {
  items: Marker[];
  /** How many were there already. */
  known: number;
  /** Columns that no marker has. */
  unread: string[];
}

/** Places and stretches of sounds that people mark, with what they note there. Of two changes at once the later one counts. */
export class MarkersService {
  readonly #markers;
  readonly #library;
  readonly #events;

  constructor(parts: {
    markers: MarkerRepository;
    library: Pick<LibraryService, 'get' | 'getToChange'>;
    events: EventSink;
  }) {
    this.#markers = parts.markers;
    this.#library = parts.library;
    this.#events = parts.events;
  }

  /** In order of time. @throws DomainError `not_found` */
  async list(actor: Actor, soundId: string): Promise<Marker[]> {
    demand(actor, 'read');
    await this.#library.get(actor, soundId);
    return this.#markers.of(soundId);
  }

  /**
   * All of them or none.
   * @throws DomainError `not_found`; `invalid_input` for one behind the end; `conflict` when the sound would have too many
   */
  async add(actor: Actor, soundId: string, markers: readonly NewMarker[]): Promise<Marker[]> {
    demand(actor, 'edit');
    const sound = await this.#library.getToChange(actor, soundId);
    const within = markers.map((marker) => ({ id: randomUUID(), ...marker, ...placeIn(sound, marker) }));
    const added = await this.#markers.add(soundId, within, MAX_MARKERS);
    if (!added) throw new DomainError('conflict', because('too_many_markers', { limit: MAX_MARKERS }));
    this.#tell(soundId);
    return added;
  }

  /** @throws DomainError `not_found`; `invalid_input` for a place behind the end; `conflict` for one from the file */
  async change(actor: Actor, soundId: string, id: string, patch: MarkerPatch): Promise<Marker> {
    demand(actor, 'edit');
    const sound = await this.#library.getToChange(actor, soundId);
    const before = await this.#own(soundId, id);
    const moved = patch.startS !== undefined || patch.endS !== undefined;
    const { startS = before.startS, endS = before.endS } = patch;
    const place = moved ? placeIn(sound, { startS, endS }) : {};
    const changed = await this.#markers.change(soundId, id, { ...patch, ...place });
    if (!changed) throw notFound('marker', id);
    this.#tell(soundId);
    return changed;
  }

  /** @throws DomainError `not_found`; `conflict` for one from the file */
  async delete(actor: Actor, soundId: string, id: string): Promise<void> {
    demand(actor, 'edit');
    await this.#library.getToChange(actor, soundId);
    await this.#own(soundId, id);
    if (!(await this.#markers.delete(soundId, id))) throw notFound('marker', id);
    this.#tell(soundId);
  }

  /** As other programs read them. @throws DomainError `not_found` */
  async write(actor: Actor, soundId: string, format: MarkerFormat): Promise<{ sound: Sound; text: string }> {
    demand(actor, 'read');
    const sound = await this.#library.get(actor, soundId);
    return { sound, text: writeMarkers(await this.#markers.of(soundId), format, sound.durationS ?? 0) };
  }

  /**
   * What a file of such a program holds, beside what is there. What is there already is not added again.
   * @returns what was added, how many were there, and the names of columns that were not understood
   * @throws DomainError as {@link add}, and for what is no such file
   */
  async read(actor: Actor, soundId: string, text: string): Promise<Taken> {
    demand(actor, 'edit');
    const sound = await this.#library.getToChange(actor, soundId);
    try {
      const { markers, unread } = readMarkers(text);
      if (markers.length === 0) throw new DomainError('invalid_input', because('no_markers_in_file'));
      const there = new Map<string, Marker[]>();
      for (const marker of await this.#markers.of(soundId)) {
        const said = oneLine(marker.text);
        there.set(said, [...(there.get(said) ?? []), marker]);
      }
      const fresh = markers
        .map((one) => markerWithin(sound, one))
        .filter((one) => !there.get(oneLine(one.text))?.some((other) => isSamePlace(one, other)));
      return {
        items: fresh.length > 0 ? await this.add(actor, soundId, fresh) : [],
        known: markers.length - fresh.length,
        unread,
      };
    } catch (error) {
      if (!(error instanceof OddLine)) throw error;
      throw new DomainError('invalid_input', error.reason);
    }
  }

  /**
   * The marked stretches, in order of time.
   * @throws DomainError `not_found`; `conflict` where there are none, or more than one file should hold
   */
  async stretches(actor: Actor, soundId: string): Promise<{ sound: Sound; stretches: (Marker & { endS: number })[] }> {
    demand(actor, 'read');
    const sound = await this.#library.get(actor, soundId);
    const stretches = (await this.#markers.of(soundId)).flatMap((marker) =>
      marker.endS === null || marker.endS - marker.startS < LEAST_CUT_S ? [] : [{ ...marker, endS: marker.endS }],
    );
    if (stretches.length === 0) throw new DomainError('conflict', because('no_marked_stretches'));
    const lengthS = stretches.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
    if (lengthS > MOST_CUT_S) {
      throw new DomainError('conflict', because('marked_stretches_long', { lengthS, limitS: MOST_CUT_S }));
    }
    return { sound, stretches };
  }

  async #own(soundId: string, id: string): Promise<Marker> {
    const marker = (await this.#markers.of(soundId)).find((one) => one.id === id);
    if (!marker) throw notFound('marker', id);
    if (marker.source === 'file') throw new DomainError('conflict', because('marker_from_file'));
    return marker;
  }

  #tell(soundId: string): void {
    this.#events.tell({ kind: 'sound', change: 'updated', soundId });
  }
}

/**
 * What ends behind the end of the sound ends with it.
 * @throws DomainError `invalid_input` for what begins behind its end, or ends before it begins; `conflict` while the length is unknown
 */
function placeIn({ durationS }: Sound, { startS, endS }: Pick<Marker, 'startS' | 'endS'>) {
  if (durationS === null) throw new DomainError('conflict', because('sound_not_decoded'));
  if (startS > durationS) mustBeginWithin(durationS, startS);
  if (endS === null || Math.min(endS, durationS) > startS) {
    return { startS, endS: endS === null ? null : Math.min(endS, durationS) };
  }
  const fields = [{ path: 'endS', message: 'must be greater than startS' }];
  throw new DomainError('invalid_input', because('marker_backwards'), { fields });
}

/** Other programs round: what they say of the very end may be a little behind it. @throws OddLine for what begins behind the end */
function markerWithin({ durationS }: Sound, { line, ...marker }: ReadMarker): NewMarker {
  if (durationS === null) return marker;
  const startS = marker.startS - durationS < LEAST_CUT_S ? Math.min(marker.startS, durationS) : marker.startS;
  const { endS } = marker;
  if (startS > durationS || (startS === durationS && endS !== null && endS - durationS > 2 * LEAST_CUT_S)) {
    throw new OddLine(because('marker_line_behind', { line, startAt: startS, endAt: durationS }));
  }
  return { ...marker, startS, endS: startS === durationS ? null : endS };
}

/** As far as other programs can tell: they round, and some give an end to what has none. */
function isSamePlace(one: Pick<Marker, 'startS' | 'endS'>, other: Pick<Marker, 'startS' | 'endS'>): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= LEAST_CUT_S;
  return near(one.startS, other.startS) && (one.endS === null || other.endS === null || near(one.endS, other.endS));
}
