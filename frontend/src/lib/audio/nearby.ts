import { wavOf } from './tuning';

/** Larger sounds start soon enough by themselves, and would fill the memory. */
const MOST_BYTES = 4e6;
const KEPT = 16;

export interface Fetchable {
  key: string;
  src: string;
  /** Null where it is not known, or where there is nothing to fetch. */
  sizeBytes: number | null;
}

interface Entry {
  blob: Blob | null;
  url: string | null;
  done: Promise<string | null>;
}

/** Sounds that are likely to be played next, fetched beforehand so that they start with the key. */
export class Nearby {
  readonly #entries = new Map<string, Entry>();

  /** Fetches those that are small. */
  warm(items: readonly Fetchable[]): void {
    for (const item of items) {
      if (item.sizeBytes !== null && item.sizeBytes <= MOST_BYTES) void this.#keep(item.key, () => bytesOf(item.src));
    }
  }

  /** Where it lies in memory, if it does. */
  urlOf(key: string): string | null {
    return this.#entries.get(key)?.url ?? null;
  }

  /** Where it lies once it is fetched; null where it is not, and will not be. */
  fetched(key: string): Promise<string | null> {
    return this.#entries.get(key)?.done ?? Promise.resolve(null);
  }

  /** The sound higher by `ratio`, and as much faster; null where this browser cannot decode it. */
  raised(item: Fetchable, ratio: number): Promise<string | null> {
    return this.#keep(`${item.key} ×${ratio}`, async () => {
      const blob = this.#entries.get(item.key)?.blob ?? (await bytesOf(item.src));
      const bytes = await blob.arrayBuffer();
      const sound = await new OfflineAudioContext(2, 1, 44_100).decodeAudioData(bytes);
      const channels = Array.from({ length: Math.min(2, sound.numberOfChannels) }, (_, i) => sound.getChannelData(i));
      return wavOf(channels, Math.round(sound.sampleRate * ratio));
    });
  }

  #keep(key: string, make: () => Promise<Blob>): Promise<string | null> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.done;
    }
    const entry: Entry = { blob: null, url: null, done: Promise.resolve(null) };
    entry.done = make().then(
      (blob) => {
        entry.blob = blob;
        return (entry.url = URL.createObjectURL(blob));
      },
      // It is played from the server then, which says what is wrong.
      () => null,
    );
    this.#entries.set(key, entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > KEPT && oldest) {
      this.#entries.delete(oldest[0]);
      // What plays from it has read it by then.
      void oldest[1].done.then((url) => url && setTimeout(() => URL.revokeObjectURL(url), 60_000));
    }
    return entry.done;
  }
}

async function bytesOf(src: string): Promise<Blob> {
  const answer = await fetch(src);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.blob();
}
