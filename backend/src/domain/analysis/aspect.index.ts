import { KeyedLock } from '../keyed-lock.js';
import type { SoundKey } from '../library/library.types.js';
import type { DescribedRows, DescribedSounds } from './aspects.ports.js';
import {
  ASPECTS,
  DESCRIBED_SIZE,
  hasAspect,
  HEARD_SIZE,
  LAYOUT,
  type AspectWeights,
  type Comparison,
  type Described,
  type DescribedSound,
} from './aspects.types.js';
import { LACKING, logitsOf, mostAlike, wantedOf, weightOf, type Among } from './most-alike.js';

/** What a sound is like in what is compared. */
export interface Comparing {
  /** Sum of all weights. */
  weight: number;
  /** Of a sound the log odds that it is like the examples, each aspect as much as it counts; not divided by `weight`. */
  of(key: SoundKey): number;
  /** The most alike, best first. */
  nearest(limit: number, filter: Among): Promise<SoundKey[]>;
}

interface AspectIndexParts {
  described: DescribedSounds;
  createRows: () => DescribedRows;
}

/**
 * What sounds are compared by, in memory: 320 bytes for each. It follows the database whenever the library has changed; what was
 * missed, as transactions of PostgreSQL may end in another order than they began, is noticed by the count.
 */
export class AspectIndex {
  private rows: DescribedRows;
  private rowOf = new Map<SoundKey, number>();
  /** Of each row. */
  private keys: SoundKey[] = [];
  private newest = 0;
  private change: number | null = null;
  private readonly lock = new KeyedLock();

  constructor(private readonly parts: AspectIndexParts) {
    this.rows = parts.createRows();
  }

  /**
   * The numbers of a sound; null where it was not heard yet.
   * @param change the library's change number: they are of then or later
   */
  async of(key: SoundKey, change: number): Promise<Described | null> {
    await this.refresh(change);
    const row = this.rowOf.get(key);
    if (row === undefined) return null;
    const numbers = new Float32Array(DESCRIBED_SIZE);
    this.rows.read(row, numbers);
    return { numbers, at: 0 };
  }

  /** @param change as for {@link of} */
  async comparing(comparisons: readonly Comparison[], change: number): Promise<Comparing> {
    await this.refresh(change);
    const wanted = wantedOf(comparisons);
    const weight = weightOf(wanted);
    // As they are now: what changes meanwhile is in a later answer.
    const { rows, keys, rowOf } = this;
    const logitOfRow = logitsOf(wanted, rows);
    const known = new Map<SoundKey, number>();
    return {
      weight,
      of: (key) => {
        const row = rowOf.get(key);
        return known.get(key) ?? (row === undefined ? LACKING * weight : logitOfRow(row));
      },
      nearest: async (limit, filter) => {
        const found = await mostAlike({ rows, keys, rowOf }, wanted, limit, filter);
        for (const { key, logit } of found) known.set(key, logit);
        return found.map(({ key }) => key);
      },
    };
  }

  private async refresh(change: number): Promise<void> {
    if (change === this.change) return;
    await this.lock.run('refresh', async () => {
      if (change === this.change) return;
      const { count, newest } = await this.parts.described.state();
      if (newest > this.newest) this.add(await this.parts.described.after(this.newest));
      if (count !== this.rowOf.size) {
        // Those that are compared right now stay as they were.
        this.rowOf = new Map();
        this.keys = [];
        this.rows = this.parts.createRows();
        this.add(await this.parts.described.after(0));
      }
      this.newest = newest;
      this.change = change;
    });
  }

  private add(sounds: readonly DescribedSound[]): void {
    const numbers = new Float32Array(DESCRIBED_SIZE);
    for (const { soundKey, heard, loudnessLufs, peakDb } of sounds) {
      const row = this.rowOf.get(soundKey) ?? this.rowOf.size;
      numbers.set(heard.subarray(0, HEARD_SIZE));
      numbers[LAYOUT.loudness.at] = loudnessLufs ?? NaN;
      numbers[LAYOUT.loudness.at + 1] = loudnessLufs === null || peakDb === null ? NaN : peakDb - loudnessLufs;
      this.rows.set(row, numbers);
      this.rowOf.set(soundKey, row);
      this.keys[row] = soundKey;
    }
  }
}

/** What of an example can be compared, of all that is asked for. */
export function comparisonBy(example: Described | null, weights: AspectWeights, times: number): Comparison | null {
  if (!example) return null;
  const aspects = ASPECTS.flatMap((aspect) => {
    const weight = times * (weights[aspect] ?? 0);
    return weight > 0 && hasAspect(aspect, example) ? [{ aspect, weight }] : [];
  });
  return aspects.length > 0 ? { example, aspects } : null;
}
