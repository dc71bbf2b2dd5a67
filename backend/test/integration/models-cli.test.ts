import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakOff, TestHub } from '../support/hub.js';

const CLI = fileURLToPath(new URL('../../dist/main/model.js', import.meta.url));
const BUNDLED = fileURLToPath(new URL('../../../models/compact-clap', import.meta.url));
/** A known model of which no hash is known: what a server gives is what is pinned. */
const ID = 'larger_clap_general';

/** Every call is a process of its own, and this machine may be busy. */
const PATIENCE = { timeout: 180_000 };

const files = new Map([
  ['onnx/audio_model_quantized.onnx', randomBytes(400_000)],
  ['onnx/text_model_quantized.onnx', randomBytes(300_000)],
  ['tokenizer.json', Buffer.from('{}')],
]);

let folder: string;
let hub: TestHub;
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('The backend is not built: run `npm run build -w backend` first.');
  folder = mkdtempSync(path.join(tmpdir(), 'traum-cli-'));
  cpSync(BUNDLED, path.join(folder, 'models', 'compact-clap'), { recursive: true });
  hub = await new TestHub(files).start();
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  code: number | null;
  out: string;
  err: string;
}

async function model(args: string[], onStart: (kill: () => void) => void = () => undefined): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: {
      ...process.env,
      DATA_DIR: path.join(folder, 'data'),
      MODELS_DIR: path.join(folder, 'models'),
      HF_ENDPOINT: hub.url,
      INIT_CWD: folder,
      MODEL: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = { code: null, out: '', err: '' };
  onStart(() => child.kill('SIGINT'));
  child.stdout.on('data', (chunk: Buffer) => (run.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (run.err += chunk.toString()));
  run.code = await new Promise((resolve) => child.once('close', resolve));
  return run;
}

describe('npm run model', PATIENCE, () => {
  it('explains itself, and says what is wrong with a call', async () => {
    expect(await model([])).toMatchObject({ code: 0, out: expect.stringContaining('install ID --from DIR') as string });
    for (const args of [['fetch'], ['install'], ['use', 'a', 'b'], ['list', '--from', 'x'], ['install', '--fast']]) {
      const { code, err } = await model(args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(err).toContain('npm run model -- list');
    }
  });

  it('lists, resumes an installation, verifies, repairs, uses and removes', async () => {
    const before = await model(['list']);
    expect(before.out).toMatch(/^\* compact-clap +in use/m);
    expect(before.out).toMatch(/^ {2}larger_clap_general +207 MB, int8, Apache-2\.0/m);
    expect(before.out).not.toContain('larger_clap_music');

    // Interrupted like a person does it, in the middle of the second file.
    let kill = (): void => undefined;
    hub.misbehave = (request, response, file) => {
      if (!request.url?.includes('text_model')) return false;
      response.writeHead(200, { etag: '"t"', 'content-length': file.length });
      response.write(file.subarray(0, 100_000), () => kill());
      return true;
    };
    const interrupted = await model(['install', ID], (stop) => (kill = stop));
    expect(interrupted).toMatchObject({ code: 130, err: expect.stringContaining('goes on from there') as string });
    expect((await model(['list'])).out).not.toMatch(/larger_clap_general +installed/);

    hub.requests.length = 0;
    let broken = false;
    hub.misbehave = (request, response, file) => {
      if (broken) return false;
      broken = true;
      breakOff(request, response, file);
      return true;
    };
    const installed = await model(['install', ID]);
    expect(installed).toMatchObject({
      code: 0,
      out: expect.stringContaining('is installed. Search with it') as string,
    });
    expect(installed.out).toMatch(/100 % {2}0\.7 of 0\.7 MB, verified/);
    expect(hub.requests.some(({ url }) => url.includes('audio_model'))).toBe(false);
    expect((await model(['list'])).out).toMatch(/larger_clap_general +installed/);

    expect(await model(['verify'])).toMatchObject({ code: 0, out: expect.not.stringContaining('DAMAGED') as string });
    writeFileSync(path.join(folder, 'models', ID, 'onnx', 'audio_model_quantized.onnx'), Buffer.alloc(400_000));
    const damaged = await model(['verify', ID]);
    expect(damaged.code).toBe(1);
    expect(damaged.out).toContain(`${ID}/onnx/audio_model_quantized.onnx: DAMAGED`);
    expect((await model(['install', ID])).code).toBe(0);
    expect((await model(['verify', ID])).code).toBe(0);

    expect(await model(['use', ID])).toMatchObject({ code: 0 });
    expect((await model(['list'])).out).toMatch(/^\* larger_clap_general +in use/m);
    expect(await model(['remove', ID])).toMatchObject({ code: 1, err: expect.stringContaining('is in use') as string });
    expect((await model(['use', 'compact-clap'])).code).toBe(0);
    expect((await model(['remove', ID])).code).toBe(0);
    expect(existsSync(path.join(folder, 'models', ID))).toBe(false);
    expect(await model(['remove', 'compact-clap'])).toMatchObject({ code: 1 });
  });

  it('installs from a folder, as seen from where it is called', async () => {
    mkdirSync(path.join(folder, 'stick'));
    for (const [name, bytes] of files) writeFileSync(path.join(folder, 'stick', path.basename(name)), bytes);
    hub.requests.length = 0;
    expect((await model(['install', ID, '--from', 'stick'])).code).toBe(0);
    expect(hub.requests).toEqual([]);
    expect((await model(['remove', ID])).code).toBe(0);
  });

  it('fails with a reason, and installs nothing', async () => {
    hub.misbehave = (_request, response) => {
      response.writeHead(404).end();
      return true;
    };
    const { code, err } = await model(['install', ID]);
    expect(code).toBe(1);
    expect(err).toMatch(/does not have audio_model_quantized\.onnx \(404\).*mirror/);
    expect((await model(['use', ID])).err).toMatch(/not installed yet/);
    expect((await model(['install', 'larger_clap_music'])).err).toMatch(/no model with the id/);
  });
});
