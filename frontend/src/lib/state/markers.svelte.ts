import type { Api } from '$lib/api/api';
import type { Marker, MarkerPatch } from '$lib/api/types';

type Calls = Pick<Api, 'markers' | 'addMarker' | 'importMarkers' | 'changeMarker' | 'deleteMarker'>;
type NewMarker = Pick<Marker, 'startS' | 'endS' | 'text' | 'colour'>;

const inOrder = (markers: readonly Marker[]): Marker[] => [...markers].sort((a, b) => a.startS - b.startS);

/** What is marked in one sound, in order of time. Changes are shown before the server has them. */
export class Markers {
  items = $state.raw<readonly Marker[]>([]);
  loaded = $state(false);
  /** Id of the one that is being edited. */
  editing = $state<string | null>(null);
  /** Id of the one that was set last, while it is edited for the first time. */
  fresh = $state<string | null>(null);
  readonly #api: Calls;
  readonly #soundId: string;
  readonly #onfail: (error: unknown) => void;

  constructor(api: Calls, soundId: string, onfail: (error: unknown) => void) {
    this.#api = api;
    this.#soundId = soundId;
    this.#onfail = onfail;
  }

  async load(): Promise<void> {
    try {
      this.items = await this.#api.markers(this.#soundId);
      this.loaded = true;
    } catch {
      // What is shown stays; the connection banner tells of a server that is gone.
    }
  }

  async add(marker: NewMarker, { edit = false } = {}): Promise<void> {
    try {
      const added = await this.#api.addMarker(this.#soundId, marker);
      this.items = inOrder([...this.items.filter(({ id }) => id !== added.id), added]);
      if (edit) this.editing = this.fresh = added.id;
    } catch (error) {
      this.#onfail(error);
    }
  }

  /** Those in a file of another program. @returns null where it could not be read, which was told */
  async take(file: File): Promise<{ added: number; known: number; unread: string[] } | null> {
    try {
      const { items, known, unread } = await this.#api.importMarkers(this.#soundId, await file.text());
      await this.load();
      return { added: items.length, known, unread };
    } catch (error) {
      this.#onfail(error);
      return null;
    }
  }

  /** What is shown while it is moved; nothing is saved. */
  preview(id: string, place: Pick<Marker, 'startS' | 'endS'>): void {
    this.items = this.items.map((marker) => (marker.id === id ? { ...marker, ...place } : marker));
  }

  async change(id: string, patch: MarkerPatch): Promise<void> {
    const shown = (change: Partial<Marker>): void => {
      this.items = inOrder(this.items.map((marker) => (marker.id === id ? { ...marker, ...change } : marker)));
    };
    shown(Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)));
    try {
      shown(await this.#api.changeMarker(this.#soundId, id, patch));
    } catch (error) {
      this.#onfail(error);
      await this.load();
    }
  }

  /** @returns whether it is gone */
  async remove(id: string): Promise<boolean> {
    this.items = this.items.filter((marker) => marker.id !== id);
    try {
      await this.#api.deleteMarker(this.#soundId, id);
      return true;
    } catch (error) {
      this.#onfail(error);
      await this.load();
      return false;
    }
  }
}
