import type { SoundKey } from '../../domain/library/library.types.js';
import { RowMemory } from './row-memory.js';

const FIRST_CAPACITY = 1024;
const GROWTH = 1.5;

/** Segments as parallel arrays, `vectors` row after row: what comes in from the database and what a snapshot holds. */
export interface SegmentBlock {
  segmentIds: Float64Array;
  soundKeys: Int32Array;
  startS: Float64Array;
  endS: Float64Array;
  vectors: Float32Array;
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
  private readonly ordinalOfKey = new Map<SoundKey, number>();

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
    return this.vectors.bytes + this.capacity * (8 * 3 + 4) + this.count * 48 + this.keys.length * 64;
  }

  /** Appends the segments; one that is known already is left as it is. */
  add(block: SegmentBlock): void {
    const { segmentIds, soundKeys, startS, endS, vectors } = block;
    this.reserve(this.count + segmentIds.length);
    for (let i = 0; i < segmentIds.length; i++) {
      const id = segmentIds[i]!;
      if (this.slotOf.has(id)) continue;
      const slot = this.count++;
      this.ids[slot] = id;
      this.starts[slot] = startS[i]!;
      this.ends[slot] = endS[i]!;
      this.vectors.write(slot, vectors.subarray(i * this.dimension, (i + 1) * this.dimension));
      this.slotOf.set(id, slot);
      const ordinal = this.ordinalFor(soundKeys[i]!);
      this.ordinals[slot] = ordinal;
      this.slotsOfOrdinal[ordinal]!.push(slot);
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
    return this.ordinalOfKey.get(key);
  }

  keyOf(ordinal: number): SoundKey {
    return this.keys[ordinal]!;
  }

  /** Where the sound's segments lie, in no particular order. */
  slotsOf(ordinal: number): readonly number[] {
    return this.slotsOfOrdinal[ordinal]!;
  }

  startOf(slot: number): number {
    return this.starts[slot]!;
  }

  endOf(slot: number): number {
    return this.ends[slot]!;
  }

  segmentIds(): Float64Array {
    return this.ids.subarray(0, this.count);
  }

  /** A view that is good until the next change. */
  vectorOf(segmentId: number): Float32Array | undefined {
    const slot = this.slotOf.get(segmentId);
    return slot === undefined ? undefined : this.vectors.row(slot);
  }

  /** Compares all that follow with this query, until the next one. */
  ask(query: Float32Array): void {
    this.vectors.ask(query);
  }

  score(slot: number): number {
    return this.vectors.score(slot);
  }

  eachScore(take: (slot: number, score: number) => void): void {
    this.vectors.eachScore(this.count, take);
  }

  /** Best score of each sound, by ordinal. */
  bestOfAll(): Float64Array {
    const best = new Float64Array(this.keys.length).fill(-Infinity);
    const { ordinals } = this;
    this.vectors.eachScore(this.count, (slot, score) => {
      const ordinal = ordinals[slot]!;
      if (score > best[ordinal]!) best[ordinal] = score;
    });
    return best;
  }

  bestOf(ordinal: number): number {
    let best = -Infinity;
    for (const slot of this.slotsOfOrdinal[ordinal]!) best = Math.max(best, this.vectors.score(slot));
    return best;
  }

  /** Views of everything, for a snapshot. */
  block(): SegmentBlock {
    const soundKeys = new Int32Array(this.count);
    for (let slot = 0; slot < this.count; slot++) soundKeys[slot] = this.keys[this.ordinals[slot]!]!;
    return {
      segmentIds: this.segmentIds(),
      soundKeys,
      startS: this.starts.subarray(0, this.count),
      endS: this.ends.subarray(0, this.count),
      vectors: this.vectors.packed(this.count),
    };
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
    const known = this.ordinalOfKey.get(key);
    if (known !== undefined) return known;
    const ordinal = this.keys.push(key) - 1;
    this.slotsOfOrdinal.push([]);
    this.ordinalOfKey.set(key, ordinal);
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
    this.ordinalOfKey.delete(this.keys[ordinal]!);
    const last = this.keys.length - 1;
    if (ordinal !== last) {
      const key = this.keys[last]!;
      const slots = this.slotsOfOrdinal[last]!;
      this.keys[ordinal] = key;
      this.slotsOfOrdinal[ordinal] = slots;
      this.ordinalOfKey.set(key, ordinal);
      for (const slot of slots) this.ordinals[slot] = ordinal;
    }
    this.keys.pop();
    this.slotsOfOrdinal.pop();
  }
}
