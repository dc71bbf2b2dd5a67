import { open, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { ffmpeg, processesOf, sparseWav, temporaryFolder, tone, until, wav } from './ingest-fixtures.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const RATE = 48_000;
const HOURS_12 = 12 * 3600;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string): string => path.join(folder.path, name);
const probe = new FfmpegProbe({ maxDurationS: HOURS_12 });
const decoder = new FfmpegDecoder();

async function decodeAll(from: string, maxDurationS = HOURS_12): Promise<Float32Array> {
  const chunks: Float32Array[] = [];
  for await (const chunk of decoder.decode(from, { sampleRateHz: RATE, maxDurationS })) chunks.push(chunk);
  const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const iterate = <T>(source: AsyncIterable<T>): AsyncIterator<T> => source[Symbol.asyncIterator]();

/** Frequency of a clean tone from its zero crossings, hertz. */
function pitch(samples: Float32Array): number {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++)
    if ((samples[i - 1] as number) < 0 && (samples[i] as number) >= 0) crossings++;
  return crossings / (samples.length / RATE);
}

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe('accepted formats', () => {
  const formats: [name: string, options: string[], codec: string][] = [
    ['a.wav', [], 'pcm_s16le'],
    ['a24.wav', ['-c:a', 'pcm_s24le'], 'pcm_s24le'],
    ['float.wav', ['-c:a', 'pcm_f32le'], 'pcm_f32le'],
    ['adpcm.wav', ['-c:a', 'adpcm_ms'], 'adpcm_ms'],
    ['rf64.wav', ['-rf64', 'always'], 'pcm_s16le'],
    ['a.flac', [], 'flac'],
    ['a.mp3', [], 'mp3'],
    ['bare.mp3', ['-id3v2_version', '0', '-write_xing', '0'], 'mp3'],
    ['vorbis.ogg', ['-c:a', 'libvorbis'], 'vorbis'],
    ['a.opus', ['-c:a', 'libopus'], 'opus'],
    ['a.m4a', ['-c:a', 'aac'], 'aac'],
    ['alac.m4a', ['-c:a', 'alac'], 'alac'],
    ['a.aac', [], 'aac'],
    ['a.aiff', [], 'pcm_s16be'],
    ['a.wma', ['-c:a', 'wmav2'], 'wmav2'],
    ['a.caf', [], 'pcm_s16be'],
    ['a.au', [], 'pcm_s16be'],
    ['a.wv', [], 'wavpack'],
    ['a.ac3', [], 'ac3'],
    ['a.webm', ['-c:a', 'libopus'], 'opus'],
    ['a.mka', ['-c:a', 'flac'], 'flac'],
  ];

  it('decodes a part alone, from where it was asked for', async () => {
    // Silent up to the third second.
    const from = await tone(file('late.flac'), 6, '-af', "volume='if(lt(t,3),0,1)':eval=frame");
    const chunks: Float32Array[] = [];
    const part = { startS: 2, endS: 4.5 };
    for await (const chunk of decoder.decode(from, { sampleRateHz: RATE, maxDurationS: HOURS_12, part }))
      chunks.push(chunk);
    const samples = chunks.flatMap((chunk) => [...chunk]);
    expect(samples.length / RATE).toBeCloseTo(2.5, 1);
    expect(samples.findIndex((sample) => Math.abs(sample) > 0.01) / RATE).toBeCloseTo(1, 1);
  });

  it.each(formats)('%s is read by content alone', async (name, options, codec) => {
    // A name without an extension, as in the store: nothing can be guessed from it.
    const stored = file(`stored-${name.replace('.', '-')}`);
    await tone(file(name), 1.5, ...options);
    await rename(file(name), stored);
    const facts = await probe.probe(stored);
    expect(facts.codec).toBe(codec);
    expect(facts.channels).toBe(1);
    const samples = await decodeAll(stored);
    expect(samples.length / RATE).toBeGreaterThan(1.4);
    expect(samples.length / RATE).toBeLessThan(1.7);
    expect(pitch(samples.subarray(RATE / 4, RATE))).toBeCloseTo(440, -1);
  });

  it('takes the audio track of a film', async () => {
    const source = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=duration=1:size=64x64:rate=10',
      '-f',
      'lavfi',
      '-i',
      'sine=frequency=440:duration=1',
    ];
    await ffmpeg(...source, '-c:a', 'aac', file('film.mp4'));
    expect(await probe.probe(file('film.mp4'))).toMatchObject({ codec: 'aac', channels: 1 });
    expect((await decodeAll(file('film.mp4'))).length / RATE).toBeCloseTo(1, 0);
  });

  it('does not take a cover picture for the content', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=32x32', '-frames:v', '1', file('cover.png'));
    await tone(file('plain.mp3'), 1);
    await ffmpeg(
      '-i',
      file('plain.mp3'),
      '-i',
      file('cover.png'),
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      file('covered.mp3'),
    );
    expect(await probe.probe(file('covered.mp3'))).toMatchObject({ codec: 'mp3' });
    expect((await decodeAll(file('covered.mp3'))).length / RATE).toBeCloseTo(1, 0);
  });

  it('mixes any number of channels to one', async () => {
    for (const channels of [2, 6, 10, 64]) {
      const frames = 4410;
      const data = Buffer.alloc(frames * channels * 2);
      for (let i = 0; i < frames * channels; i++) data.writeInt16LE(8192, i * 2);
      const from = await wav(file(`mix-${channels}.wav`), data, { channels });
      expect((await probe.probe(from)).channels).toBe(channels);
      const samples = await decodeAll(from);
      expect(samples.length).toBe(4800);
      // The mean of equal channels is that channel; a standard surround mix leaves the bass channel out but is no louder either.
      expect(samples[2400]).toBeCloseTo(0.25, 3);
    }
  });

  it.each<[name: string, options: string[], bits: number | null]>([
    ['16.wav', [], 16],
    ['24.wav', ['-c:a', 'pcm_s24le'], 24],
    ['float.wav', ['-c:a', 'pcm_f32le'], 32],
    ['8.wav', ['-c:a', 'pcm_u8'], 8],
    ['24.w64', ['-c:a', 'pcm_s24le'], 24],
    ['24.aiff', ['-c:a', 'pcm_s24be'], 24],
    ['16.flac', [], 16],
    ['24.flac', ['-sample_fmt', 's32', '-bits_per_raw_sample', '24'], 24],
    ['24.mka', ['-c:a', 'flac', '-sample_fmt', 's32', '-bits_per_raw_sample', '24'], 24],
    ['16.m4a', ['-c:a', 'alac'], 16],
    ['24.m4a', ['-c:a', 'alac', '-sample_fmt', 's32p', '-bits_per_raw_sample', '24'], 24],
    ['16.wv', ['-sample_fmt', 's16p'], 16],
    ['32.wv', ['-sample_fmt', 's32p'], 32],
    ['16.mka', ['-c:a', 'tta'], 16],
    ['a.mp3', [], null],
    ['a.m4a', ['-c:a', 'aac'], null],
    ['a.opus', ['-c:a', 'libopus'], null],
    ['adpcm.wav', ['-c:a', 'adpcm_ms'], null],
    ['mulaw.wav', ['-c:a', 'pcm_mulaw'], null],
  ])('knows the bits of samples: %s %j', async (name, options, bits) => {
    await tone(file(`bits-${name}`), 1, ...options);
    expect((await probe.probe(file(`bits-${name}`))).bitsPerSample).toBe(bits);
  });

  it('reports what it read', async () => {
    await tone(file('facts.wav'), 2, '-ac', '2');
    expect(await probe.probe(file('facts.wav'))).toEqual({
      durationS: 2,
      sampleRateHz: 44_100,
      channels: 2,
      codec: 'pcm_s16le',
      bitRateKbps: 1411,
      bitsPerSample: 16,
      tracks: [0],
      lengthFrom: 'guess',
      strayShare: 0,
    });
  });
});

describe('files that are refused', () => {
  const refused = (name: string, content: string | Buffer, code: string, message: RegExp) =>
    [name, content, code, message] as const;
  const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex');

  it.each([
    refused('empty.wav', '', 'unreadable_media', /empty/),
    refused(
      'text.mp3',
      'The quick brown fox jumps over the lazy dog.\n'.repeat(2000),
      'unsupported_media',
      /text file/,
    ),
    refused('short.mp3', 'hello', 'unsupported_media', /text file/),
    refused('page.wav', '<!DOCTYPE html><html><body>404</body></html>', 'unsupported_media', /web page/),
    refused('picture.wav', png, 'unsupported_media', /picture \(PNG\)/),
    refused(
      'photo.mp3',
      Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
      'unsupported_media',
      /picture \(JPEG\)/,
    ),
    refused('list.m3u8', '#EXTM3U\n#EXTINF:1,\n/etc/passwd\n', 'unsupported_media', /playlist/),
    refused(
      'hls.mp3',
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
      'unsupported_media',
      /playlist/,
    ),
    refused('pls.wav', '[playlist]\nFile1=/etc/passwd\nNumberOfEntries=1\n', 'unsupported_media', /playlist/),
    refused(
      'session.sdp',
      'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n',
      'unsupported_media',
      /playlist/,
    ),
    refused(
      'midi.mid',
      Buffer.from('4d546864000000060000000100604d54726b00000004', 'hex'),
      'unsupported_media',
      /MIDI/,
    ),
    refused('zip.wav', Buffer.from('504b030414000000', 'hex'), 'unsupported_media', /archive/),
    refused(
      'noise.mp3',
      Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251)),
      'unsupported_media',
      /not an audio file/,
    ),
    refused('head.wav', Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), 'unsupported_media', /not an audio file|damaged/),
  ])('%s', async (name, content, code, message) => {
    await writeFile(file(name), content);
    const error = await probe.probe(file(name)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'DomainError', code, transient: false });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain(folder.path);
  });

  it('a real GIF, a subtitle file and an SVG', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=duration=1:size=32x32:rate=5', file('anim.gif'));
    await writeFile(file('sub.srt'), '1\n00:00:00,000 --> 00:00:01,000\nhello\n');
    await writeFile(
      file('image.svg'),
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    );
    for (const name of ['anim.gif', 'sub.srt', 'image.svg']) {
      await expect(probe.probe(file(name)), name).rejects.toMatchObject({ code: 'unsupported_media' });
    }
  });

  it('a concat script that names a real sound beside it is not followed, neither probed nor decoded', async () => {
    await tone(file('beside.wav'), 1);
    await writeFile(file('script.wav'), `ffconcat version 1.0\nfile 'beside.wav'\n`);
    await expect(probe.probe(file('script.wav'))).rejects.toMatchObject({ code: 'unsupported_media' });
    await expect(decodeAll(file('script.wav'))).rejects.toMatchObject({ code: 'unreadable_media' });
  });

  it('an HLS list of a real local segment is not followed', async () => {
    await tone(file('segment.aac'), 1);
    const list = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsegment.aac\n#EXT-X-ENDLIST\n`;
    await writeFile(file('hls-real.mp3'), list);
    await expect(probe.probe(file('hls-real.mp3'))).rejects.toMatchObject({ code: 'unsupported_media' });
    await expect(decodeAll(file('hls-real.mp3'))).rejects.toMatchObject({ code: 'unreadable_media' });
  });

  it('a film without sound', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=duration=1:size=32x32:rate=5', file('silent.mp4'));
    await expect(probe.probe(file('silent.mp4'))).rejects.toMatchObject({ code: 'no_audio' });
    await expect(decodeAll(file('silent.mp4'))).rejects.toMatchObject({ code: 'no_audio' });
  });

  it.each([
    ['65535 channels', { channels: 65_535 }],
    ['200 channels', { channels: 200 }],
    ['four billion hertz', { sampleRateHz: 4_000_000_000 }],
    ['two million hertz', { sampleRateHz: 2_000_000 }],
    ['zero hertz', { sampleRateHz: 0 }],
    ['no channels', { channels: 0 }],
  ])('a header that claims %s', async (_, header) => {
    const from = await wav(file('absurd.wav'), Buffer.alloc(100_000, 7), header);
    const error = await probe.probe(from).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'DomainError', transient: false });
    expect((error as { code: string }).code).toMatch(/unreadable_media|unsupported_media/);
  });

  it('a sound longer than the limit, known from its header', async () => {
    const from = await sparseWav(file('long.wav'), 8000 * 4 * 3600, { sampleRateHz: 8000, bits: 8 });
    await expect(new FfmpegProbe({ maxDurationS: 3600 }).probe(from)).rejects.toMatchObject({
      code: 'too_long',
      message: expect.stringMatching(/4 hours.*limit of 60 minutes/) as string,
    });
  });

  it('a sound longer than the limit, known only from decoding it', async () => {
    await tone(file('sneaky.wav'), 5);
    await expect(decodeAll(file('sneaky.wav'), 3)).rejects.toMatchObject({ code: 'too_long' });
  });

  it('a one-hertz file that would become hours of samples', async () => {
    const from = await wav(file('slow.wav'), Buffer.alloc(90_000, 200), { sampleRateHz: 1, bits: 8 });
    await expect(probe.probe(from)).rejects.toMatchObject({ code: 'unreadable_media' });
  });
});

describe('damaged files', () => {
  it('a WAV cut off in its data is refused, saying how much is there', async () => {
    await tone(file('whole.wav'), 4);
    const bytes = await readFile(file('whole.wav'));
    await writeFile(file('cut.wav'), bytes.subarray(0, bytes.length / 2));
    await expect(probe.probe(file('cut.wav'))).rejects.toMatchObject({
      code: 'unreadable_media',
      message: expect.stringMatching(/cut off: only (49|50) %/) as string,
    });
  });

  it('a WAV that was written to a pipe plays for what is there', async () => {
    const from = await wav(file('piped.wav'), Buffer.alloc(88_200, 9), { claimedBytes: 0xffffffff });
    expect((await probe.probe(from)).durationS).toBeCloseTo(1, 2);
    expect((await decodeAll(from)).length).toBe(RATE);
  });

  it('a header without samples', async () => {
    const from = await wav(file('hollow.wav'), Buffer.alloc(0));
    await expect(probe.probe(from)).rejects.toMatchObject({ code: 'unreadable_media' });
    expect(await decodeAll(from)).toHaveLength(0);
  });

  it('an MP3 with a hole of garbage still gives the rest', async () => {
    await tone(file('hole.mp3'), 6);
    const bytes = await readFile(file('hole.mp3'));
    bytes.fill(0x55, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2));
    await writeFile(file('hole.mp3'), bytes);
    expect((await decodeAll(file('hole.mp3'))).length / RATE).toBeGreaterThan(3);
  });

  it('samples that are no numbers become silence', async () => {
    const data = Buffer.alloc(44_100 * 4);
    for (let i = 0; i < 44_100; i++) data.writeFloatLE([NaN, Infinity, -Infinity, 5][i % 4] as number, i * 4);
    const header = { bits: 32 };
    const from = await wav(file('nan.wav'), data, header);
    const bytes = await readFile(from);
    bytes.writeUInt16LE(3, 20);
    await writeFile(from, bytes);
    const samples = await decodeAll(from);
    expect(samples.every((value) => value >= -1 && value <= 1)).toBe(true);
  });

  it('a missing file is no crash', async () => {
    await expect(probe.probe(file('gone.wav'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(decodeAll(file('gone.wav'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the decoder as a process', () => {
  it('a slow consumer holds ffmpeg back, and stopping early ends it', async () => {
    const from = await sparseWav(file('big-slow.wav'), 200 * 1024 * 1024);
    let chunks = 0;
    for await (const chunk of decoder.decode(from, { sampleRateHz: RATE, maxDurationS: HOURS_12 })) {
      expect(chunk.length).toBeGreaterThan(0);
      if (++chunks === 3) break;
    }
    expect(await processesOf(from)).toEqual([]);
  });

  it('200 MB decode in bounded memory', async () => {
    const from = await sparseWav(file('big.wav'), 200 * 1024 * 1024);
    const before = process.memoryUsage();
    let highest = 0;
    let samples = 0;
    for await (const chunk of decoder.decode(from, { sampleRateHz: 44_100, maxDurationS: HOURS_12 })) {
      samples += chunk.length;
      const now = process.memoryUsage();
      highest = Math.max(highest, now.rss - before.rss);
    }
    expect(samples).toBe(100 * 1024 * 1024);
    expect(highest).toBeLessThan(150 * 1024 * 1024);
  });

  it('an abort kills ffmpeg, also one that comes before the start', async () => {
    const from = await sparseWav(file('big-abort.wav'), 200 * 1024 * 1024);
    const controller = new AbortController();
    const decoding = (async () => {
      for await (const chunk of decoder.decode(from, {
        sampleRateHz: RATE,
        maxDurationS: HOURS_12,
        signal: controller.signal,
      })) {
        expect(chunk.length).toBeGreaterThan(0);
        controller.abort();
      }
    })();
    await expect(decoding).rejects.toMatchObject({ code: 'cancelled' });
    await until(async () => (await processesOf(from)).length === 0, 'ffmpeg is gone');
    const iterator = iterate(
      decoder.decode(from, { sampleRateHz: RATE, maxDurationS: HOURS_12, signal: controller.signal }),
    );
    await expect(iterator.next()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('an abort while the consumer is busy is noticed too', async () => {
    const from = await sparseWav(file('big-busy.wav'), 200 * 1024 * 1024);
    const controller = new AbortController();
    const iterator = iterate(
      decoder.decode(from, { sampleRateHz: RATE, maxDurationS: HOURS_12, signal: controller.signal }),
    );
    await iterator.next();
    controller.abort();
    await until(async () => (await processesOf(from)).length === 0, 'ffmpeg is gone');
    await expect(iterator.next()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ffmpeg killed from outside is tried again, not taken for the end of the sound', async () => {
    const from = await sparseWav(file('big-killed.wav'), 200 * 1024 * 1024);
    const iterator = iterate(decoder.decode(from, { sampleRateHz: RATE, maxDurationS: HOURS_12 }));
    await iterator.next();
    for (const pid of await processesOf(from)) process.kill(pid, 'SIGKILL');
    const rest = (async () => {
      while (!(await iterator.next()).done);
    })();
    await expect(rest).rejects.toMatchObject({ transient: true });
  });

  it('one that gives nothing is stopped', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', file('stall.wav'));
    const impatient = new FfmpegDecoder({ stallMs: 1 });
    const iterator = iterate(impatient.decode(file('stall.wav'), { sampleRateHz: RATE, maxDurationS: HOURS_12 }));
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'unreadable_media',
      message: expect.stringMatching(/no progress/) as string,
    });
  });

  it('a missing ffmpeg is an error with a remedy, not a crash', async () => {
    await tone(file('fine.mp3'), 1);
    const { PATH } = process.env;
    process.env['PATH'] = '/nonexistent';
    try {
      await expect(decodeAll(file('fine.mp3'))).rejects.toMatchObject({
        code: 'not_ready',
        transient: true,
        message: expect.stringMatching(/apt-get install ffmpeg/) as string,
      });
      await expect(probe.probe(file('fine.mp3'))).rejects.toMatchObject({ code: 'not_ready' });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

describe('tags', () => {
  const reader = new FileTagReader();
  const metadata = (entries: Record<string, string>): string[] =>
    Object.entries(entries).flatMap(([key, value]) => ['-metadata', `${key}=${value}`]);

  it.each(['mp3', 'flac', 'ogg', 'm4a', 'wma', 'wav', 'aiff'])('are read from %s', async (extension) => {
    const options = extension === 'aiff' ? ['-write_id3v2', '1'] : [];
    await tone(
      file(`tags.${extension}`),
      0.5,
      ...metadata({ title: 'Rain on a roof', artist: 'Ann', album: 'Weather', genre: 'Ambient' }),
      ...options,
    );
    await rename(file(`tags.${extension}`), file('tagged'));
    expect(await reader.read(file('tagged'))).toMatchObject({
      title: 'Rain on a roof',
      artist: 'Ann',
      genre: 'Ambient',
    });
  });

  it('a remark in the comment is no list of keywords', async () => {
    await tone(file('remark.flac'), 1, ...metadata({ comment: 'Processed by SoX' }));
    expect((await reader.read(file('remark.flac'))).keywords).toEqual([]);
  });

  it('tempo, key and comment of an MP3', async () => {
    await tone(
      file('loop.mp3'),
      0.5,
      ...metadata({ TBPM: '128', TKEY: 'Bbm', comment: 'dark, warehouse loop; https://example.org' }),
    );
    expect(await reader.read(file('loop.mp3'))).toMatchObject({
      bpm: 128,
      key: 'Bbm',
      keywords: ['dark', 'warehouse loop'],
    });
  });

  it('are cleaned and limited', async () => {
    await tone(
      file('nasty.flac'),
      0.5,
      ...metadata({
        title: `a\u202e\u0007b${'x'.repeat(5000)}`,
        comment: Array.from({ length: 500 }, (_, i) => `word${i}`).join(','),
      }),
    );
    const tags = await reader.read(file('nasty.flac'));
    expect(tags.title).toMatch(/^abx+$/);
    expect(tags.title?.length).toBe(300);
    expect(tags.keywords.length).toBeLessThanOrEqual(24);
  });

  it.each(['nothing', 'text', 'noise'])('of %s are empty, not an error', async (kind) => {
    if (kind !== 'nothing')
      await writeFile(file(kind), kind === 'text' ? 'hello '.repeat(100) : Buffer.alloc(5000, 0xff));
    expect(await reader.read(file(kind))).toEqual({
      title: null,
      artist: null,
      artists: [],
      album: null,
      genre: null,
      bpm: null,
      key: null,
      description: null,
      author: null,
      licence: null,
      albumArtist: null,
      disc: null,
      track: null,
      picture: null,
      recorded: null,
      keywords: [],
    });
  });

  it('that claim to be huge cost neither time nor memory', async () => {
    const header = Buffer.from('ID3\x03\0\0\x7f\x7f\x7f\x7fTIT2\x0f\xff\xff\xf0\0\0', 'latin1');
    const handle = await open(file('id3-bomb'), 'w');
    await handle.write(header);
    await handle.truncate(280 * 1024 * 1024);
    await handle.close();
    const before = process.memoryUsage().rss;
    expect((await reader.read(file('id3-bomb'))).title).toBeNull();
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});
