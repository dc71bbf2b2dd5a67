import { KeyedLock } from '../keyed-lock.js';
import type { SoundKey } from '../library/library.types.js';
import type { DescribedSounds } from './aspects.ports.js';
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
import { LACKING, logitOf, mostAlike, wantedOf } from './most-alike.js';

/** What a sound is like in what is compared. */
export interface Comparing {
  /** Sum of all weights. */
  weight: number;
  /** Of a sound the log odds that it is like the examples, each aspect as much as it counts; not divided by `weight`. */
  of(key: SoundKey): number;
  /** The most alike, best first. */
  nearest(limit: number, allowed: (key: SoundKey) => boolean): Promise<SoundKey[]>;
}

/**
 * What sounds are compared by, in memory: 320 bytes for each. It follows the database whenever the library has changed; what was
 * missed, as transactions of PostgreSQL may end in another order than they began, is noticed by the count.
 */
export class AspectIndex {
  private numbers = new Float32Array(0);
  private readonly rows = new Map<SoundKey, number>();
  /** Of each row. */
  private keys: SoundKey[] = [];
  private newest = 0;
  private change: number | null = null;
  private readonly lock = new KeyedLock();

  constructor(
    private readonly parts: { described: DescribedSounds; changes: { number(): number | PromiseLike<number> } },
  ) {}

  /** The numbers of a sound; null where it was not heard yet. */
  async of(key: SoundKey): Promise<Described | null> {
    await this.refresh();
    return this.at(key);
  }

  async comparing(comparisons: readonly Comparison[]): Promise<Comparing> {
    await this.refresh();
    const wanted = wantedOf(comparisons);
    const weight = wanted.reduce((sum, one) => sum + one.weight, 0);
    // As they are now: what changes meanwhile is in a later answer.
    const [numbers, keys] = [this.numbers, this.keys];
    return {
      weight,
      of: (key) => {
        const other = this.at(key);
        return other ? wanted.reduce((sum, one) => sum + logitOf(one, other), 0) : LACKING * weight;
      },
      nearest: (limit, allowed) => mostAlike({ numbers, keys }, wanted, limit, allowed),
    };
  }

  private at(key: SoundKey): Described | null {
    const row = this.rows.get(key);
    return row === undefined ? null : { numbers: this.numbers, at: row * DESCRIBED_SIZE };
  }

  private refresh(): Promise<void> {
    return this.lock.run('refresh', async () => {
      const change = await this.parts.changes.number();
      if (change === this.change) return;
      const { count, newest } = await this.parts.described.state();
      if (newest > this.newest) this.add(await this.parts.described.after(this.newest));
      if (count !== this.rows.size) {
        this.rows.clear();
        this.keys = [];
        // Numbers that were handed out stay as they were.
        this.numbers = new Float32Array(0);
        this.add(await this.parts.described.after(0));
      }
      this.newest = newest;
      this.change = change;
    });
  }

  private add(sounds: readonly DescribedSound[]): void {
    for (const { soundKey, heard, loudnessLufs, peakDb } of sounds) {
      const row = this.rows.get(soundKey) ?? this.rows.size;
      this.makeRoom(row + 1);
      this.rows.set(soundKey, row);
      this.keys[row] = soundKey;
      const at = row * DESCRIBED_SIZE;
      this.numbers.set(heard.subarray(0, HEARD_SIZE), at);
      this.numbers[at + LAYOUT.loudness.at] = loudnessLufs ?? NaN;
      this.numbers[at + LAYOUT.loudness.at + 1] =
        loudnessLufs === null || peakDb === null ? NaN : peakDb - loudnessLufs;
    }
  }

  private makeRoom(rows: number): void {
    if (rows * DESCRIBED_SIZE <= this.numbers.length) return;
    const larger = new Float32Array(Math.max(256, 2 * rows) * DESCRIBED_SIZE);
    larger.set(this.numbers);
    this.numbers = larger;
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
