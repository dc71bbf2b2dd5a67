import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';

/** Tags as programs write them, right and wrong, made byte by byte. */

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'tags-'))));
afterAll(() => rm(folder, { recursive: true }));

const reader = new FileTagReader();
const read = async (bytes: Buffer) => {
  const file = path.join(folder, crypto.randomUUID());
  await writeFile(file, bytes);
  return reader.read(file);
};

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const u32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 255));
const u32le = (value: number): Buffer => u32(value).reverse();
const even = (data: Buffer): Buffer => (data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)]));
const riff = (id: string, data: Buffer): Buffer => Buffer.concat([text(id), u32le(data.length), even(data)]);
const iff = (id: string, data: Buffer): Buffer => Buffer.concat([text(id), u32(data.length), even(data)]);

const FORMAT = riff('fmt ', Buffer.from('0100010044ac00008858010002001000', 'hex'));
const wav = (...chunks: Buffer[]): Buffer =>
  riff('RIFF', Buffer.concat([text('WAVE'), FORMAT, riff('data', Buffer.alloc(100)), ...chunks]));
const info = (fields: Record<string, Buffer>): Buffer =>
  riff('LIST', Buffer.concat([text('INFO'), ...Object.entries(fields).map(([id, value]) => riff(id, value))]));

/** @param frames name and content; a text is preceded by its encoding, 0 Latin-1, 1 UTF-16, 3 UTF-8 */
function id3(version: 2 | 3 | 4, frames: [string, Buffer][]): Buffer {
  const made = frames.map(([name, content]) =>
    version === 2
      ? Buffer.concat([text(name), u32(content.length).subarray(1), content])
      : Buffer.concat([text(name), u32(content.length), Buffer.alloc(2), content]),
  );
  const body = Buffer.concat([...made, Buffer.alloc(20)]);
  const size = Buffer.from([0, 0, body.length >> 7, body.length & 127]);
  return Buffer.concat([text('ID3'), Buffer.from([version, 0, 0]), size, body]);
}
const mp3 = (tag: Buffer): Buffer =>
  Buffer.concat([
    tag,
    ...Array.from({ length: 8 }, () => Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(413)])),
  ]);
const latin = (value: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([0]), Buffer.from(value as string, 'latin1')]);
const utf8 = (value: string): Buffer => Buffer.concat([Buffer.from([3]), Buffer.from(value)]);

const SHIFT_JIS = Buffer.from('89 4A 82 CC 89 B9'.replaceAll(' ', ''), 'hex');
const CP1251 = Buffer.from('C4 EE E6 E4 FC 20 ED E0 20 EA F0 FB F8 E5'.replaceAll(' ', ''), 'hex');

describe('the encoding of texts', () => {
  it.each([
    ['UTF-8', Buffer.from('Größe Übung'), 'Größe Übung'],
    ['Latin-1', text('Größe Übung'), 'Größe Übung'],
    ['Windows-1252', Buffer.from('It\x92s \x85', 'latin1'), 'It’s …'],
    ['Shift-JIS', SHIFT_JIS, '雨の音'],
    ['Windows-1251', CP1251, 'Дождь на крыше'],
  ])('is recognised: %s', async (_, bytes, title) => {
    expect(await read(wav(info({ INAM: bytes })))).toMatchObject({ title });
    expect(await read(mp3(id3(3, [['TIT2', latin(bytes)]])))).toMatchObject({ title });
    const aiff = iff('FORM', Buffer.concat([text('AIFF'), iff('NAME', bytes)]));
    expect(await read(aiff)).toMatchObject({ title });
    const id3v1 = Buffer.concat([text('TAG'), bytes, Buffer.alloc(125 - bytes.length)]);
    expect(await read(Buffer.concat([mp3(Buffer.alloc(0)), id3v1]))).toMatchObject({ title });
  });

  it('leaves joiners where scripts and emoji need them', async () => {
    const title = 'می\u200cخواهم 👩\u200d👧';
    expect(await read(mp3(id3(4, [['TIT2', utf8(title)]])))).toMatchObject({ title });
  });
});

describe('artists', () => {
  it.each<[string, 3 | 4, Buffer, string, string[]]>([
    ['one with a slash', 3, latin('AC/DC'), 'AC/DC', ['AC/DC']],
    ['several between slashes', 3, latin('First One/Second One'), 'First One/Second One', ['First One', 'Second One']],
    ['several between nulls', 4, utf8('AC/DC\0Björk'), 'AC/DC; Björk', ['AC/DC', 'Björk']],
    ['several between nulls in an older tag', 3, latin('Ann\0Bob'), 'Ann; Bob', ['Ann', 'Bob']],
    ['one who is featured', 4, utf8('Ann feat. Bob'), 'Ann feat. Bob', ['Ann', 'Bob']],
  ])('%s', async (_, version, content, artist, artists) => {
    expect(await read(mp3(id3(version, [['TPE1', content]])))).toMatchObject({ artist, artists });
  });
});

describe('tempo and key', () => {
  it.each([
    ['127.98', 127.98],
    ['127,98', 127.98],
    ['120 BPM', 120],
    ['0', null],
    ['fast', null],
  ])('a tempo of "%s" is %s', async (written, bpm) => {
    expect(await read(mp3(id3(3, [['TBPM', latin(written)]])))).toMatchObject({ bpm });
  });

  it('takes the exact one of two, and none of a remark', async () => {
    const tags = await read(
      mp3(
        id3(3, [
          ['TBPM', latin('128')],
          ['TXXX', latin('BPM\x00127.5')],
        ]),
      ),
    );
    expect(tags.bpm).toBe(127.5);
  });

  it('reads both from ID3v2.2', async () => {
    expect(
      await read(
        mp3(
          id3(2, [
            ['TKE', latin('H-Moll')],
            ['TBP', latin('174')],
          ]),
        ),
      ),
    ).toMatchObject({ key: 'Bm', bpm: 174 });
  });

  it('reads the tempo of an ACID loop, not of a single sound', async () => {
    const acid = (flags: number): Buffer => {
      const data = Buffer.alloc(24);
      data.writeUInt32LE(flags, 0);
      data.writeFloatLE(174, 20);
      return riff('acid', data);
    };
    expect(await read(wav(acid(2)))).toMatchObject({ bpm: 174 });
    expect(await read(wav(acid(3)))).toMatchObject({ bpm: null });
  });

  const ffmpeg = (name: string, options: string[]): Promise<unknown> =>
    promisify(execFile)('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'sine=d=0.3',
      ...options,
      path.join(folder, name),
    ]);

  it.each([
    ['a.mka', ['-metadata', 'BPM=127.5', '-metadata', 'KEY=8A', '-c:a', 'flac']],
    ['a.wma', ['-metadata', 'TBPM=127.5', '-metadata', 'TKEY=8A']],
    ['a.flac', ['-metadata', 'BPM=127.5', '-metadata', 'INITIALKEY=8A']],
    ['a.m4a', ['-movflags', 'use_metadata_tags', '-metadata', 'bpm=127.5', '-metadata', 'initialkey=8A']],
    ['a.caf', ['-metadata', 'tempo=127.5', '-metadata', 'key signature=8A']],
  ])('reads both from %s', async (name, options) => {
    await ffmpeg(name, ['-metadata', 'title=Tagged', ...options]);
    expect(await reader.read(path.join(folder, name))).toMatchObject({ title: 'Tagged', bpm: 127.5, key: 'Am' });
  });
});

describe('the description', () => {
  it('is what recordists write into bext and iXML', async () => {
    const bext = Buffer.alloc(602);
    bext.write('Woodpecker – Größe', 'utf8');
    const xml = '<?xml version="1.0"?><BWFXML><SCENE>12</SCENE><NOTE>close &amp; dry</NOTE><TAKE></TAKE></BWFXML>';
    const { description } = await read(wav(riff('bext', bext), riff('iXML', Buffer.from(xml))));
    expect(description).toBe('Woodpecker – Größe\nclose & dry\nScene: 12');
  });

  it('is a comment, each once; what programs note for themselves is none', async () => {
    const remark = (descriptor: string, value: string): [string, Buffer] => [
      'COMM',
      latin(`eng${descriptor}\0${value}`),
    ];
    const tag = id3(3, [
      remark('', 'Rain on a tin roof'),
      remark('iTunNORM', ' 00000 0001'),
      remark('x', 'Rain on a tin'),
    ]);
    expect((await read(mp3(tag))).description).toBe('Rain on a tin roof');
    expect((await read(wav(info({ ICMT: text('Rain') })))).description).toBe('Rain');
  });
});

describe('when it was recorded', () => {
  const bext = (day: string): Buffer =>
    riff('bext', Buffer.concat([Buffer.alloc(320), text(day), Buffer.alloc(282)]).subarray(0, 602));

  it.each([
    ['broadcast WAV', wav(bext('2019-03-14')), '2019-03-14'],
    ['broadcast WAV of a recorder', wav(bext('2019:03:14')), '2019-03-14'],
    ['a second broadcast chunk, where the first has none', wav(bext(''), bext('2019-03-14')), '2019-03-14'],
    ['a second broadcast chunk, where the first is wrong', wav(bext('2099-01-01'), bext('2019-03-14')), '2019-03-14'],
    ['broadcast WAV that was tagged later', wav(info({ ICRD: text('2024') }), bext('2019-03-14')), '2019-03-14'],
    ['WAV', wav(info({ ICRD: text('2019') })), '2019'],
    ['ID3v2.3', mp3(id3(3, [['TYER', latin('2019')]])), '2019'],
    ['ID3v2.4', mp3(id3(4, [['TDRC', latin('2019-03')]])), '2019-03'],
    [
      'a later edition',
      mp3(
        id3(4, [
          ['TDRC', latin('2011')],
          ['TDOR', latin('1973')],
        ]),
      ),
      '1973',
    ],
    ['what is no date', mp3(id3(3, [['TYER', latin('soon')]])), null],
    ['none', wav(), null],
  ])('is read from %s', async (_, bytes, recorded) => {
    expect(await read(bytes)).toMatchObject({ recorded });
  });
});

describe('who made it, and its licence', () => {
  const bext = (originator: string): Buffer =>
    riff(
      'bext',
      Buffer.concat([
        Buffer.alloc(256),
        Buffer.concat([text(originator), Buffer.alloc(32)]).subarray(0, 32),
        Buffer.alloc(314),
      ]),
    );

  it.each([
    ['WAV', wav(info({ IENG: text('Ann'), ICOP: text('CC0') })), 'Ann', 'CC0'],
    ['broadcast WAV', wav(bext('Field Recordings Ltd')), 'Field Recordings Ltd', null],
    ['broadcast WAV of a recorder', wav(bext('ZOOM F8n')), null, null],
    ['AIFF', iff('FORM', Buffer.concat([text('AIFF'), iff('(c) ', text('2024 Bob'))])), null, '2024 Bob'],
    [
      'ID3v2.3',
      mp3(
        id3(3, [
          ['TCOM', latin('Ann')],
          ['TCOP', latin('2024 Bob')],
        ]),
      ),
      'Ann',
      '2024 Bob',
    ],
    [
      'ID3v2.2',
      mp3(
        id3(2, [
          ['TCM', latin('Ann')],
          ['TCR', latin('2024 Bob')],
        ]),
      ),
      'Ann',
      '2024 Bob',
    ],
    [
      'an address in ID3',
      mp3(
        id3(3, [
          ['WCOP', text('https://creativecommons.org/licenses/by-sa/4.0/')],
          ['TCOP', latin('2024 Bob')],
        ]),
      ),
      null,
      'CC BY-SA 4.0',
    ],
    ["a field of one's own", mp3(id3(3, [['TXXX', latin('LICENSE\0CC BY 3.0')]])), null, 'CC BY 3.0'],
    ['none', wav(), null, null],
  ])('are read from %s', async (_, bytes, author, licence) => {
    expect(await read(bytes)).toMatchObject({ author, licence });
  });

  it.each(['flac', 'ogg', 'm4a', 'mka', 'wma'])('are read from what ffmpeg writes into %s', async (format) => {
    const file = path.join(folder, `rights.${format}`);
    const tags = ['-metadata', 'composer=Ann', '-metadata', 'copyright=2024 Bob'];
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', ...tags, file]);
    expect(await reader.read(file)).toMatchObject({ author: 'Ann', licence: '2024 Bob' });
  });
});

it('an ID3 tag before a WAV is read', async () => {
  const prefixed = Buffer.concat([id3(3, [['TIT2', latin('Prefixed')]]), wav(info({ IART: text('Ann') }))]);
  expect(await read(prefixed)).toMatchObject({ title: 'Prefixed', artist: 'Ann' });
});

it('chunks that lie about their size do no harm', async () => {
  const lie = Buffer.concat([
    text('LIST'),
    u32le(0xffff_fff0),
    text('INFO'),
    text('INAM'),
    u32le(0xffff_ffff),
    text('Title'),
  ]);
  expect(await read(wav(lie))).toMatchObject({ title: 'Title' });
  expect(await read(wav(...Array.from({ length: 3000 }, () => riff('JUNK', Buffer.alloc(0)))))).toMatchObject({
    title: null,
  });
});

it.each(['WAV', 'AIFF'])(
  '%s: a hundred thousand empty chunks take little more time than two thousand',
  async (form) => {
    const chunk = form === 'WAV' ? riff : iff;
    const title = form === 'WAV' ? info({ INAM: text('Crowded') }) : iff('NAME', text('Crowded'));
    const crowded = (count: number): Buffer => {
      const junk = Array.from({ length: count }, () => chunk('junk', Buffer.alloc(0)));
      return form === 'WAV'
        ? riff('RIFF', Buffer.concat([text('WAVE'), FORMAT, title, ...junk]))
        : iff('FORM', Buffer.concat([text('AIFF'), title, ...junk]));
    };
    const timed = async (bytes: Buffer): Promise<number> => {
      const began = performance.now();
      expect(await read(bytes)).toMatchObject({ title: 'Crowded' });
      return performance.now() - began;
    };
    await timed(crowded(10));
    expect(await timed(crowded(100_000))).toBeLessThan(4 * (await timed(crowded(1_900))) + 200);
  },
);

describe('files that were made to cost time and memory', () => {
  const comment = (value: string): Buffer => Buffer.concat([u32le(value.length), text(value)]);
  const flac = (comments: string[]): Buffer => {
    const words = Buffer.concat([comment('maker'), u32le(comments.length), ...comments.map(comment)]);
    const head = (type: number, { length }: Buffer): Buffer =>
      Buffer.concat([Buffer.from([type]), u32(length).subarray(1)]);
    const stream = Buffer.from('1000100000000000000000000ac440f0'.padEnd(68, '0'), 'hex');
    return Buffer.concat([text('fLaC'), head(0, stream), stream, head(0x84, words), words]);
  };

  it('a million tags are none, hold nothing else up, and the next file is read', { timeout: 120_000 }, async () => {
    const hostile = flac(Array.from({ length: 700_000 }, (_, at) => `COMMENT=${at}`));
    let longest = 0;
    let last = performance.now();
    const clock = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 20);
    const [tags, next] = await Promise.all([read(hostile), read(flac(['TITLE=Rain', 'DATE=2019-03-14']))]);
    clearInterval(clock);
    expect(tags).toMatchObject({ title: null, description: null });
    expect(next).toMatchObject({ title: 'Rain', recorded: '2019-03-14' });
    expect(longest).toBeLessThan(3_000);
  });

  it.each<[string, () => Buffer]>([
    [
      'remarks without end',
      () =>
        riff(
          'LIST',
          Buffer.concat([text('INFO'), ...Array.from({ length: 15_000 }, (_, at) => riff('ICMT', text(`${at}`)))]),
        ),
    ],
    ['parts of iXML that never end', () => riff('iXML', text('<NOTE><![CDATA['.repeat(17_000)))],
  ])('%s are read in no time', async (_, chunk) => {
    const start = performance.now();
    const tags = await read(wav(info({ INAM: text('Rain') }), ...Array.from({ length: 20 }, chunk)));
    expect(tags.title).toBe('Rain');
    expect((tags.description ?? '').length).toBeLessThanOrEqual(2_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
