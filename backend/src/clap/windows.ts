/** A stretch of a sound, at most one window long. */
export interface AudioWindow {
  index: number;
  startS: number;
  endS: number;
  /** Begins exactly half a window after the one before it: all but the first and, mostly, the last. */
  overlaps: boolean;
  /** Mono samples; a fresh copy that the receiver owns and may transfer to another thread. */
  samples: Float32Array<ArrayBuffer>;
}

export interface WindowOptions {
  sampleRateHz: number;
  windowS: number;
  /** Gives a buffer of at least `length` samples, so that buffers can be used again. Default: a new one. */
  allocate?: (length: number) => Float32Array<ArrayBuffer>;
}

/** Samples that there is room for at first. */
const FIRST_ROOM = 2 ** 16;

/**
 * Cuts a stream of mono samples into windows as it arrives, holding one window of it at any time.
 *
 * A sound of at most one window is one window of its own length. A longer one gets windows at every half window, and a
 * last one that ends exactly at its end. An empty stream gives none. Chunks may have any length, also zero.
 */
export async function* cutWindows(
  samples: AsyncIterable<Float32Array>,
  { sampleRateHz, windowS, allocate = (length) => new Float32Array(length) }: WindowOptions,
): AsyncGenerator<AudioWindow, void, undefined> {
  const length = Math.max(1, Math.round(windowS * sampleRateHz));
  const hop = Math.max(1, Math.floor(length / 2));
  /** The newest `length` samples; sample n of the stream is at n % length. It grows to that: most sounds of a library are short. */
  let ring = new Float32Array(Math.min(length, FIRST_ROOM));
  let received = 0;
  let nextEnd = length;
  let index = 0;

  const windowEndingAt = (end: number, overlaps: boolean): AudioWindow => {
    const start = Math.max(0, end - length);
    const count = end - start;
    const copy = allocate(count).subarray(0, count);
    const from = start % ring.length;
    const head = Math.min(count, ring.length - from);
    copy.set(ring.subarray(from, from + head));
    copy.set(ring.subarray(0, count - head), head);
    return { index: index++, startS: start / sampleRateHz, endS: end / sampleRateHz, overlaps, samples: copy };
  };

  const grow = (needed: number): void => {
    if (needed <= ring.length || ring.length === length) return;
    const larger = new Float32Array(Math.min(length, Math.max(needed, 2 * ring.length)));
    larger.set(ring);
    ring = larger;
  };

  for await (const chunk of samples) {
    grow(received + chunk.length);
    let taken = 0;
    while (taken < chunk.length) {
      const at = received % length;
      const count = Math.min(chunk.length - taken, length - at, nextEnd - received);
      ring.set(chunk.subarray(taken, taken + count), at);
      taken += count;
      received += count;
      if (received === nextEnd) {
        yield windowEndingAt(received, index > 0);
        nextEnd += hop;
      }
    }
  }
  const lastEnd = index === 0 ? 0 : nextEnd - hop;
  if (received > lastEnd) yield windowEndingAt(received, false);
}
