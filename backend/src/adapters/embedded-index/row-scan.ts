import type { DotRows } from './simd-kernel.js';

/**
 * How rows lie in memory. First the query, then a few numbers by which threads agree on their work, then blocks of rows:
 * the upper bytes of a block's rows, their lower bytes, and room for the scores of the block.
 */
export interface RowLayout {
  /** Bytes per row and plane. */
  stride: number;
}

export const CONTROL_AT = 32_768;
export const BLOCKS_AT = 65_536;
export const ROWS_PER_BLOCK = 2048;

export const blockBytes = ({ stride }: RowLayout): number => ROWS_PER_BLOCK * (2 * stride + 4);

/** Where a row's upper bytes begin; the lower ones follow after {@link ROWS_PER_BLOCK} strides. */
export function rowAt(layout: RowLayout, row: number): number {
  const within = row % ROWS_PER_BLOCK;
  return BLOCKS_AT + ((row - within) / ROWS_PER_BLOCK) * blockBytes(layout) + within * layout.stride;
}

export function scoreAt(layout: RowLayout, row: number): number {
  const within = row % ROWS_PER_BLOCK;
  const block = BLOCKS_AT + ((row - within) / ROWS_PER_BLOCK) * blockBytes(layout);
  return block + 2 * ROWS_PER_BLOCK * layout.stride + within * 4;
}

/** Numbers that threads share. `call` grows by one for every scan and is negative when there will be none any more. */
export const CONTROL = { call: 0, rows: 1, blocksLeft: 2, blocksDone: 3 } as const;

/** Scores blocks until none is left to begin with; any number of threads may do so at once. */
export function takeBlocks(control: Int32Array, dotRows: DotRows, layout: RowLayout): void {
  for (;;) {
    // Below zero between two scans, so that a thread that is late finds nothing to do.
    const block = Atomics.sub(control, CONTROL.blocksLeft, 1) - 1;
    if (block < 0) return;
    const first = block * ROWS_PER_BLOCK;
    const count = Math.min(ROWS_PER_BLOCK, Atomics.load(control, CONTROL.rows) - first);
    dotRows(rowAt(layout, first), count, layout.stride, scoreAt(layout, first));
    Atomics.add(control, CONTROL.blocksDone, 1);
    Atomics.notify(control, CONTROL.blocksDone);
  }
}
