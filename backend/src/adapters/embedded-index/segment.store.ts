import type { SoundKey } from '../../domain/library/library.types.js';
import type { Match } from '../../domain/search/search.types.js';
import { RowMemory } from './row-memory.js';
import { TopList } from './top-list.js';

const FIRST_CAPACITY = 1024;
const GROWTH = 1.5;
const NONE = -1;

/** What is known of segments besides their vectors, as parallel arrays. */
interface SegmentFacts {
  segmentIds: Float64Array;
  soundKeys: Int32Array;
  startS: Float64Array;
  endS: Float64Array;
}

/** What comes in from the database: `vectors` row after row. */
export interface SegmentBlock extends SegmentFacts {
  vectors: Float32Array;
}

/** What a snapshot holds, besides the rows' bytes. */
export interface SavedSegments extends SegmentFacts {
  scales: Float32Array;
}

/**
 * All segments of one model in contiguous memory. A removed segment leaves at once: the last one moves into its place.
 * Sounds are numbered densely in the same way; such a number is called an ordinal and is good only until the next change.
 */
export class SegmentStore {
  private capacity = 0;
  private count = 0;
  private ids = new Float64Array(0);
  private starts = new Float64Array(0);
  private ends = new Float64Array(0);
  private ordinals = new Int32Array(0);
  private readonly vectors: RowMemory;
  private readonly slotOf = new Map<number, number>();
  private readonly keys: SoundKey[] = [];
  private readonly slotsOfOrdinal: number[][] = [];
  private best = new Float32Array(0);
  private masked = new Uint8Array(0);
  /** By key: those are row numbers of a database and therefore dense. */
  private ordinalOfKey = new Int32Array(0);

  constructor(readonly dimension: number) {
    this.vectors = new RowMemory(dimension);
  }

  get segments(): number {
    return this.count;
  }

  get sounds(): number {
    return this.keys.length;
  }

  get memoryBytes(): number {
    return (
      this.vectors.bytes +
      this.capacity * (8 * 3 + 4) +
      this.count * 48 +
      this.keys.length * 64 +
      this.ordinalOfKey.byteLength
    );
  }

  /** Appends the segments; one that is known already is left as it is. */
  add(block: SegmentBlock): void {
    const { segmentIds, vectors } = block;
    this.reserve(this.count + segmentIds.length);
    for (let i = 0; i < segmentIds.length; i++) {
      if (this.slotOf.has(segmentIds[i]!)) continue;
      this.vectors.write(this.count, vectors.subarray(i * this.dimension, (i + 1) * this.dimension));
      this.append(block, i);
    }
  }

  /** False when there is no such segment. */
  remove(segmentId: number): boolean {
    const slot = this.slotOf.get(segmentId);
    if (slot === undefined) return false;
    this.slotOf.delete(segmentId);
    const ordinal = this.ordinals[slot]!;
    const slots = this.slotsOfOrdinal[ordinal]!;
    slots.splice(slots.indexOf(slot), 1);
    const last = --this.count;
    if (slot !== last) this.moveSegment(last, slot);
    if (slots.length === 0) this.dropSound(ordinal);
    return true;
  }

  has(segmentId: number): boolean {
    return this.slotOf.has(segmentId);
  }

  ordinalOfSegment(segmentId: number): number | undefined {
    const slot = this.slotOf.get(segmentId);
    return slot === undefined ? undefined : this.ordinals[slot];
  }

  ordinalOf(key: SoundKey): number | undefined {
    const ordinal = this.ordinalOfKey[key] ?? NONE;
    return ordinal === NONE ? undefined : ordinal;
  }

  /** By ordinal, 1 for the sounds with these keys; and how many they are. May be changed; good until the next one. */
  maskOf(keys: Int32Array): { mask: Uint8Array; count: number } {
    // One array for all searches: a new one of this size each time has the collector of garbage hold them up.
    if (this.masked.length < this.keys.length) this.masked = new Uint8Array(Math.ceil(this.keys.length * GROWTH));
    const mask = this.masked.subarray(0, this.keys.length).fill(0);
    const { ordinalOfKey } = this;
    let count = 0;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!;
      if (key < 0 || key >= ordinalOfKey.length) continue;
      const ordinal = ordinalOfKey[key]!;
      if (ordinal === NONE) continue;
      count += 1 - mask[ordinal]!;
      mask[ordinal] = 1;
    }
    return { mask, count };
  }

  keyOf(ordinal: number): SoundKey {
    return this.keys[ordinal]!;
  }

  /** Where the sound's segments lie, in no particular order. */
  slotsOf(ordinal: number): readonly number[] {
    return this.slotsOfOrdinal[ordinal]!;
  }

  segmentIds(): Float64Array {
    return this.ids.subarray(0, this.count);
  }

  /** A copy. */
  vectorOf(segmentId: number): Float32Array | undefined {
    const slot = this.slotOf.get(segmentId);
    return slot === undefined ? undefined : this.vectors.row(slot);
  }

  /** Whether the segment is there with this vector. */
  holds(segmentId: number, vector: Float32Array): boolean {
    const slot = this.slotOf.get(segmentId);
    return slot !== undefined && this.vectors.holds(slot, vector);
  }

  /** Compares all that follow with this query, until the next one. */
  ask(query: Float32Array): void {
    this.vectors.ask(query);
  }

  /** How far rough scores may be from exact ones, for this query. */
  get tolerance(): number {
    return this.vectors.tolerance;
  }

  /** Rough best score of each sound, by ordinal; good until the next scan. */
  scan(): Float32Array {
    // One array for all searches: new memory of this size costs as much time as reading it.
    if (this.best.length < this.keys.length) this.best = new Float32Array(Math.ceil(this.keys.length * GROWTH));
    const best = this.best.subarray(0, this.keys.length).fill(-Infinity);
    this.vectors.scan(this.count);
    this.vectors.bestRough(this.count, this.ordinals, best);
    return best;
  }

  /** Rough best score of one sound. */
  scanSound(ordinal: number): number {
    const slots = this.slotsOfOrdinal[ordinal]!;
    let best = -Infinity;
    for (let at = 0; at < slots.length;) {
      const first = slots[at]!;
      let end = at + 1;
      while (end < slots.length && slots[end] === first + end - at) end++;
      this.vectors.scanSome(first, end - at);
      for (; at < end; at++) best = Math.max(best, this.vectors.rough(slots[at]!));
    }
    return best;
  }

  /** Rough score of one segment. */
  scanSlot(slot: number): number {
    this.vectors.scanSome(slot, 1);
    return this.vectors.rough(slot);
  }

  /** Rough score of one segment that was scanned for this query. */
  roughSlot(slot: number): number {
    return this.vectors.rough(slot);
  }

  /** Exact best score of a sound that was scanned for this query. */
  bestOf(ordinal: number): number {
    const slots = this.slotsOfOrdinal[ordinal]!;
    if (slots.length === 1) return this.vectors.score(slots[0]!);
    let most = -Infinity;
    for (const slot of slots) most = Math.max(most, this.vectors.rough(slot));
    const least = most - 2 * this.tolerance;
    let best = -Infinity;
    for (const slot of slots) if (this.vectors.rough(slot) >= least) best = Math.max(best, this.vectors.score(slot));
    return best;
  }

  /** The best segments, with exact scores, of a sound that was scanned for this query; best first, then earliest. */
  bestMatches(ordinal: number, count: number): Match[] {
    const slots = this.slotsOfOrdinal[ordinal]!;
    const least = slots.length > count ? this.nthRough(slots, count) - 2 * this.tolerance : -Infinity;
    const matches: Match[] = [];
    for (const slot of slots) {
      if (this.vectors.rough(slot) < least) continue;
      matches.push({ startS: this.starts[slot]!, endS: this.ends[slot]!, score: this.vectors.score(slot) });
    }
    if (matches.length > 1) matches.sort(byScoreThenTime);
    if (matches.length > count) matches.length = count;
    return matches;
  }

  /** Ids of the `count` nearest segments of all. */
  nearestSegments(count: number): number[] {
    this.vectors.scan(this.count);
    const roughly = Float64Array.from({ length: this.count }, (_, slot) => this.vectors.rough(slot));
    const least = nthLargest(roughly, count) - 2 * this.tolerance;
    const top = new TopList(count);
    roughly.forEach((score, slot) => {
      if (score >= least) top.push(this.ids[slot]!, this.vectors.score(slot));
    });
    return top.sorted().map(({ key }) => key);
  }

  /** Has other threads take their share of scans. */
  help(threads: number): void {
    this.vectors.help(threads);
  }

  /** Lets the helping threads end. */
  close(): void {
    this.vectors.close();
  }

  /** Views of everything, for a snapshot: the bytes of the rows come in chunks. */
  contents(): { saved: SavedSegments; largestRest: number; chunks: Iterable<Uint8Array> } {
    const soundKeys = new Int32Array(this.count);
    for (let slot = 0; slot < this.count; slot++) soundKeys[slot] = this.keys[this.ordinals[slot]!]!;
    const { scales, largestRest, chunks } = this.vectors.contents(this.count);
    const saved = {
      segmentIds: this.segmentIds(),
      soundKeys,
      startS: this.starts.subarray(0, this.count),
      endS: this.ends.subarray(0, this.count),
      scales,
    };
    return { saved, largestRest, chunks };
  }

  /** Fills an empty store; the saved bytes of the rows are to be written to the chunks. */
  restore(saved: SavedSegments, largestRest: number): Iterable<Uint8Array> {
    this.reserve(saved.segmentIds.length);
    for (let i = 0; i < saved.segmentIds.length; i++) this.append(saved, i);
    return this.vectors.restore(saved.scales, largestRest);
  }

  /** Takes the next slot; its row is written by the caller. */
  private append({ segmentIds, soundKeys, startS, endS }: SegmentFacts, i: number): void {
    const slot = this.count++;
    const id = segmentIds[i]!;
    this.ids[slot] = id;
    this.starts[slot] = startS[i]!;
    this.ends[slot] = endS[i]!;
    this.slotOf.set(id, slot);
    const ordinal = this.ordinalFor(soundKeys[i]!);
    this.ordinals[slot] = ordinal;
    this.slotsOfOrdinal[ordinal]!.push(slot);
  }

  private nthRough(slots: readonly number[], n: number): number {
    return nthLargest(
      slots.map((slot) => this.vectors.rough(slot)),
      n,
    );
  }

  private reserve(wanted: number): void {
    this.vectors.reserve(wanted);
    if (wanted <= this.capacity) return;
    this.capacity = Math.max(FIRST_CAPACITY, wanted, Math.ceil(this.capacity * GROWTH));
    const grown = <T extends Float64Array | Int32Array>(next: T, old: T): T => {
      next.set(old);
      return next;
    };
    this.ids = grown(new Float64Array(this.capacity), this.ids);
    this.starts = grown(new Float64Array(this.capacity), this.starts);
    this.ends = grown(new Float64Array(this.capacity), this.ends);
    this.ordinals = grown(new Int32Array(this.capacity), this.ordinals);
  }

  private ordinalFor(key: SoundKey): number {
    const known = this.ordinalOf(key);
    if (known !== undefined) return known;
    if (key >= this.ordinalOfKey.length) {
      const longer = new Int32Array(Math.max(FIRST_CAPACITY, Math.ceil((key + 1) * GROWTH))).fill(NONE);
      longer.set(this.ordinalOfKey);
      this.ordinalOfKey = longer;
    }
    const ordinal = this.keys.push(key) - 1;
    this.slotsOfOrdinal.push([]);
    this.ordinalOfKey[key] = ordinal;
    return ordinal;
  }

  private moveSegment(from: number, to: number): void {
    const id = this.ids[from]!;
    const ordinal = this.ordinals[from]!;
    this.ids[to] = id;
    this.starts[to] = this.starts[from]!;
    this.ends[to] = this.ends[from]!;
    this.ordinals[to] = ordinal;
    this.vectors.move(from, to);
    this.slotOf.set(id, to);
    const slots = this.slotsOfOrdinal[ordinal]!;
    slots[slots.indexOf(from)] = to;
  }

  private dropSound(ordinal: number): void {
    this.ordinalOfKey[this.keys[ordinal]!] = NONE;
    const last = this.keys.length - 1;
    if (ordinal !== last) {
      const key = this.keys[last]!;
      const slots = this.slotsOfOrdinal[last]!;
      this.keys[ordinal] = key;
      this.slotsOfOrdinal[ordinal] = slots;
      this.ordinalOfKey[key] = ordinal;
      for (const slot of slots) this.ordinals[slot] = ordinal;
    }
    this.keys.pop();
    this.slotsOfOrdinal.pop();
  }
}

const byScoreThenTime = (a: Match, b: Match): number => b.score - a.score || a.startS - b.startS;

/** The worst of the `n` largest numbers; −∞ when there are fewer. */
function nthLargest(values: ArrayLike<number>, n: number): number {
  const top = new TopList(n);
  for (let i = 0; i < values.length; i++) top.push(i, values[i]!);
  return top.worst();
}
