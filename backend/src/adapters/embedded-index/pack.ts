import type { SoundKey } from '../../domain/library/library.types.js';
import type { SegmentChange } from '../../domain/search/search.ports.js';
import type { Match, VectorAnswer, VectorHit } from '../../domain/search/search.types.js';
import type { ChangeBlock } from './index.engine.js';

/** The changes as arrays whose memory can be handed to the thread. */
export function pack(changes: readonly SegmentChange[], dimension: number): ChangeBlock {
  const added = changes.filter((change) => change.op === 'add');
  const vectors = new Float32Array(added.length * dimension);
  added.forEach((change, i) => vectors.set(change.vector, i * dimension));
  return {
    segmentIds: Float64Array.from(added, (change) => change.segmentId),
    soundKeys: Int32Array.from(added, (change) => change.soundKey),
    startS: Float64Array.from(added, (change) => change.startS),
    endS: Float64Array.from(added, (change) => change.endS),
    vectors,
    removed: Float64Array.from(
      changes.filter((change) => change.op === 'remove'),
      (change) => change.segmentId,
    ),
  };
}

export const transferable = (block: ChangeBlock): ArrayBuffer[] =>
  Object.values(block).map((array: Float64Array | Float32Array | Int32Array) => array.buffer as ArrayBuffer);

/** An answer whose hits lie in one piece of memory: taking many small objects to another thread costs more than finding them. */
export interface PackedAnswer extends Omit<VectorAnswer, 'hits'> {
  /** For each hit its sound, its score, how many matches follow, and of each match start, end and score. */
  hits: Float64Array<ArrayBuffer>;
}

const PER_HIT = 3;
const PER_MATCH = 3;

export function packAnswer({ hits, ...rest }: VectorAnswer): PackedAnswer {
  const numbers = hits.reduce((sum, { matches }) => sum + PER_HIT + PER_MATCH * matches.length, 0);
  const packed = new Float64Array(numbers);
  let at = 0;
  for (const { soundKey, score, matches } of hits) {
    packed[at++] = soundKey;
    packed[at++] = score;
    packed[at++] = matches.length;
    for (const match of matches) {
      packed[at++] = match.startS;
      packed[at++] = match.endS;
      packed[at++] = match.score;
    }
  }
  return { ...rest, hits: packed };
}

export function unpackAnswer({ hits: packed, ...rest }: PackedAnswer): VectorAnswer {
  const hits: VectorHit[] = [];
  for (let at = 0; at < packed.length; at += PER_HIT + PER_MATCH * packed[at + 2]!)
    hits.push(new PackedHit(packed, at));
  return { ...rest, hits };
}

/** Most hits are only ranked: their matches are made when somebody looks at them. */
class PackedHit implements VectorHit {
  readonly soundKey: SoundKey;
  readonly score: number;

  constructor(
    private readonly packed: Float64Array,
    private readonly at: number,
  ) {
    this.soundKey = packed[at]!;
    this.score = packed[at + 1]!;
  }

  get matches(): Match[] {
    const { packed, at } = this;
    return Array.from({ length: packed[at + 2]! }, (_, match) => matchAt(packed, at + PER_HIT + PER_MATCH * match));
  }
}

const matchAt = (packed: Float64Array, at: number): Match => ({
  startS: packed[at]!,
  endS: packed[at + 1]!,
  score: packed[at + 2]!,
});
