import { beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import { DomainError, type FieldError } from '../../src/domain/errors.js';
import type { UploadOutcome } from '../../src/domain/ingest/ingest.types.js';
import { FakeWorld, NOW } from '../support/fakes.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const json = (body: unknown, method = 'POST'): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const form = (...files: [content: string, name: string][]): RequestInit => {
  const body = new FormData();
  for (const [content, name] of files) body.append('files', new Blob([content]), name);
  return { method: 'POST', body };
};
const app = (...given: Parameters<FakeWorld['deps']>) => createApp(world.deps(...given));
/** Members of the answers that the tests look into; each answer has some of them. */
interface Answer {
  uploads: UploadOutcome[];
  jobs: { soundId: string; jobId: string }[];
  items: unknown[];
  parts: unknown[];
  parsed: { parts: { kind: string; text: string; without: string }[]; filters: unknown; hints: unknown[] };
  errors: FieldError[];
  min: number[];
  max: number[];
  detail: string;
  code: string;
}
const read = async (response: Response): Promise<Answer> => (await response.json()) as Answer;
const containing = (text: string): unknown => expect.stringContaining(text);

describe('upload', () => {
  it('accepts several files in order, keeps their bytes and queues a job for each', async () => {
    const response = await app().request('/api/v1/audio/upload', form(['one', 'a.wav'], ['two', 'Füße 足.mp3']));
    expect(response.status).toBe(202);
    const { uploads } = await read(response);
    expect(uploads.map(({ filename, status }) => [filename, status])).toEqual([
      ['a.wav', 'queued'],
      ['Füße 足.mp3', 'queued'],
    ]);
    expect(world.queued).toEqual(uploads.map(({ jobId }) => jobId));
    expect([...world.sounds.values()].every(({ sha256 }) => world.bytes.has(sha256))).toBe(true);
  });

  it('takes folder paths down to the file name and removes control characters', async () => {
    const { uploads } = await read(
      await app().request('/api/v1/audio/upload', form(['one', '../..\\up/kick\u0085\u202e.wav'])),
    );
    expect(uploads[0]?.filename).toBe('kick.wav');
  });

  it('decodes what browsers escape in names of files, and nothing else', async () => {
    const name = async (header: string): Promise<string | undefined> => {
      const body = `--b\r\nContent-Disposition: form-data; name="files"; filename="${header}"\r\n\r\n${header}\r\n--b--\r\n`;
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      const { uploads } = await read(await app().request('/api/v1/audio/upload', { method: 'POST', body, headers }));
      return uploads[0]?.filename;
    };
    expect(await name('7%22 kick.wav')).toBe('7" kick.wav');
    expect(await name('two%0D%0Alines.wav')).toBe('two lines.wav');
    expect(await name('100%25 %41 50% wet.wav')).toBe('100%25 %41 50% wet.wav');
  });

  it('answers known bytes with the sound that is there', async () => {
    const known = world.add('one');
    const { uploads } = await read(await app().request('/api/v1/audio/upload', form(['one', 'again.wav'])));
    expect(uploads).toEqual([{ filename: 'again.wav', status: 'duplicate', soundId: known.id }]);
    expect(world.queued).toEqual([]);
  });

  it('gives a sound that failed before another try', async () => {
    const failed = world.add('one', { status: 'failed' });
    const { uploads } = await read(await app().request('/api/v1/audio/upload', form(['one', 'again.wav'])));
    expect(uploads[0]).toMatchObject({ status: 'queued', soundId: failed.id });
    expect(world.queued).toEqual([uploads[0]?.jobId]);
  });

  it('rejects what is not audio, with the reason, and takes the rest', async () => {
    const response = await app().request(
      '/api/v1/audio/upload',
      form(['txt', 'notes.mp3'], ['one', 'a.wav'], ['', 'empty.wav']),
    );
    expect(response.status).toBe(202);
    const { uploads } = await read(response);
    expect(uploads[0]).toEqual({
      filename: 'notes.mp3',
      status: 'rejected',
      error: 'This is text, not audio.',
      code: 'unsupported_media',
    });
    expect(uploads[1]?.status).toBe('queued');
    expect(uploads[2]).toMatchObject({ status: 'rejected', code: 'unreadable_media' });
    expect(world.discarded).toHaveLength(2);
  });

  it('answers 422 with the outcomes when every file is rejected', async () => {
    const response = await app().request('/api/v1/audio/upload', form(['txt', 'notes.mp3']));
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = await read(response);
    expect(problem).toMatchObject({ code: 'unsupported_media', status: 422, uploads: [{ filename: 'notes.mp3' }] });
    expect(problem.detail).toContain('notes.mp3');
  });

  it('rejects files over the limit without losing those after them', async () => {
    const big = 'x'.repeat(300_000);
    const response = await app({ maxUploadBytes: 1000 }).request(
      '/api/v1/audio/upload',
      form([big, 'big.wav'], ['one', 'a.wav']),
    );
    const { uploads } = await read(response);
    expect(uploads.map(({ status, code }) => [status, code])).toEqual([
      ['rejected', 'too_large'],
      ['queued', undefined],
    ]);
  });

  it('accepts uploads while the queue is down', async () => {
    world.queueIsDown = true;
    const { uploads } = await read(await app().request('/api/v1/audio/upload', form(['one', 'a.wav'])));
    expect(uploads[0]?.status).toBe('queued');
    expect(world.jobs.get(uploads[0]?.jobId ?? '')?.state).toBe('queued');
  });

  it('answers 507 when the disk is full', async () => {
    world.diskIsFull = true;
    const response = await app().request('/api/v1/audio/upload', form(['one', 'a.wav']));
    expect([response.status, (await read(response)).code]).toEqual([507, 'storage_full']);
  });

  it('hides what went wrong inside, and logs it', async () => {
    const response = await app().request('/api/v1/audio/upload', form(['bug', 'a.wav']));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(
      world.logged.some(({ level, fields }) => level === 'error' && String(fields['err']).includes('/secret')),
    ).toBe(true);
  });

  it('answers in words to requests without files, without multipart, and cut short', async () => {
    const empty = await app().request('/api/v1/audio/upload', { method: 'POST', body: new FormData() });
    expect([empty.status, (await read(empty)).detail]).toEqual([422, containing('"files"')]);
    const other = new FormData();
    other.append('wrong', new Blob(['one']), 'a.wav');
    expect((await app().request('/api/v1/audio/upload', { method: 'POST', body: other })).status).toBe(422);
    expect((await app().request('/api/v1/audio/upload', json({}))).status).toBe(415);
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const body = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\nhalf of';
    const cut = await app().request('/api/v1/audio/upload', { method: 'POST', headers, body });
    expect([cut.status, (await read(cut)).code]).toEqual([400, 'malformed_request']);
    const odd = '--b\r\nContent-Disposition: form-data; name="files"; filename="a\0.wav"\r\n\r\nx\r\n--b--\r\n';
    const refused = await app().request('/api/v1/audio/upload', { method: 'POST', headers, body: odd });
    expect([refused.status, (await read(refused)).detail]).toEqual([400, containing('NUL')]);
    expect(world.sounds.size).toBe(0);
  });
});

describe('jobs', () => {
  it('tells the state of a job', async () => {
    const sound = world.add('one');
    const job = world.newJob(sound.id, 1);
    const response = await app().request(`/api/v1/audio/status/${job.id}`);
    expect(await read(response)).toMatchObject({
      jobId: job.id,
      soundId: sound.id,
      state: 'queued',
      progress: 0,
      error: null,
    });
    expect((await app().request('/api/v1/audio/status/nonsense')).status).toBe(404);
  });

  it('processes anew on request, without doubling what runs', async () => {
    const sound = world.add('one');
    const running = world.newJob(sound.id, 1);
    const same = await read(await app().request('/api/v1/audio/process', json({ soundIds: [sound.id] })));
    expect(same.jobs).toEqual([{ soundId: sound.id, jobId: running.id }]);
    const forced = await read(
      await app().request('/api/v1/audio/process', json({ soundIds: [sound.id], force: true })),
    );
    expect(forced.jobs[0]?.jobId).not.toBe(running.id);
    expect((await app().request('/api/v1/audio/process', json({ soundIds: [UNKNOWN] }))).status).toBe(404);
    expect((await app().request('/api/v1/audio/process', json({}))).status).toBe(422);
  });

  it('cancels a first run together with its sound, and refuses when it is over', async () => {
    const sound = world.add('one', { status: 'processing' });
    const job = world.newJob(sound.id, 1);
    expect((await app().request(`/api/v1/audio/status/${job.id}`, { method: 'DELETE' })).status).toBe(204);
    expect([world.sounds.size, world.bytes.size]).toEqual([0, 0]);
    const ready = world.add('two');
    const done = world.newJob(ready.id, 1);
    world.advance(done.id, { state: 'completed' });
    expect((await app().request(`/api/v1/audio/status/${done.id}`, { method: 'DELETE' })).status).toBe(409);
    expect(world.sounds.size).toBe(1);
  });
});

describe('library', () => {
  it('lists, reads, changes and deletes', async () => {
    const sound = world.add('one', { soundKey: 77 });
    const list = await read(await app().request('/api/v1/audio/files?limit=10&tag=a&tag=b&minDurationS='));
    expect(list).toMatchObject({ total: 1, nextCursor: null, items: [{ id: sound.id }] });
    expect(JSON.stringify(list)).not.toContain('soundKey');

    const changed = await read(
      await app().request(
        `/api/v1/audio/files/${sound.id}`,
        json({ title: 'Rain', key: 'fis-moll', tags: ['wet', 'wet'] }, 'PATCH'),
      ),
    );
    expect(changed).toMatchObject({ title: 'Rain', key: 'F#m', tags: [{ name: 'wet', source: 'user' }] });

    expect((await app().request(`/api/v1/audio/files/${sound.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await app().request(`/api/v1/audio/files/${sound.id}`)).status).toBe(404);
    expect([world.bytes.size, world.binned.size]).toEqual([1, 1]);

    const bin = await read(await app().request('/api/v1/bin'));
    expect(bin).toMatchObject({ total: 1, bytes: 4, days: 30, items: [{ id: sound.id, deletedAt: NOW }] });
    expect((bin as { items: { goesAt: string }[] }).items[0]!.goesAt.slice(0, 10)).toBe('2026-12-20');
    const restore = (body: unknown) => app().request('/api/v1/bin/restore', json(body));
    expect((await restore({})).status).toBe(422);
    expect(await read(await restore({ soundIds: [sound.id, 'x'] }))).toMatchObject({
      restored: [sound.id],
      notFound: ['x'],
    });
    expect((await app().request(`/api/v1/audio/files/${sound.id}`)).status).toBe(200);
    expect((await app().request(`/api/v1/bin/${sound.id}`, { method: 'DELETE' })).status).toBe(404);

    await app().request(`/api/v1/audio/files/${sound.id}`, { method: 'DELETE' });
    expect((await app().request(`/api/v1/bin/${sound.id}`, { method: 'DELETE' })).status).toBe(204);
    expect([world.bytes.size, world.binned.size]).toEqual([0, 0]);
    expect(await read(await app().request('/api/v1/bin', { method: 'DELETE' }))).toEqual({
      deleted: 0,
      freedBytes: 0,
      kept: 0,
      collections: 0,
    });
  });

  it('writes over no change that the one who asks did not know of, where they say what they know', async () => {
    const { id } = world.add('one', { title: 'Rain' });
    const served = app();
    const at = `/api/v1/audio/files/${id}`;
    const patch = (body: unknown, headers: Record<string, string> = {}) =>
      served.request(at, { ...json(body, 'PATCH'), headers: { 'content-type': 'application/json', ...headers } });
    const etag = (await served.request(at)).headers.get('etag')!;
    const first = await patch({ title: 'Rain, tin roof' }, { 'if-match': `"other", ${etag}` });
    expect([first.status, first.headers.get('etag')]).not.toContain(etag);
    const late = await patch({ title: 'Hail' }, { 'if-match': etag });
    expect([late.status, await read(late)]).toMatchObject([412, { code: 'changed_meanwhile' }]);
    expect((await patch({ title: 'Hail' }, { 'if-match': `W/${first.headers.get('etag')}` })).status).toBe(412);

    const crossed = await patch({ title: 'Hail', artist: 'Ann', was: { title: 'Rain', artist: null } });
    expect(crossed.status).toBe(412);
    expect((await read(crossed)).errors).toEqual([{ path: 'title', message: 'was changed meanwhile' }]);
    expect(world.sounds.get(id)).toMatchObject({ title: 'Rain, tin roof', artist: null });

    expect((await patch({ artist: 'Ann', was: { artist: null } })).status).toBe(200);
    expect((await patch({ title: 'Hail' }, { 'if-match': '*' })).status).toBe(200);
    expect((await patch({ was: { title: 'Hail' } })).status).toBe(422);
    expect(world.sounds.get(id)).toMatchObject({ title: 'Hail', artist: 'Ann' });
  });

  it('cleans texts that are typed as it does those of files', async () => {
    const { id } = world.add('one');
    const patch = { title: ' Rain\u202e\u0000\n on  roof ', tags: ['we\u200bt'] };
    const changed = await read(await app().request(`/api/v1/audio/files/${id}`, json(patch, 'PATCH')));
    expect(changed).toMatchObject({ title: 'Rain on roof', tags: [{ name: 'wet' }] });
    const empty = await app().request(`/api/v1/audio/files/${id}`, json({ title: '\u202e' }, 'PATCH'));
    expect(empty.status).toBe(422);
  });

  it('refuses a misspelled parameter of a list, and names the one that is meant', async () => {
    const asked = async (path: string) => {
      const answer = await app().request(path);
      return { status: answer.status, detail: ((await answer.json()) as { detail?: string }).detail };
    };
    expect(await asked('/api/v1/audio/files?limt=5')).toEqual({
      status: 422,
      detail: 'limt is not a known parameter. Did you mean limit?',
    });
    expect(await asked('/api/v1/search?q=rain&minDurationSS=3&nothing=x')).toMatchObject({ status: 422 });
    expect((await asked('/api/v1/audio/files?utm_source=letter&_=17&limit=&sort=title')).status).toBe(200);
    expect((await asked('/api/v1/health?at=now')).status).toBe(200);
  });

  it('looks for nothing that nobody can see', async () => {
    world.add('one');
    for (const at of ['audio/files', 'collections', 'artists', 'tags']) {
      const all = await read(await app().request(`/api/v1/${at}`));
      expect(await read(await app().request(`/api/v1/${at}?q=%00`))).toEqual(all);
    }
    expect((await app().request('/api/v1/search/parse?q=ra%00in')).status).toBe(200);
    expect(await read(await app().request('/api/v1/search?q=ra%00in'))).toMatchObject({ query: 'rain' });
  });

  it('deletes several and names those that were not there', async () => {
    const [one, two] = [world.add('one'), world.add('two')];
    const answer = await read(
      await app().request('/api/v1/audio/files/delete', json({ ids: [one.id, UNKNOWN, two.id] })),
    );
    expect(answer).toEqual({ deleted: [one.id, two.id], notFound: [UNKNOWN] });
  });

  it('names every wrong field in plain words', async () => {
    const response = await app().request(
      '/api/v1/audio/files?limit=0&minBpm=abc&sort=colour&key=Q&addedAfter=soon&recordedAfter=2019-02-31',
    );
    expect(response.status).toBe(422);
    const problem = await read(response);
    expect(Object.fromEntries(problem.errors.map(({ path, message }) => [path, message]))).toEqual({
      limit: 'must be at least 1',
      minBpm: 'must be a number',
      sort: 'must be one of added, title, artist, duration, size, bpm, key, loudness, brightness, track, recorded',
      key: 'must be a musical key such as C, F#, Bb or Am',
      addedAfter: 'must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
      recordedAfter: 'must be a year, month or day such as 2019, 2019-03 or 2019-03-14',
    });
    const crossed = await read(await app().request('/api/v1/audio/files?minBpm=120&maxBpm=90'));
    expect(crossed.errors).toEqual([{ path: 'maxBpm', message: 'must not be less than minBpm' }]);
    const sound = world.add('one');
    const typo = await read(await app().request(`/api/v1/audio/files/${sound.id}`, json({ titel: 'x' }, 'PATCH')));
    expect(typo.errors).toContainEqual({ path: 'titel', message: 'is not a known field' });
    const still = await read(await app().request(`/api/v1/audio/files/${sound.id}`, json({ bpm: 0 }, 'PATCH')));
    expect(still.errors).toEqual([{ path: 'bpm', message: 'must be more than 0' }]);
  });

  it('explains an id that cannot be one', async () => {
    const response = await app().request('/api/v1/audio/files/42/stream');
    expect([response.status, (await read(response)).detail]).toEqual([404, containing('Ids look like')]);
  });

  it('gives the waveform in -1..1, merged to the points asked for', async () => {
    const sound = world.add('one');
    world.peaks.set(sound.id, {
      bucketS: 0.5,
      minMax: Int8Array.from(Array.from({ length: 64 }, (_, i) => (i % 2 ? 127 : -127 + i))),
    });
    const waveform = await read(await app().request(`/api/v1/audio/files/${sound.id}/waveform?points=16`));
    expect(waveform).toMatchObject({ durationS: 2, points: 16 });
    expect(waveform.min).toHaveLength(16);
    expect([waveform.min[0], waveform.max[0]]).toEqual([-1, 1]);
    world.peaks.delete(sound.id);
    expect((await app().request(`/api/v1/audio/files/${sound.id}/waveform`)).status).toBe(409);
  });
});

describe('tiles of a spectrogram', () => {
  const asked: unknown[] = [];
  const get = (path: string, headers: Record<string, string> = {}) => {
    const spectrograms = {
      picture: () => Promise.reject(new Error('not asked for')),
      tile: (_actor: unknown, id: string, place: unknown) => {
        asked.push([id, place]);
        return Promise.resolve({ png: Buffer.from('png'), sha256: 'abc' });
      },
    };
    return createApp({ ...world.deps(), spectrograms }).request(`/api/v1/audio/files/${path}`, { headers });
  };

  it('are pictures that a browser keeps', async () => {
    const response = await get(`${UNKNOWN}/spectrogram/2/28`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(asked.at(-1)).toEqual([UNKNOWN, { level: 2, index: 28 }]);
    const etag = response.headers.get('etag')!;
    expect((await get(`${UNKNOWN}/spectrogram/2/28`, { 'if-none-match': etag })).status).toBe(304);
    expect((await get(`${UNKNOWN}/spectrogram/2/27`, { 'if-none-match': etag })).status).toBe(200);
  });

  it('are asked for by a level that exists and a whole number', async () => {
    for (const place of ['3/0', '-1/0', '0/-1', '0/1.5', '0/x', '0/99999999999', 'a/0'])
      expect((await get(`${UNKNOWN}/spectrogram/${place}`)).status).toBe(422);
  });
});

describe('playing', () => {
  const get = async (headers: Record<string, string>, method = 'GET', path = 'stream') => {
    const sound = world.sounds.values().next().value ?? world.add('0123456789', { filename: 'Füße "1".wav' });
    return app().request(`/api/v1/audio/files/${sound.id}/${path}`, { headers, method });
  };

  it('sends the whole file with what a player needs', async () => {
    const response = await get({});
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('0123456789');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'audio/wav',
      'content-length': '10',
      'content-disposition': expect.stringMatching(/^inline/) as unknown,
    });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=0-999', '0123456789', 'bytes 0-9/10'],
  ])('sends the range %s', async (range, text, contentRange) => {
    const response = await get({ range });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      206,
      text,
      contentRange,
    ]);
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  it('refuses a range outside the file and ignores a malformed one', async () => {
    const outside = await get({ range: 'bytes=10-' });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect((await get({ range: 'bytes=5-2' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1,4-5' })).status).toBe(200);
  });

  it('honours conditions on the ETag', async () => {
    const etag = (await get({})).headers.get('etag') ?? '';
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
    expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
  });

  it('answers HEAD with the headers alone', async () => {
    const response = await get({}, 'HEAD');
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '10', '']);
  });

  it('decodes to WAV for players that do not know the format', async () => {
    const sound = world.add('aiff', { durationS: 2, filename: 'a.aiff' });
    const url = `/api/v1/audio/files/${sound.id}/stream?as=wav`;
    const whole = await app().request(url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect([whole.status, whole.headers.get('content-type'), bytes.length]).toEqual([
      200,
      'audio/wav',
      44 + 4 * 88_200,
    ]);
    expect(whole.headers.get('content-length')).toBe(String(bytes.length));
    expect([bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34), bytes.readUInt32LE(40)]).toEqual([
      2, 44_100, 16, 352_800,
    ]);
    // Full scale, then clipped samples, then silence up to the promised length.
    const samples = [44, 46, 44 + 176_400, bytes.length - 2].map((at) => bytes.readInt16LE(at));
    expect(samples).toEqual([32_767, 16_384, -32_768, 0]);
    const middle = await app().request(url, { headers: { range: 'bytes=88240-88247' } });
    expect([middle.status, Buffer.from(await middle.arrayBuffer())]).toEqual([206, bytes.subarray(88_240, 88_248)]);
    const drawn = await app().request(url.replace('wav', 'mono'));
    expect((await drawn.arrayBuffer()).byteLength).toBe(44 + 2 * 88_200);
    expect(new Set([sound.sha256, whole.headers.get('etag'), drawn.headers.get('etag')]).size).toBe(3);
    expect((await app().request(url.replace('wav', 'mp3'))).status).toBe(422);
  });

  it('gives a part as WAV, cut to the sample', async () => {
    const sound = world.add('aiff', { durationS: 2, filename: 'a.aiff' });
    const url = `/api/v1/audio/files/${sound.id}/region`;
    const part = await app().request(`${url}?startS=0.5&endS=1.25`);
    const bytes = Buffer.from(await part.arrayBuffer());
    expect([part.status, bytes.length, bytes.readUInt32LE(40)]).toEqual([200, 44 + 4 * 33_075, 132_300]);
    expect(part.headers.get('content-disposition')).toContain('"a 0.5-1.25 s.wav"');
    // What lies behind the end is left out; each part has an ETag of its own.
    const last = await app().request(`${url}?startS=1.5&endS=9`);
    expect((await last.arrayBuffer()).byteLength).toBe(44 + 4 * 22_050);
    expect(last.headers.get('etag')).not.toBe(part.headers.get('etag'));
    const wrong = ['startS=2&endS=3', 'startS=1&endS=1', 'startS=1', 'startS=-1&endS=1'];
    expect(await Promise.all(wrong.map(async (query) => (await app().request(`${url}?${query}`)).status))).toEqual([
      422, 422, 422, 422,
    ]);
  });

  it('names the download in every language', async () => {
    const disposition = (await get({}, 'GET', 'download')).headers.get('content-disposition');
    expect(disposition).toBe(`attachment; filename="F__e _1_.wav"; filename*=UTF-8''F%C3%BC%C3%9Fe%20%221%22.wav`);
  });
});

describe('search', () => {
  it('searches by words with filters', async () => {
    world.add('one');
    const answer = await read(
      await app().request('/api/v1/search?q=%20rain%20&limit=5&tag=wet&maxDurationS=60&addedBefore=2026-01-31&key=am'),
    );
    expect(answer).toMatchObject({
      query: 'rain',
      verdict: 'good',
      results: [{ relevance: 0.9, matches: [{ startS: 0 }] }],
    });
    expect(world.searched[0]).toMatchObject({
      text: [{ text: 'rain', weight: 1 }],
      limit: 5,
      offset: 0,
      mode: 'hybrid',
      filters: { tags: ['wet'], maxDurationS: 60, key: 'Am', addedBefore: '2026-01-31T23:59:59.999Z' },
    });
    expect(JSON.stringify(answer)).not.toContain('soundKey');
  });

  it('takes days to be those of the time zone it is told', async () => {
    const berlin = { addedAfter: '2026-01-30T23:00:00.000Z', addedBefore: '2026-01-31T22:59:59.999Z' };
    await app().request('/api/v1/search?q=rain%20added:2026-01-31&tz=Europe/Berlin');
    await app().request('/api/v1/search/advanced', json({ q: 'rain added:2026-01-31', tz: 'Europe/Berlin' }));
    await app().request('/api/v1/search?q=rain&addedAfter=2026-01-31&addedBefore=2026-01-31&tz=Europe/Berlin');
    await app().request('/api/v1/search?q=rain%20-added:2026-01-31&tz=Europe/Berlin');
    expect(world.searched.map(({ filters }) => filters)).toMatchObject([berlin, berlin, berlin, { not: [berlin] }]);
    const unknown = await app().request('/api/v1/search?q=rain&tz=Mars/Olympus');
    expect(unknown.status).toBe(422);
  });

  it('reads what was typed, says how, and lets parameters win', async () => {
    const q = 'rain -thunder^2 "tin roof" tag:wet bpm:90-100 tga:x';
    const url = `/api/v1/search?${new URLSearchParams({ q, minBpm: '80', tag: 'loud' }).toString()}`;
    const answer = await read(await app().request(url));
    expect(world.searched[0]).toMatchObject({
      typed: q,
      text: [
        { text: 'rain tga:x', weight: 1 },
        { text: 'thunder', weight: -2 },
      ],
      filters: { minBpm: 80, tags: ['wet', 'loud'], phrases: ['tin roof'] },
    });
    expect(world.searched[0]!.filters.maxBpm).toBeUndefined();
    expect(answer.parsed).toMatchObject({
      canonical: 'rain tga:x -thunder^2 "tin roof" tag:wet bpm:90-100',
      names: ['tin roof'],
      filters: { tags: ['wet'], minBpm: 90, maxBpm: 100 },
      hints: [{ code: 'unknown_field', suggestion: 'tag:x' }],
    });
    expect(answer.parsed.parts.map((part) => part.without)).toContain('rain tga:x -thunder^2 "tin roof" bpm:90-100');
  });

  it('never answers a slip of the syntax with an error', async () => {
    for (const q of ['"', '-', 'bpm:fast', 'tag:', '""', 'key:H len:x', '^2', '+', 'added:2026-99']) {
      const url = `/api/v1/search?${new URLSearchParams({ q }).toString()}`;
      expect([q, (await app().request(url)).status]).toEqual([q, 200]);
    }
  });

  it('takes typed text together with texts and examples', async () => {
    const body = { q: 'dog -bark len:<5s', text: [{ text: 'rain' }], filters: { maxDurationS: 9 } };
    const answer = await read(await app().request('/api/v1/search/advanced', json(body)));
    expect(world.searched[0]).toMatchObject({
      text: [{ text: 'dog' }, { text: 'bark', weight: -1 }, { text: 'rain' }],
      filters: { maxDurationS: 9 },
    });
    expect(answer.parsed.filters).toEqual({ maxDurationS: 5 });
    expect((await app().request('/api/v1/search/advanced', json({ q: 'tag:dog' }))).status).toBe(200);
    const without = await read(await app().request('/api/v1/search/advanced', json({ text: [{ text: 'rain' }] })));
    expect(without).not.toHaveProperty('parsed');
  });

  it('keeps clips under ids that stand in the text', async () => {
    const body = new FormData();
    body.append('audio', new Blob(['12345']), 'hum.wav');
    body.append('audio', new Blob(['123']), 'two.wav');
    const response = await app().request('/api/v1/search/clips', { method: 'POST', body });
    expect(response.status).toBe(201);
    const { clips } = (await response.json()) as { clips: { clipId: string; name: string }[] };
    expect(clips.map(({ name }) => name)).toEqual(['hum.wav', 'two.wav']);
    const q = `rain clip:${clips[1]!.clipId}^0.5 -clip:gone`;
    const answer = await read(await app().request(`/api/v1/search?${new URLSearchParams({ q }).toString()}`));
    expect(world.searched[0]!.clips).toMatchObject([{ name: 'two.wav', weight: 0.5 }]);
    expect(answer.parsed.hints).toMatchObject([{ code: 'clip_gone' }]);
    expect(answer.parsed.parts.map(({ kind, text }) => [kind, text])).toEqual([
      ['term', 'rain'],
      ['clip', 'two.wav'],
      ['clip', ''],
    ]);
    expect((await app().request('/api/v1/search/clips', { method: 'POST', body: new FormData() })).status).toBe(422);
  });

  it('says what a text means without searching, and how its wishes are weighed', async () => {
    const url = `/api/v1/search/parse?${new URLSearchParams({ q: 'heavy rain -tag:loop' }).toString()}`;
    const parsed = (await (await app().request(url)).json()) as { parts: unknown[] };
    expect(parsed.parts).toMatchObject([
      {
        typed: 'heavy rain',
        weight: 1,
        reweighted: { plus: 'heavy rain', minus: '-"heavy rain"', one: 'heavy rain', minusOne: '-"heavy rain"' },
      },
      { typed: '-tag:loop', negated: true, filters: { not: [{ tags: ['loop'] }] } },
    ]);
    expect(world.searched).toEqual([]);
  });

  it('needs words', async () => {
    for (const query of ['', '?q=', '?q=%20', '?q=%00', '?q=%E2%80%8B'])
      expect((await app().request(`/api/v1/search${query}`)).status).toBe(422);
  });

  it('combines words, sounds and negative weights', async () => {
    const body = {
      text: [{ text: 'rain' }, { text: 'thunder', weight: -0.5 }],
      like: [{ soundId: UNKNOWN, startS: 1, endS: 2 }],
    };
    expect((await app().request('/api/v1/search/advanced', json(body))).status).toBe(200);
    expect(world.searched[0]).toMatchObject({
      text: [{ weight: 1 }, { weight: -0.5 }],
      like: [{ soundId: UNKNOWN, startS: 1, endS: 2, weight: 1 }],
      clips: [],
    });
    expect((await app().request('/api/v1/search/advanced', json({}))).status).toBe(422);
    const crossed = await read(
      await app().request('/api/v1/search/advanced', json({ like: [{ soundId: UNKNOWN, startS: 3, endS: 2 }] })),
    );
    expect(crossed.errors[0]?.path).toBe('like.0.endS');
  });

  it('searches by uploaded clips, whatever the order of the parts', async () => {
    const body = new FormData();
    body.append('audio', new Blob(['12345']), 'hum.wav');
    body.append('query', JSON.stringify({ audioWeights: [2], limit: 3 }));
    body.append('audio', new Blob(['123']), 'two.wav');
    expect((await app().request('/api/v1/search/advanced', { method: 'POST', body })).status).toBe(200);
    const [request] = world.searched;
    expect(request?.limit).toBe(3);
    expect(request?.clips.map(({ name, weight, vector }) => [name, weight, vector[0]])).toEqual([
      ['hum.wav', 2, 5],
      ['two.wav', 1, 3],
    ]);
  });

  it('says why a clip cannot be used', async () => {
    const body = new FormData();
    body.append('audio', new Blob(['txt']), 'notes.txt');
    const response = await app().request('/api/v1/search/advanced', { method: 'POST', body });
    expect([response.status, (await read(response)).code]).toEqual([422, 'unsupported_media']);
    const bad = new FormData();
    bad.append('query', '{oops');
    expect((await app().request('/api/v1/search/advanced', { method: 'POST', body: bad })).status).toBe(400);
  });

  it('completes, remembers and forgets', async () => {
    world.history = [
      { id: 7, query: 'rain', mode: 'hybrid', resultCount: 1, tookMs: 3, createdAt: '2026-11-20T12:00:00.000Z' },
    ];
    expect(await read(await app().request('/api/v1/search/suggestions?q=rai&limit=1'))).toEqual({
      items: [{ kind: 'tag', label: 'rain', text: 'rain', cursor: 4, whole: true }],
    });
    expect((await read(await app().request('/api/v1/search/history'))).items).toHaveLength(1);
    expect((await app().request('/api/v1/search/history/8', { method: 'DELETE' })).status).toBe(404);
    expect((await app().request('/api/v1/search/history/7', { method: 'DELETE' })).status).toBe(204);
    expect((await app().request('/api/v1/search/history', { method: 'DELETE' })).status).toBe(204);
  });
});

describe('system', () => {
  it('is alive, and ready only when every part is', async () => {
    expect((await app().request('/health')).status).toBe(200);
    expect((await app().request('/api/v1/health/ready')).status).toBe(200);
    const checks = [
      { name: 'database', check: () => Promise.resolve() },
      { name: 'queue', check: () => Promise.reject(new DomainError('queue_unavailable', 'Redis does not answer.')) },
      { name: 'index', check: () => Promise.reject(new Error('/secret/path')) },
    ];
    const response = await app({ checks }).request('/health/ready');
    expect(response.status).toBe(503);
    const { parts } = await read(response);
    expect(parts[1]).toMatchObject({ name: 'queue', ok: false, detail: 'Redis does not answer.' });
    expect(JSON.stringify(parts)).not.toContain('secret');
  });

  it('counts for people and for Prometheus', async () => {
    world.add('one');
    const server = app();
    await server.request('/api/v1/search?q=rain');
    await server.request('/api/v1/jobs', { method: 'PROPFIND' });
    await server.request('/api/v1/events', { method: 'DELETE' });
    const stats = await read(await server.request('/api/v1/analytics/stats'));
    expect(stats).toMatchObject({
      library: { sounds: 1, segments: 7 },
      model: { id: 'compact-clap' },
      machine: { diskFreeBytes: 1e10 },
    });
    const text = await (await server.request('/metrics')).text();
    expect(text).toContain(
      'traum_http_request_duration_seconds_count{method="GET",route="/api/v1/search",status="200"} 1',
    );
    // Whoever asks for what there is not does not make figures of each.
    expect(text).toContain('traum_http_request_duration_seconds_count{method="other",route="other",status="405"} 1');
    expect(text).toContain('traum_http_request_duration_seconds_count{method="DELETE",route="other",status="405"} 1');
    expect(text).toContain('traum_sounds{status="ready"} 1');
    expect(text).toContain('traum_search_duration_seconds_count{kind="text"} 1');
  });
});
