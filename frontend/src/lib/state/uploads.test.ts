import { describe, expect, it } from 'vitest';
import { ApiError, UnreachableError } from '$lib/api/problem';
import type { sendFile } from '$lib/api/send-file';
import type { Job, UploadOutcome } from '$lib/api/types';
import { en } from '$lib/i18n/en';
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
  const send: typeof sendFile = (_url, file, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
      transfers.push({ name: file.name, progress: onProgress, answer: resolve, fail: reject });
    });
  const uploads = new Uploads({
    api: {
      uploadUrl: () => '/upload',
      onOutcome: () => undefined,
      reprocess: (ids) => Promise.resolve(ids.map((soundId) => ({ soundId, jobId: `again-${soundId}` }))),
    },
    jobs: {
      watch: (id, listener) => {
        jobs.set(id, listener);
        return () => jobs.delete(id);
      },
    },
    i18n: { t: en },
    send,
  });
  const add = (...names: string[]): void =>
    uploads.add(names.map((name) => ({ file: new File(['12345678'], name), path: name })));
  const tell = (jobId: string, change: Partial<Job>): void => jobs.get(jobId)?.({ jobId, ...change } as Job);
  return { uploads, transfers, add, tell, jobs };
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

  it('follows a file from sending to ready', async () => {
    const { uploads, transfers, add, tell, jobs } = setUp();
    add('a');
    const [item] = uploads.items;
    transfers[0]?.progress(4);
    expect(uploads.progress).toBeCloseTo(0.25);
    transfers[0]?.answer(queued('s1'));
    await settled();
    tell('job-s1', { state: 'active', stage: 'embedding', progress: 0.5 });
    expect(item).toMatchObject({ state: 'processing', stage: 'embedding', progress: 0.5 });
    tell('job-s1', { state: 'completed', stage: 'done', progress: 1 });
    expect(item).toMatchObject({ state: 'ready', soundId: 's1' });
    expect(uploads.open).toBe(0);
    expect(jobs.size).toBe(0);
  });

  it('keeps the reason of a rejected file and goes on with the others', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd');
    transfers[0]?.answer({ filename: 'a', status: 'rejected', error: 'This is a text file, not a sound.' });
    transfers[1]?.fail(new ApiError(507, 'storage_full', 'The disk is full.', 'r-7'));
    transfers[2]?.fail(new UnreachableError());
    await settled();
    expect(uploads.items.map(({ state, error }) => [state, error])).toEqual([
      ['rejected', 'This is a text file, not a sound.'],
      ['failed', 'The disk is full.'],
      ['failed', en.errors.connectionBroke],
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

  it('starts nothing new while paused', async () => {
    const { uploads, transfers, add } = setUp();
    add('a', 'b', 'c', 'd');
    uploads.pause();
    transfers[0]?.answer(queued('a'));
    await settled();
    expect(transfers).toHaveLength(3);
    uploads.resume();
    expect(transfers).toHaveLength(4);
  });
});
