import type { SegmentChange } from '../../domain/search/search.ports.js';
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
