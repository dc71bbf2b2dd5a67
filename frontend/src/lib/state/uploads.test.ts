import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, UnreachableError } from '$lib/api/problem';
import type { sendFile } from '$lib/api/send-file';
import type { Job, UploadOutcome } from '$lib/api/types';
import { en } from '$lib/i18n/en';
import { UploadItem } from './upload-item.svelte';
import { UploadKeeper } from './upload-keeper';
import { Uploads } from './uploads.svelte';

interface Transfer {
  name: string;
  progress: (bytes: number) => void;
  answer: (outcome: UploadOutcome) => void;
  fail: (error: unknown) => void;
}

function setUp() {
  const transfers: Transfer[] = [];
  const jobs = new Map<string, (job: Job) => void>();
  const gone = new Map<string, () => void>();
  const cancelled: string[] = [];
  const tagged: unknown[] = [];
  const connection = { lost: false };
  const send: typeof sendFile = (_url, file, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
      transfers.push({ name: file.name, progress: onProgress, answer: resolve, fail: reject });
    });
  const uploads = new Uploads({
    api: {
      uploadUrl: () => '/upload',
      onOutcome: () => undefined,
      onRefused: () => Promise.resolve(false),
      changeTags: ({ ids, add }) =>
        Promise.resolve(void tagged.push([ids, add])).then(() => ({ changed: 1, failed: [], undo: [] })),
      cancelJob: (jobId) => Promise.resolve(void cancelled.push(jobId)),
      reprocess: (ids) => Promise.resolve(ids.map((soundId) => ({ soundId, jobId: `again-${soundId}` }))),
    },
    jobs: {
      watch: (id, listener, onGone = () => undefined) => {
        jobs.set(id, listener);
        gone.set(id, onGone);
        return () => jobs.delete(id);
      },
    },
    i18n: { t: en },
    connection,
    send,
  });
  const add = (...names: string[]): void =>
    uploads.add(names.map((name) => ({ file: new File(['12345678'], name), path: name })));
  const tell = (jobId: string, change: Partial<Job>): void => jobs.get(jobId)?.({ jobId, ...change } as Job);
  return { uploads, transfers, add, tell, jobs, gone, cancelled, tagged, connection };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const queued = (soundId: string): UploadOutcome => ({
  filename: '',
  status: 'queued',
  soundId,
  jobId: `job-${soundId}`,
});

describe('the upload queue', () => {
  it('sends three files at a time, in order', async () => {
    const { transfers, add } = setUp();
    add('a', 'b', 'c', 'd', 'e');
    expect(transfers.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    transfers[1]?.answer(queued('b'));
    await settled();
    expect(transfers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives a sound the tags that came with its file', async () => {
    const { uploads, transfers, tagged } = setUp();
    uploads.add([{ file: new File(['12345678'], 'a'), path: 'a', tags: ['demo'] }]);
    transfers[0]?.answer(queued('s1'));
    await settled();
    expect(tagged).toEqual([[['s1'], ['demo']]]);
  });

  it('follows a file from sending to ready', async () => {
    const { uploads, transfers, add, tell, jobs } = setUp();
    add('a');
    const [item] = uploads.items;
    transfers[0]?.progress(4);
    expect(uploads.tally.progress).toBeCloseTo(0.25);
    transfers[0]?.answer(queued('s1'));
    await settled();
    tell('job-s1', { state: 'active', stage: 'embedding', progress: 0.5 });
    expect(item).toMatchObject({ state: 'processing', stage: 'embedding', progress: 0.5 });
    tell('job-s1', { state: 'completed', stage: 'done', progress: 1 });
    expect(item).toMatchObject({ state: 'ready', soundId: 's1' });
    expect(uploads.tally.open).toBe(0);
    expect(jobs.size).toBe(0);
  });

  it('keeps the reason of a rejected file and goes on with the others', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd');
    transfers[0]?.answer({ filename: 'a', status: 'rejected', error: 'This is a text file, not a sound.' });
    transfers[1]?.fail(new ApiError(500, 'internal', 'The disk broke.', 'r-7'));
    transfers[2]?.fail(new ApiError(500, 'internal', 'A fault.', null));
    await settled();
    expect(uploads.items.map(({ state, error }) => [state, error])).toEqual([
      ['rejected', 'This is a text file, not a sound.'],
      ['failed', 'The disk broke.'],
      ['failed', 'A fault.'],
      ['uploading', null],
    ]);
    expect(uploads.items[1]?.requestId).toBe('r-7');
  });

  it('stops a cancelled transfer and sends it anew on retry', async () => {
    const { uploads, transfers, add } = setUp();
    add('a');
    const [item] = uploads.items;
    if (!item) throw new Error('no item');
    uploads.cancel(item);
    await settled();
    expect(item.state).toBe('cancelled');
    uploads.retry(item);
    expect(item.state).toBe('uploading');
    expect(transfers).toHaveLength(2);
  });

  it('processes a failed sound again instead of sending it again', async () => {
    const { uploads, transfers, add, tell } = setUp();
    add('a');
    const [item] = uploads.items;
    if (!item) throw new Error('no item');
    transfers[0]?.answer(queued('s1'));
    await settled();
    tell('job-s1', { state: 'failed', error: 'The file breaks off.' });
    expect(item).toMatchObject({ state: 'failed', error: 'The file breaks off.' });
    uploads.retry(item);
    await settled();
    tell('again-s1', { state: 'completed' });
    expect(item.state).toBe('ready');
    expect(transfers).toHaveLength(1);
  });

  it('stops transfers when paused, starts nothing new, and begins them anew', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd');
    transfers[0]?.answer(queued('a'));
    await settled();
    uploads.pauseAll();
    await settled();
    expect(uploads.items.map(({ state }) => state)).toEqual(['processing', 'waiting', 'waiting', 'waiting']);
    uploads.resumeAll();
    expect(transfers.slice(4).map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  });

  it('pauses one file and lets the next one go', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd');
    const [first] = uploads.items;
    if (first) uploads.pause(first);
    await settled();
    expect(transfers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(first?.state).toBe('paused');
    transfers[1]?.answer(queued('b'));
    await settled();
    if (first) uploads.resume(first);
    expect(transfers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'a']);
  });

  it('cancels the job of a file that is being processed', async () => {
    const { uploads, transfers, add, cancelled } = setUp();
    add('a');
    transfers[0]?.answer(queued('s1'));
    await settled();
    const [item] = uploads.items;
    if (item) uploads.cancel(item);
    expect(cancelled).toEqual(['job-s1']);
    expect(item?.state).toBe('cancelled');
  });

  it('says so when the sound of a job was deleted', async () => {
    const { uploads, transfers, add, gone } = setUp();
    add('a');
    transfers[0]?.answer(queued('s1'));
    await settled();
    gone.get('job-s1')?.();
    expect(uploads.items[0]).toMatchObject({ state: 'cancelled', error: en.upload.gone, soundId: null });
  });

  it('stops sending when the disk of the server is full', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd', 'e');
    transfers[0]?.fail(new ApiError(507, 'storage_full', 'The disk is full.', null));
    await settled();
    expect(uploads.paused).toBe(true);
    expect(uploads.items.map(({ state }) => state)).toEqual(['failed', 'waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('keeps its sums right with ten thousand files', async () => {
    const { uploads, transfers, add } = setUp();
    add(...Array.from({ length: 10_000 }, (_, i) => `${i}.wav`));
    const { tally } = uploads;
    expect([tally.items, tally.open, tally.totalBytes, tally.leftBytes]).toEqual([10_000, 10_000, 80_000, 80_000]);
    transfers[0]?.progress(4);
    expect([tally.sentBytes, tally.leftBytes]).toEqual([4, 79_996]);
    transfers[0]?.answer({ filename: '', status: 'rejected', error: 'no' });
    await settled();
    uploads.cancelAll();
    await settled();
    expect([tally.open, tally.ended, tally.problems, tally.leftBytes, tally.progress]).toEqual([0, 10_000, 1, 0, 1]);
    uploads.clearEnded();
    expect([tally.items, tally.totalBytes, uploads.items.length]).toEqual([0, 0, 0]);
  });
});

describe('a broken connection', () => {
  afterEach(() => void vi.useRealTimers());

  it('is tried again after longer and longer waits, and given up at last', async () => {
    vi.useFakeTimers();
    const { uploads, transfers, add } = setUp();
    add('a');
    const [item] = uploads.items;
    const waits = [1, 2, 4, 8, 16];
    for (const [tries, seconds] of waits.entries()) {
      transfers[tries]?.fail(new UnreachableError());
      await vi.waitFor(() => expect(item?.state).toBe('retrying'));
      await vi.advanceTimersByTimeAsync(seconds * 700);
      expect(transfers).toHaveLength(tries + 1);
      await vi.advanceTimersByTimeAsync(seconds * 600);
      expect(transfers).toHaveLength(tries + 2);
    }
    transfers[5]?.fail(new UnreachableError());
    await vi.waitFor(() => expect(item?.state).toBe('failed'));
    expect(item?.error).toBe(en.errors.connectionBroke);
  });

  it('sends nothing while the server is away, and goes on at once when it is back', async () => {
    const { uploads, transfers, add, connection } = setUp();
    add('a', 'b', 'c', 'd');
    connection.lost = true;
    transfers[0]?.fail(new UnreachableError());
    await vi.waitFor(() => expect(uploads.items[0]?.state).toBe('retrying'));
    expect(transfers).toHaveLength(3);
    connection.lost = false;
    uploads.wake();
    expect(transfers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    transfers[1]?.answer(queued('b'));
    await settled();
    expect(transfers.at(-1)?.name).toBe('a');
  });

  it('is told from a file that can no longer be read', async () => {
    const { uploads, transfers } = setUp();
    const file = new File(['x'], 'moved.wav');
    file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) as unknown as Blob;
    uploads.add([{ file, path: 'moved.wav' }]);
    transfers[0]?.fail(new UnreachableError());
    await vi.waitFor(() => expect(uploads.items[0]?.state).toBe('missing'));
    expect(uploads.items[0]?.error).toBe(en.upload.changed);
  });
});

describe('after a reload', () => {
  const stored = (change: Partial<UploadItem['record']>, file: File | null = null): UploadItem =>
    UploadItem.from(
      {
        id: 1,
        name: 'a.wav',
        path: 'take/a.wav',
        sizeBytes: 8,
        state: 'waiting',
        soundId: null,
        jobId: null,
        error: null,
        requestId: null,
        ...change,
      },
      file,
    );

  /** A database that holds what is saved, with room for so many bytes. */
  function keeping(roomBytes = 100) {
    const saved = new Map<number, string>();
    const files = new Set<number>();
    const keeper = new UploadKeeper({
      store: {
        save: (records, release) => {
          for (const { id, state } of records) saved.set(id, state);
          for (const id of release) files.delete(id);
          return Promise.resolve();
        },
        keep: (id) => Promise.resolve(void files.add(id)),
        forget: (ids) => {
          for (const id of ids) saved.delete(id);
          return Promise.resolve();
        },
      },
      roomBytes,
      onKept: () => undefined,
    });
    return { keeper, saved, files };
  }

  it('sends what was kept, follows what was accepted, and asks for the rest', () => {
    const { uploads, transfers, jobs } = setUp();
    const { keeper } = keeping();
    uploads.restore(keeper, [
      stored({ id: 1, state: 'uploading' }, new File(['12345678'], 'a.wav')),
      stored({ id: 2, state: 'processing', jobId: 'job-2', soundId: 's2' }),
      stored({ id: 3, state: 'waiting' }),
      stored({ id: 4, state: 'rejected', error: 'No sound in it.' }),
    ]);
    expect(uploads.items.map(({ state }) => state)).toEqual(['uploading', 'processing', 'missing', 'rejected']);
    expect(transfers).toHaveLength(1);
    expect([...jobs.keys()]).toEqual(['job-2']);
    expect(uploads.tally.atRisk).toBe(0);
  });

  it('takes a file that is chosen again by its name and size', () => {
    const { uploads, transfers } = setUp();
    uploads.restore(keeping().keeper, [stored({})]);
    uploads.add([
      { file: new File(['12345678'], 'a.wav'), path: 'elsewhere/a.wav' },
      { file: new File(['1'], 'a.wav'), path: 'take/a.wav' },
    ]);
    expect(uploads.items.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['take/a.wav', 8],
      ['take/a.wav', 1],
    ]);
    expect(transfers).toHaveLength(2);
  });

  it('keeps copies as far as there is room, and drops them when the server has the file', async () => {
    const { uploads, transfers, add } = setUp();
    const { keeper, saved, files } = keeping(20);
    uploads.restore(keeper, []);
    add('a', 'b', 'c', 'd');
    expect(uploads.tally.atRisk).toBe(4);
    await vi.waitFor(() => expect(files.size).toBe(2));
    expect(uploads.items.filter(({ kept }) => kept)).toHaveLength(2);
    transfers[0]?.answer(queued('a'));
    await vi.waitFor(() => expect(files.size).toBe(1));
    expect([...saved.values()]).toEqual(['processing', 'uploading', 'uploading', 'uploading']);
    uploads.cancelAll();
    await settled();
    uploads.clearEnded();
    expect(saved.size).toBe(1);
  });
});
