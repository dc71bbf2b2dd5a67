import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder for one test file, and how to remove it. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'traum-test-'));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs the real ffmpeg to make a file from a test source. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await run('ffmpeg', ['-v', 'error', '-y', ...args]);
}

/** A sine of 440 Hz in whatever format the file's name asks for. */
export async function tone(file: string, seconds: number, ...options: string[]): Promise<string> {
  await ffmpeg('-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}:sample_rate=44100`, ...options, file);
  return file;
}

export interface WavHeader {
  channels?: number;
  sampleRateHz?: number;
  bits?: number;
  /** What the header says; by default the truth. */
  claimedBytes?: number;
}

/** The 44 bytes before the samples of a WAV file, honest or not. */
function wavHeader(dataBytes: number, header: WavHeader = {}): Buffer {
  const { channels = 1, sampleRateHz = 44_100, bits = 16, claimedBytes = dataBytes } = header;
  const blockAlign = (channels * bits) / 8;
  const bytes = Buffer.alloc(44);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(Math.min(0xffffffff, claimedBytes + 36), 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE((sampleRateHz * blockAlign) % 2 ** 32, 28);
  bytes.writeUInt16LE(blockAlign % 2 ** 16, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(claimedBytes, 40);
  return bytes;
}

export async function wav(file: string, data: Buffer, header: WavHeader = {}): Promise<string> {
  await writeFile(file, Buffer.concat([wavHeader(data.length, header), data]));
  return file;
}

/** A WAV of a click and then silence, which takes no room on the disk. */
export async function sparseWav(file: string, dataBytes: number, header: WavHeader = {}): Promise<string> {
  const handle = await open(file, 'w');
  await handle.write(wavHeader(dataBytes, header), 0, 44, 0);
  await handle.write(Buffer.alloc(100, 0x5a), 0, 100, 44);
  await handle.truncate(44 + dataBytes);
  await handle.close();
  return file;
}

/** Ids of running processes of this program whose command line holds the text. */
export async function processesOf(text: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,stat=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(text) && !line.includes('ps -eo'))
    .map((line) => Number.parseInt(line, 10));
}

/** Waits until the condition holds; the limit is far beyond what it takes, so that a slow machine does not fail. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Runs a module that imports our TypeScript sources, in a process of its own; `argument(i)` gives the i-th argument. */
export function runScript(code: string, args: string[]): ChildProcess {
  const loader = new URL('../typescript-loader.mjs', import.meta.url).href;
  const prelude = `
    import { register } from 'node:module';
    register(${JSON.stringify(loader)});
    const argument = (index) => process.argv[index + 1];
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', prelude + code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
