import { KeyedLock } from '../keyed-lock.js';
import type { SoundKey } from '../library/library.types.js';
import type { DescribedSounds } from './aspects.ports.js';
import {
  ASPECTS,
  DESCRIBED_SIZE,
  hasAspect,
  HEARD_SIZE,
  LAYOUT,
  type Aspect,
  type AspectWeights,
  type Described,
  type DescribedSound,
} from './aspects.types.js';
import { distancesFrom } from './distance.js';

/** Log odds for the same (distance 0) and, with a minus, for what is as far as unrelated sounds usually are (distance 1). */
const SURE = 3;
/** Of what lacks an aspect that the example has, or was not heard yet. */
const LACKING = -SURE;
/** From here on it does not matter how far a sound is. */
const UNRELATED = 1;

/** One example, what of it counts, and how much the example does. */
export interface Comparison {
  example: Described;
  /** Only aspects that the example has. */
  aspects: readonly { aspect: Aspect; weight: number }[];
}

/** What a sound is like in what is compared. */
export interface Comparing {
  /** Sum of all weights. */
  weight: number;
  /** Of a sound the log odds that it is like the examples, each aspect as much as it counts; not divided by `weight`. */
  of(key: SoundKey): number;
  /** The most alike, best first. */
  nearest(limit: number, allowed: (key: SoundKey) => boolean): SoundKey[];
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
    // The cheapest first: what is far in one need not be compared in the others.
    const wanted = comparisons
      .flatMap(({ example, aspects }) =>
        aspects.map(({ aspect, weight }) => ({ aspect, weight, distanceOf: distancesFrom(example, aspect) })),
      )
      .sort((a, b) => LAYOUT[a.aspect].size - LAYOUT[b.aspect].size);
    const weight = wanted.reduce((sum, one) => sum + one.weight, 0);
    /** Where it is below `least`, -Infinity. */
    const of = (other: Described | null, least = -Infinity): number => {
      let sum = 0;
      let best = SURE * weight;
      for (const one of wanted) {
        // However alike it is in what follows, it has to be so near in this.
        const most = Math.min(UNRELATED, (best - least) / (2 * SURE * one.weight));
        const distance = other ? one.distanceOf(other, most) : NaN;
        const logit = one.weight * (Number.isNaN(distance) ? LACKING : Math.max(LACKING, SURE * (1 - 2 * distance)));
        sum += logit;
        best += logit - SURE * one.weight;
        if (best < least) return -Infinity;
      }
      return sum;
    };
    return {
      weight,
      of: (key) => of(this.at(key)),
      nearest: (limit, allowed) => {
        const keys: SoundKey[] = [];
        const logits = new Float64Array(this.keys.length);
        const place = { numbers: this.numbers, at: 0 };
        const leastOf = (): number => logits.slice(0, keys.length).sort().at(-limit) ?? -Infinity;
        let [least, next] = [-Infinity, 2 * limit];
        for (const key of this.keys) {
          if (allowed(key)) logits[keys.push(key) - 1] = of(place, least);
          place.at += DESCRIBED_SIZE;
          if (keys.length < next) continue;
          [least, next] = [leastOf(), 2 * next];
        }
        least = leastOf();
        return Array.from(keys.keys())
          .filter((n) => logits[n]! >= least)
          .sort((a, b) => logits[b]! - logits[a]! || keys[a]! - keys[b]!)
          .slice(0, limit)
          .map((n) => keys[n]!);
      },
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
