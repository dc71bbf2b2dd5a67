import { workerData } from 'node:worker_threads';
import { CONTROL, CONTROL_AT, takeBlocks, type RowLayout } from './row-scan.js';
import { createKernel, type SharedMemory } from './simd-kernel.js';

/** Helps the index thread through large libraries: waits for the next scan, takes a share of it, waits again. */
const { memory, layout } = workerData as { memory: SharedMemory; layout: RowLayout };
const dotRows = createKernel(memory);
const control = new Int32Array(memory.buffer, CONTROL_AT, Object.keys(CONTROL).length);

for (let call = 0; call >= 0; call = Atomics.load(control, CONTROL.call)) {
  takeBlocks(control, dotRows, layout);
  Atomics.wait(control, CONTROL.call, call);
}
