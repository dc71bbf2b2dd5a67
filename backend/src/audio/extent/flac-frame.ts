/** What is needed of a frame's header to find its end. */
export interface FrameShape {
  /** Behind its header. */
  bodyAt: number;
  /** Samples of each channel. */
  size: number;
  /** Four bits: so many channels less one, or how two of them are made of each other. */
  assignment: number;
  bits: number;
}

/** No encoder makes a frame longer than its samples as they are, by so much. */
const LONGEST = 2;

/**
 * Where the frame ends whose head is known, by walking through its bits (RFC 9639, 9.2); its check sum of two bytes ends there.
 * @returns null where it is not whole, or no frame
 */
export function frameEnd(bytes: Buffer, shape: FrameShape): number | null {
  const { bodyAt, size, assignment, bits } = shape;
  const channels = assignment < 8 ? assignment + 1 : 2;
  const most = bodyAt + Math.ceil((LONGEST * channels * (size + 64) * (bits + 1)) / 8);
  const reader = new BitReader(bytes, bodyAt, Math.min(bytes.length, most));
  for (let channel = 0; channel < channels; channel++) {
    // One more for the difference of both: the second of left/side and mid/side, the first of side/right.
    const isSide = assignment === 9 ? channel === 0 : assignment > 7 && channel === 1;
    if (!skipSubframe(reader, size, bits + (isSide ? 1 : 0))) return null;
  }
  const end = reader.nextByte() + 2;
  return end <= bytes.length ? end : null;
}

function skipSubframe(reader: BitReader, size: number, ownBits: number): boolean {
  if (reader.read(1) !== 0) return false;
  const type = reader.read(6);
  const wasted = reader.read(1) === 1 ? reader.unary() + 1 : 0;
  const bits = ownBits - wasted;
  if (bits <= 0) return false;
  if (type === 0) reader.skip(bits);
  else if (type === 1) reader.skip(bits * size);
  else if (type >= 8 && type <= 12) return skipPredicted(reader, size, type - 8, bits, false);
  else if (type >= 32) return skipPredicted(reader, size, type - 31, bits, true);
  else return false;
  return reader.isIn;
}

function skipPredicted(reader: BitReader, size: number, order: number, bits: number, hasOwn: boolean): boolean {
  if (order > size) return false;
  reader.skip(order * bits);
  if (hasOwn) {
    const precision = reader.read(4) + 1;
    if (precision === 16) return false;
    reader.skip(5 + order * precision);
  }
  return skipResidual(reader, size, order);
}

/** The rest, in Rice codes. */
function skipResidual(reader: BitReader, size: number, order: number): boolean {
  const method = reader.read(2);
  if (method > 1) return false;
  const width = method === 0 ? 4 : 5;
  const escape = 2 ** width - 1;
  const partitions = 2 ** reader.read(4);
  const length = size / partitions;
  if (!Number.isInteger(length) || length < order) return false;
  for (let partition = 0; partition < partitions; partition++) {
    const count = partition === 0 ? length - order : length;
    const parameter = reader.read(width);
    if (parameter === escape) reader.skip(reader.read(5) * count);
    else {
      for (let n = 0; n < count && reader.isIn; n++) {
        reader.unary();
        reader.skip(parameter);
      }
    }
    if (!reader.isIn) return false;
  }
  return true;
}

class BitReader {
  #at: number;
  readonly #end: number;

  /** @param end behind the last byte that may be read */
  constructor(
    private readonly bytes: Buffer,
    from: number,
    end: number,
  ) {
    this.#at = from * 8;
    this.#end = end * 8;
  }

  /** Whether all that was read was there. */
  get isIn(): boolean {
    return this.#at <= this.#end;
  }

  skip(bits: number): void {
    this.#at += bits;
  }

  /** At most 24 bits; 0 for what is not there. */
  read(bits: number): number {
    let value = 0;
    for (let n = 0; n < bits; n++, this.#at++) {
      value = (value << 1) | (((this.bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** Zeros up to the next one, which is read as well. */
  unary(): number {
    const from = this.#at;
    while (this.#at < this.#end) {
      const rest = ((this.bytes[this.#at >> 3] ?? 0) << (this.#at & 7)) & 255;
      if (rest !== 0) {
        this.#at += Math.clz32(rest) - 23;
        return this.#at - from - 1;
      }
      this.#at += 8 - (this.#at & 7);
    }
    this.#at = this.#end + 1;
    return 0;
  }

  nextByte(): number {
    return Math.ceil(this.#at / 8);
  }
}
