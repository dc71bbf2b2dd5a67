import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { InferenceSession, Tensor, listSupportedBackends } from 'onnxruntime-node';
import { fromFloat16, toFloat16 } from './float16.js';
import type { Provider } from './embedder.types.js';

// Where there is a Float16Array (Node.js 24), the runtime's JavaScript hands half precision to its native part in one, which
// knows 16-bit words only. It looks for it when the first tensor is made. This module is loaded by threads for inference alone.
Reflect.deleteProperty(globalThis, 'Float16Array');

/** An open graph. Worker threads only: a run blocks its thread. */
export interface OpenSession {
  session: InferenceSession;
  provider: string;
  /** Why a provider that was tried is not the one in use. */
  fallbackReason: string | null;
}

/**
 * Opens a graph with one thread of computation, with the provider wished for or, where that cannot be created, the CPU.
 * @throws Error of ONNX Runtime when not even the CPU can run the graph.
 */
export async function openSession(file: string, provider: Provider): Promise<OpenSession> {
  let fallbackReason: string | null = null;
  for (const candidate of candidates(provider)) {
    try {
      const session = await InferenceSession.create(file, { ...options, executionProviders: [candidate] });
      return { session, provider: candidate, fallbackReason };
    } catch (error) {
      fallbackReason = error instanceof Error ? error.message : String(error);
    }
  }
  return { session: await InferenceSession.create(file, options), provider: 'cpu', fallbackReason };
}

const options: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/** Providers to try before the CPU. */
function candidates(provider: Provider): string[] {
  if (provider === 'cpu') return [];
  if (provider !== 'auto') return [provider];
  const supported = new Set(listSupportedBackends().map((backend) => backend.name));
  // Core ML recompiles for every new input length, which costs more than it gains: only on request.
  return ['cuda', 'dml'].filter((name) => supported.has(name) && (name !== 'cuda' || cudaLibraryIsInstalled()));
}

/** Without its library, trying CUDA only prints a native error at every start. */
function cudaLibraryIsInstalled(): boolean {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return existsSync(path.join(root, 'bin/napi-v6', process.platform, process.arch, 'libonnxruntime_providers_cuda.so'));
}

/** A float tensor in the precision that the graph's input asks for. */
export function floatTensor(session: InferenceSession, input: string, data: Float32Array, dims: number[]): Tensor {
  const metadata = session.inputMetadata.find(({ name }) => name === input);
  if (metadata?.isTensor && metadata.type === 'float16') return new Tensor('float16', toFloat16(data), dims);
  return new Tensor('float32', data, dims);
}

/** Token ids or masks in the integer type that the graph's input asks for. */
export function integerTensor(
  session: InferenceSession,
  input: string,
  data: readonly number[],
  dims: number[],
): Tensor {
  const metadata = session.inputMetadata.find(({ name }) => name === input);
  if (metadata?.isTensor && metadata.type === 'int32') return new Tensor('int32', Int32Array.from(data), dims);
  return new Tensor('int64', BigInt64Array.from(data, BigInt), dims);
}

/** Runs the graph for one of its outputs; a float result of any precision as single precision, `[rows × columns]`. */
export async function runFor(
  session: InferenceSession,
  output: string,
  feeds: Record<string, Tensor>,
): Promise<Float32Array<ArrayBuffer>> {
  const results = await session.run(feeds, [output]);
  const tensor = results[output];
  if (!tensor) throw new Error(`the graph has no output "${output}"`);
  const { data } = tensor;
  if (data instanceof Float32Array) return Float32Array.from(data);
  if (tensor.type === 'float16' && ArrayBuffer.isView(data)) {
    return fromFloat16(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
  }
  throw new Error(`the output "${output}" is ${tensor.type}, not float`);
}

/**
 * Scales each row of `[rows × dimension]` to unit length, in place.
 * @returns Per row, whether it has a direction at all (finite and not zero).
 */
export function normaliseRows(values: Float32Array, dimension: number): boolean[] {
  const usable: boolean[] = [];
  for (let start = 0; start < values.length; start += dimension) {
    let sum = 0;
    for (let i = start; i < start + dimension; i++) sum += values[i]! * values[i]!;
    const ok = Number.isFinite(sum) && sum > 0;
    usable.push(ok);
    const scale = ok ? 1 / Math.sqrt(sum) : 0;
    for (let i = start; i < start + dimension; i++) values[i] = values[i]! * scale;
  }
  return usable;
}
