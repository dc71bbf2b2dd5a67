import AxeBuilder from '@axe-core/playwright';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test as base, type APIRequestContext, type Locator, type Page } from '@playwright/test';
import { RunningApp } from './app';
import { bytesOf, makeAudio, type TestAudio } from './audio';

interface WorkerFixtures {
  app: RunningApp;
  audio: TestAudio;
}

interface TestFixtures {
  /** Sees to it that exactly the four test sounds are in the library and can be searched; gives their ids by file. */
  seeded: Map<string, string>;
  /** Sees to it that nothing is in the library. */
  empty: undefined;
}

interface UploadAnswer {
  uploads: { soundId?: string }[];
}

interface SoundList {
  items: { id: string; filename: string; status: string }[];
}

/** Generous: the machine may be busy with other things. */
export const PROCESSING_MS = 240_000;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  app: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from a pattern.
    async ({}, use) => {
      const app = await RunningApp.start();
      await use(app);
      await app.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  audio: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'traum-audio-'));
      await use(makeAudio(directory));
      await rm(directory, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ app }, use) => use(app.url),
  empty: async ({ app, request }, use) => {
    await clear(app, request);
    await use(undefined);
  },
  seeded: async ({ app, audio, request }, use) => {
    const files = [audio.tone, audio.noise, audio.long, audio.clicks];
    const ids = new Map<string, string>();
    // A test before may have uploaded the same bytes under another name, which they keep.
    const names = new Set(files.map((file) => path.basename(file)));
    for (const { id, filename } of await soundsOf(app, request)) {
      if (!names.has(filename)) await erase(app, request, id);
    }
    for (const file of files) {
      const part = { name: path.basename(file), mimeType: 'application/octet-stream', buffer: bytesOf(file) };
      const answer = await request.post(`${app.url}/api/v1/audio/upload`, { multipart: { files: part } });
      const { uploads } = (await answer.json()) as UploadAnswer;
      ids.set(file, uploads[0]?.soundId ?? '');
    }
    await expect
      .poll(async () => (await soundsOf(app, request)).map((sound) => sound.status), { timeout: PROCESSING_MS })
      .toEqual(files.map(() => 'ready'));
    for (const id of ids.values()) {
      await request.patch(`${app.url}/api/v1/audio/files/${id}`, { data: { title: null, tags: [] } });
    }
    await use(ids);
  },
});

async function erase(app: RunningApp, request: APIRequestContext, id: string): Promise<void> {
  await request.delete(`${app.url}/api/v1/audio/files/${id}?permanent=true`);
}

async function soundsOf(app: RunningApp, request: APIRequestContext): Promise<SoundList['items']> {
  const answer = await request.get(`${app.url}/api/v1/audio/files?limit=200`);
  return ((await answer.json()) as SoundList).items;
}

/** Each test of the file begins with the four test sounds, of which nothing is thought yet, and with no saved searches. */
export function beginWithSounds(): void {
  test.beforeEach(async ({ seeded, app, request }) => {
    expect(seeded.size).toBe(4);
    const items = async <T>(what: string): Promise<T[]> =>
      ((await (await request.get(`${app.url}/api/v1/${what}`)).json()) as { items: T[] }).items;
    const soundIds = (await items<{ soundId: string }>('ratings')).map(({ soundId }) => soundId);
    const nothing = { favourite: false, stars: null, colour: null };
    if (soundIds.length > 0) await request.put(`${app.url}/api/v1/ratings`, { data: { soundIds, ...nothing } });
    for (const { id } of await items<{ id: string }>('saved-searches'))
      await request.delete(`${app.url}/api/v1/saved-searches/${id}`);
  });
}

/** @param part selector of what is looked at; the whole page without it */
export async function expectAccessible(page: Page, part?: string): Promise<void> {
  const builder = new AxeBuilder({ page });
  const { violations } = await (part ? builder.include(part) : builder).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

export const searchBox = (page: Page): Locator => page.getByRole('combobox', { name: 'Describe a sound' });
export const player = (page: Page): Locator => page.getByRole('region', { name: 'Player' });

/** Takes all sounds out of the library, for good. */
export async function clear(app: RunningApp, request: APIRequestContext): Promise<void> {
  for (const { id } of await soundsOf(app, request)) await erase(app, request, id);
  await request.delete(`${app.url}/api/v1/bin`);
}

export { expect };

/** Drops real files where a person would: the overlay opens, and the files fall on one of its two halves. */
export async function drop(page: Page, where: 'search' | 'upload', files: string[]): Promise<void> {
  const payload = files.map((file) => ({ name: path.basename(file), base64: bytesOf(file).toString('base64') }));
  const dataTransfer = await page.evaluateHandle((items) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of items) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, payload);
  await page.locator('body').dispatchEvent('dragenter', { dataTransfer });
  const zone = page.locator(`[data-drop="${where}"]`);
  await zone.dispatchEvent('dragover', { dataTransfer });
  await zone.dispatchEvent('drop', { dataTransfer });
}

export const results = (page: Page): Locator => page.locator('[data-result]');

/** Opens the fold of those that fit less well, once there is one. */
export const unfold = (page: Page): Promise<void> =>
  page.getByRole('button', { name: /more that fits? less well/ }).click();

/** The sound that plays must really move on. */
export async function expectPlaying(page: Page): Promise<void> {
  const time = (): Promise<number> => page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.currentTime);
  const start = await time();
  await expect.poll(time).toBeGreaterThan(start + 0.15);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(tooWide, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
}
