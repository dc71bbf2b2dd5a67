import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyseIn } from '../../src/audio/analysis/analyzer-thread.js';
import { createSoundAnalyzer } from '../../src/audio/analysis/sound-analyzer.js';
import { FlacThread } from '../../src/audio/plain/flac-thread.js';
import { createPlainReader } from '../../src/audio/plain/plain-reader.js';
import { SoundThread } from '../../src/audio/sound-thread.js';
import { sounds } from '../fixtures/library-0.1.0/sounds.js';
import { ffmpeg } from './ingest-fixtures.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'traum-test-'));
const thread = new SoundThread();
const flac = new FlacThread();
afterAll(async () => {
  await thread.close();
  flac.close();
  rmSync(folder, { recursive: true, force: true });
});

const options = { sampleRateHz: 48_000, maxDurationS: 3600, hearing: null, codec: 'pcm_s16le' };
const wav = path.join(folder, 'pulses.wav');
writeFileSync(wav, sounds['pulses.wav']!);

describe('a thread for short sounds', () => {
  it('reads WAV and FLAC as they are read here, several at once', async () => {
    const compressed = path.join(folder, 'pulses.flac');
    await ffmpeg('-i', wav, compressed);
    const here = createPlainReader(flac);
    for (const file of [wav, compressed]) {
      const expected = await here(file, options);
      const read = await Promise.all([1, 2, 3].map(() => thread.ask('read', { path: file, options })));
      expect(expected!.pieces.length).toBeGreaterThan(0);
      for (const sound of read) expect(sound).toEqual(expected);
    }
  });

  it('leaves other files to others, and says when there is none', async () => {
    const noise = path.join(folder, 'noise.wav');
    writeFileSync(noise, Buffer.from('RIFF and nothing else'));
    expect(await thread.ask('read', { path: noise, options })).toBeNull();
    await expect(thread.ask('read', { path: path.join(folder, 'gone.wav'), options })).rejects.toThrow('ENOENT');
  });

  it('analyses a sound as it is analysed here, short or long, however it comes in', async () => {
    for (const seconds of [3, 70]) {
      const samples = Float32Array.from(
        { length: seconds * 48_000 },
        (_, i) => Math.sin(i / 30) * (i % 24_000 < 2_000 ? 1 : 0.1),
      );
      const [here, there] = [createSoundAnalyzer(48_000), analyseIn(thread)(48_000)];
      here.push(samples);
      for (let at = 0; at < samples.length; at += 100_000) await there.push(samples.subarray(at, at + 100_000));
      expect(await there.finish()).toEqual(here.finish());
    }
    expect(createSoundAnalyzer(48_000).finish().tempo).toEqual((await analyseIn(thread)(48_000).finish()).tempo);
  });

  it('does not go on in the middle of a sound when it ended; forgets one that is cancelled', async () => {
    const tenSeconds = new Float32Array(480_000);
    const [broken, cancelled] = [analyseIn(thread)(48_000), analyseIn(thread)(48_000)];
    await Promise.all([broken.push(tenSeconds), cancelled.push(tenSeconds)]);
    cancelled.cancel();
    await expect(cancelled.finish()).rejects.toThrow('in the middle of a sound');
    await thread.close();
    await expect(broken.finish()).rejects.toThrow('in the middle of a sound');
  });

  it('begins anew after it ended; what it was at is told to have failed', async () => {
    const lost = thread.ask('read', { path: wav, options });
    await Promise.all([expect(lost).rejects.toThrow('ended'), thread.close()]);
    expect((await thread.ask('read', { path: wav, options }))?.heard.silent).toBe(false);
  });
});
