import type { Awaitable } from '../awaitable.js';
import type { SoundKey } from '../library/library.types.js';
import type { Marker, MarkerPatch, NewMarker } from './markers.types.js';

/** Markers of sounds, in order of time. Those of sounds in the bin are kept and not shown. */
export interface MarkerRepository {
  of(soundId: string): Awaitable<Marker[]>;
  /** Only of the sounds that have some. */
  ofSounds(keys: readonly SoundKey[]): Awaitable<ReadonlyMap<SoundKey, Marker[]>>;
  /** All of them or none: null where the sound would have more than `most` of people's own, or is not there. */
  add(soundId: string, markers: readonly ({ id: string } & NewMarker)[], most: number): Awaitable<Marker[] | null>;
  /** What it is now; null for one that the sound does not have, or that is from its file. */
  change(soundId: string, id: string, patch: MarkerPatch): Awaitable<Marker | null>;
  /** As `change`; false for null. */
  delete(soundId: string, id: string): Awaitable<boolean>;
}
