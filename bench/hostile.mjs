import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { Api } from '../scripts/lib/api.mjs';
import { memoryOf, processesOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  clients: { type: 'string', default: '24', help: 'impatient clients: they ask near the end of two hours and leave' },
  searches: { type: 'string', default: '150', help: 'searches to measure, with and without them' },
  files: { type: 'string', help: 'a folder of files of your own to send besides' },
  body: { type: 'string', default: '500', help: 'megabytes of a body that is much too large' },
  only: { type: 'string', help: 'files, listeners, queue or bodies' },
};

const megabytes = (value) => `${Math.round(value)} MB`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const GIVE_UP_MS = 180_000;

/** Small files and impatient people: what each costs, and what others notice of it. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  if (process.platform !== 'linux') throw new Stop('This bench reads /proc and needs Linux.');
  /** @type {Record<string, (folder: string, values: any) => Promise<void>>} */
  const parts = { files: filesTable, listeners: listenersTable, queue: queueTable, bodies: bodiesTable };
  for (const [name, part] of Object.entries(parts)) {
    if (!values.only || values.only === name) await withTempDir((folder) => part(folder, values));
  }
}

async function filesTable(folder, { files }) {
  const made = await step('Making files', () => makeFiles(folder));
  const own = files ? fs.readdirSync(files).map((name) => ({ name, path: path.resolve(files, name) })) : [];
  const rows = [];
  // A server for each file: what one left in memory is not the next one's.
  for (const file of [...made, ...own]) {
    const data = path.join(folder, `data-${rows.length}`);
    rows.push(await step(file.name, () => withApp(data, (app) => measureFile(app, file))));
  }
  const header = ['file', 'size', 'outcome', 'time', 'ffmpeg and ffprobe, peak', 'server and worker, more than idle'];
  printTable('Files that would cost much', 'npm run bench -- hostile --only files', header, rows);
}

async function measureFile({ url, pid }, file) {
  const api = new Api(url);
  await pause(1500);
  const idle = ownPeaks(pid);
  const watch = watchPrograms(pid);
  const began = performance.now();
  const outcome = await Promise.race([
    file.clip ? sendClip(api, file) : uploadAndWait(api, file),
    pause(GIVE_UP_MS, 'not over after 3 minutes', { ref: false }),
  ]);
  const took = performance.now() - began;
  const peak = await watch.stop();
  const more = Math.max(0, ownPeaks(pid) - idle);
  return [
    file.name,
    `${Math.ceil(fs.statSync(file.path).size / 1024)} kB`,
    outcome,
    seconds(took),
    megabytes(peak),
    megabytes(more),
  ];
}

async function uploadAndWait(api, file) {
  try {
    const [upload] = await api.upload([file]);
    if (!upload.jobId) return `refused: ${upload.error ?? upload.status}`;
    await api.finished(upload.jobId, 50);
    return 'ready';
  } catch (error) {
    return error.message;
  }
}

const sendClip = (api, file) =>
  api.sendClip(file.path).then(
    () => 'heard',
    (error) => error.message,
  );

/** The largest memory of any ffmpeg or ffprobe below a process. */
function watchPrograms(pid) {
  let peak = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const { name, peakMegabytes } of memoryOf(pid)) {
        if (/^(ffmpeg|ffprobe)$/.test(name)) peak = Math.max(peak, peakMegabytes);
      }
      await pause(5);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await watching;
      return peak;
    },
  };
}

const ownPeaks = (pid) =>
  memoryOf(pid)
    .filter(({ name }) => !/^(ffmpeg|ffprobe|sh)$/.test(name))
    .reduce((sum, { peakMegabytes }) => sum + peakMegabytes, 0);

async function listenersTable(folder, values) {
  const [clients, searches] = ['clients', 'searches'].map((name) => Number(values[name]));
  const flac = path.join(folder, 'two-hours.flac');
  makeSound(flac, 'aevalsrc=0.1:s=8000:d=7200', []);
  await withApp(path.join(folder, 'data'), async ({ url, pid }) => {
    const api = new Api(url);
    const [{ soundId, jobId }] = await api.upload([{ name: 'two-hours.flac', path: flac }]);
    await step('Two hours are processed', () => api.finished(jobId));
    await step('Warming up', () => searchTimes(api, 30, 0));
    const stream = `${url}/api/v1/audio/files/${soundId}/stream?as=wav`;
    const size = Number((await fetch(stream, { method: 'HEAD' })).headers.get('content-length'));
    const ask = (signal) =>
      fetch(stream, { headers: { range: `bytes=${size - 100_000}-` }, ...(signal ? { signal } : {}) });

    const began = performance.now();
    await (await ask()).arrayBuffer();
    const alone = performance.now() - began;
    const before = await step('Searching alone', () => searchTimes(api, searches, 1));
    let over = false;
    let asked = 0;
    const impatient = Array.from({ length: clients }, async (_, index) => {
      await pause(index * 20);
      while (!over) {
        asked++;
        await ask(AbortSignal.timeout(150))
          .then((response) => response.arrayBuffer())
          .catch(() => undefined);
      }
    });
    await pause(1000);
    const during = await step(`Searching beside ${clients} who ask and leave`, () => searchTimes(api, searches, 2));
    over = true;
    await Promise.all(impatient);
    const left = performance.now();
    while (processesOf(pid).some(({ name }) => name === 'ffmpeg') && performance.now() - left < GIVE_UP_MS)
      await pause(20);
    const p95 = [before, during].map((times) => percentile(times, 0.95));
    printTable(
      `${clients} clients who ask for the last second of two hours and leave after 150 ms`,
      'npm run bench -- hostile --only listeners',
      ['what', 'measured'],
      [
        ['the last second of two hours, alone', seconds(alone)],
        ['search p95 of another, alone', `${p95[0].toFixed(1)} ms`],
        [
          `search p95 of another, beside them (${asked} requests)`,
          `${p95[1].toFixed(1)} ms = ${(p95[1] / p95[0]).toFixed(2)} times`,
        ],
        ['until the last ffmpeg was gone after they left', seconds(performance.now() - left)],
      ],
    );
  });
}

async function searchTimes(api, count, round) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await api.search(newQuery(100 + round, i), { limit: 20 });
    times.push(performance.now() - began);
    await pause(20);
  }
  return times;
}

async function queueTable(folder) {
  const long = ['a', 'b', 'c'].map((name, index) => ({
    name: `${name}.flac`,
    path: path.join(folder, `${name}.flac`),
    index,
  }));
  for (const { path: file, index } of long) makeSound(file, `sine=f=${200 + index}:r=8000:d=10800`, []);
  const short = [0, 1].map((index) => ({ name: `short-${index}.wav`, path: path.join(folder, `short-${index}.wav`) }));
  short.forEach(({ path: file }, index) => makeSound(file, `sine=f=${700 + index}:d=2`, []));
  const rows = [];
  await withApp(path.join(folder, 'data'), async ({ url, pid }) => {
    const api = new Api(url);
    const timed = async (file) => {
      const began = performance.now();
      const [{ jobId }] = await api.upload([file]);
      await api.finished(jobId, 20);
      return performance.now() - began;
    };
    rows.push(['a sound of two seconds, alone', seconds(await step('A short sound alone', () => timed(short[0])))]);
    const uploads = await step('Three times three hours are accepted', () => api.upload(long));
    const [first] = uploads;
    while ((await api.job(first.jobId)).state !== 'active') await pause(20);
    rows.push(['the same behind nine hours', seconds(await step('A short sound behind them', () => timed(short[1])))]);
    const { attempts } = await api.job(first.jobId);
    const worker = processesOf(pid).find(({ name }) => name === 'worker');
    if (!worker) throw new Stop('There is no worker to kill.');
    process.kill(worker.pid, 'SIGKILL');
    const killed = performance.now();
    while ((await api.job(first.jobId)).attempts === attempts) await pause(20);
    rows.push(['kill -9 of the worker, until its job goes on', seconds(performance.now() - killed)]);
    for (const { soundId } of uploads) await fetch(`${url}/api/v1/audio/files/${soundId}`, { method: 'DELETE' });
  });
  printTable('Waiting for a place', 'npm run bench -- hostile --only queue', ['what', 'measured'], rows);
}

const FIELD = '--X\r\nContent-Disposition: form-data; name="query"\r\n\r\n';
const BODIES = [
  ['/search/export/form', 'application/x-www-form-urlencoded', 'request='],
  ['/search/export/form', 'multipart/form-data; boundary=X', FIELD],
  ['/search/export', 'application/json', '{"format":"'],
  ['/search/advanced', 'application/json', '{"query":"'],
  ['/search/advanced', 'multipart/form-data; boundary=X', FIELD],
  ['/search/clips', 'multipart/form-data; boundary=X', FIELD.replace('"query"', '"audio"; filename="a.wav"')],
  ['/audio/upload', 'multipart/form-data; boundary=X', FIELD],
];

async function bodiesTable(folder, { body }) {
  const rows = [];
  await withApp(path.join(folder, 'data'), async ({ url, pid }) => {
    await pause(1500);
    for (const [route, type, beginning] of BODIES) {
      for (const chunked of [false, true]) {
        const memory = () => processesOf(pid).find((process) => process.pid === pid)?.peakMegabytes ?? 0;
        const before = memory();
        const began = performance.now();
        const { status, sent } = await sendBody(`${url}/api/v1${route}`, type, beginning, Number(body), chunked);
        const took = performance.now() - began;
        const what = `${route}, ${type.replace(/;.*/, '')}${chunked ? ', without a length' : ''}`;
        rows.push([what, String(status), `${sent} MB`, seconds(took), megabytes(memory() - before)]);
      }
    }
  });
  const header = ['body', 'answer', 'taken', 'time', 'peak of the server, more than before'];
  printTable(`Bodies of ${body} MB`, 'npm run bench -- hostile --only bodies', header, rows);
}

/** Sends until an answer comes. */
function sendBody(url, type, beginning, count, chunked) {
  const megabyte = Buffer.alloc(1024 * 1024, 'a');
  const length = beginning.length + count * megabyte.length;
  const headers = { 'content-type': type, ...(chunked ? {} : { 'content-length': length }) };
  return new Promise((resolve) => {
    let sent = 0;
    const request = http.request(url, { method: 'POST', headers });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, sent });
      request.destroy();
    });
    request.on('error', (error) => resolve({ status: error.message, sent }));
    request.write(beginning);
    const more = () => {
      while (sent < count && !request.destroyed) {
        sent++;
        if (!request.write(megabyte)) return void request.once('drain', more);
      }
      request.end();
    };
    more();
  });
}

const makeSound = (file, source, codec) =>
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, file]);

const le = (value) => Buffer.from(Uint32Array.of(value).buffer);
const be = (value) => Buffer.from(Uint32Array.of(value).buffer).reverse();
const be64 = (value) => Buffer.concat([be(0), be(value)]);
const text = (value) => Buffer.from(value, 'latin1');
const safe = (value) => Buffer.from([21, 14, 7, 0].map((shift) => (value >> shift) & 127));
const chunk = (id, body, size = le) =>
  Buffer.concat([text(id), size(body.length), body, Buffer.alloc(body.length % 2)]);

/** Files of a few kilobytes (and some of a few megabytes), each of which claims or unpacks to much more. */
function makeFiles(folder) {
  const plain = path.join(folder, 'plain');
  makeSound(`${plain}.mp3`, 'sine=d=3', ['-id3v2_version', '0', '-write_xing', '0']);
  makeSound(`${plain}.flac`, 'sine=d=3', []);
  makeSound(`${plain}.m4a`, 'sine=d=3', ['-c:a', 'aac']);
  makeSound(`${plain}.wav`, 'sine=d=3', ['-fflags', '+bitexact']);
  const [mp3, flac, m4a, wav] = ['mp3', 'flac', 'm4a', 'wav'].map((ending) => fs.readFileSync(`${plain}.${ending}`));
  const fmt = (rate) => Buffer.concat([le(0x00010001), le(rate), le(rate), Buffer.from([1, 0, 8, 0])]);
  const slow = Buffer.from(Uint8Array.from({ length: 43_000 }, (_, i) => (i * 37) % 256));
  const packed = deflateSync(Buffer.alloc(300 * 2 ** 20, 65), { level: 9 });
  const id3 = (frames) => Buffer.concat([text('ID3\x04\x00\x00'), safe(frames.length), frames]);
  const frame = (id, flags, body) => Buffer.concat([text(id), safe(body.length), Buffer.from([0, flags]), body]);
  const wavOf = (...chunks) => chunk('RIFF', Buffer.concat([text('WAVE'), ...chunks]));
  const wavChunks = wav.subarray(12);
  const clipped = (list) => list.map(([name, bytes, more]) => ({ name, bytes, ...more }));
  const files = clipped([
    [
      'WAV, a tag of 2 GB claimed.wav',
      Buffer.concat([
        text('RIFF'),
        le(0x7fffffff),
        text('WAVELIST'),
        le(0x7fffffff),
        text('INFOINAM'),
        le(0x7ffffff0),
        text('A'.repeat(980)),
      ]),
    ],
    ['WAV, 1 Hz.wav', wavOf(chunk('fmt ', fmt(1)), chunk('data', slow))],
    ['WAV, 1 Hz, as a clip.wav', wavOf(chunk('fmt ', fmt(1)), chunk('data', slow)), { clip: true }],
    [
      'WAV, 100,000 empty chunks.wav',
      wavOf(...Array.from({ length: 100_000 }, () => chunk('junk', Buffer.alloc(0))), wavChunks),
    ],
    [
      'WAV, 20,000 tags.wav',
      wavOf(
        chunk(
          'LIST',
          Buffer.concat([
            text('INFO'),
            ...Array.from({ length: 20_000 }, (_, i) => chunk(`I${String(i % 1000).padStart(3, '0')}`, text('tag!'))),
          ]),
        ),
        wavChunks,
      ),
    ],
    [
      'AIFF, 1 Hz.aiff',
      chunk(
        'FORM',
        Buffer.concat([
          text('AIFF'),
          chunk(
            'COMM',
            Buffer.concat([
              Buffer.from([0, 1]),
              be(43_000),
              Buffer.from([0, 8, 0x3f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            ]),
            be,
          ),
          chunk('SSND', Buffer.concat([be(0), be(0), slow]), be),
        ]),
        be,
      ),
    ],
    ['AU, 1 Hz.au', Buffer.concat([text('.snd'), be(24), be(slow.length), be(2), be(1), be(1), slow])],
    [
      'CAF, 1 Hz.caf',
      Buffer.concat([
        text('caff'),
        Buffer.from([0, 1, 0, 0]),
        text('desc'),
        be64(32),
        Buffer.from('3ff0000000000000', 'hex'),
        text('lpcm'),
        ...[0, 1, 1, 1, 8].map(be),
        text('data'),
        be64(slow.length + 4),
        be(0),
        slow,
      ]),
    ],
    [
      'MP3, a title of 300 MB packed.mp3',
      Buffer.concat([id3(frame('TIT2', 9, Buffer.concat([safe(0x0fffffff), packed]))), mp3]),
    ],
    [
      'MP3, 40 titles of 60 MB packed.mp3',
      Buffer.concat([
        id3(
          Buffer.concat(
            Array.from({ length: 40 }, () => {
              const small = deflateSync(Buffer.alloc(60 * 2 ** 20, 65), { level: 9 });
              return frame('TXXX', 9, Buffer.concat([safe(60 * 2 ** 20), small]));
            }),
          ),
        ),
        mp3,
      ]),
    ],
    [
      'MP3, a cover of 60 MB.mp3',
      Buffer.concat([
        id3(
          frame(
            'APIC',
            0,
            Buffer.concat([
              text('\0image/png\0\x03\0'),
              Buffer.from('89504e470d0a1a0a', 'hex'),
              Buffer.alloc(60 * 2 ** 20, 7),
            ]),
          ),
        ),
        mp3,
      ]),
    ],
    [
      'FLAC, 100 comments blocks of 16 MB claimed.flac',
      Buffer.concat([
        flac.subarray(0, 4),
        Buffer.from([flac[4] & 127]),
        flac.subarray(5, 42),
        Buffer.from([4, 0xff, 0xff, 0xf0]),
        le(0xfffffff0),
        text('x'.repeat(2000)),
        flac.subarray(42),
      ]),
    ],
    [
      'FLAC, a cover of 15 MB of zeros.flac',
      Buffer.concat([
        flac.subarray(0, 4),
        Buffer.from([flac[4] & 127]),
        flac.subarray(5, 42),
        Buffer.from([6, 0xe4, 0xe1, 0xc0 + 0]),
        Buffer.concat([
          be(3),
          be(9),
          text('image/png'),
          be(0),
          be(30_000),
          be(30_000),
          be(24),
          be(0),
          be(15_000_000 - 41 + 0),
        ]),
        Buffer.alloc(15_000_000 - 41),
        flac.subarray(42),
      ]),
    ],
    ['M4A, tables of 500 million entries claimed.m4a', claimEntries(m4a, ['stts', 'stsz', 'stco', 'stsc'])],
    ['M4A, a tag of 2 GB claimed.m4a', Buffer.concat([m4a, be(0x7fffffff), text('free'), text('x'.repeat(500))])],
    [
      'M4A, atoms 3,000 deep.m4a',
      Buffer.concat([m4a.subarray(0, m4a.readUInt32BE(0)), nested(3000), m4a.subarray(m4a.readUInt32BE(0))]),
    ],
  ]);
  return files.map(({ name, bytes, ...more }) => {
    const file = path.join(folder, name.replace(/[^\w.]+/g, '-'));
    fs.writeFileSync(file, bytes);
    return { name: name.replace(/\.\w+$/, ''), path: file, ...more };
  });
}

/** Counts of entries in tables of an MP4, set to what four bytes can hold. */
function claimEntries(file, tables) {
  const bytes = Buffer.from(file);
  for (const table of tables) {
    const at = bytes.indexOf(table, 0, 'latin1');
    if (at > 0) bytes.writeUInt32BE(500_000_000, at + (table === 'stsz' ? 12 : 8));
  }
  return bytes;
}

/** `moov` in `moov` in `moov`. */
function nested(depth) {
  const heads = Array.from({ length: depth }, (_, level) => Buffer.concat([be(8 * (depth - level)), text('moov')]));
  return Buffer.concat(heads);
}
