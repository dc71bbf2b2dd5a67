import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { PROCESSING_MS, expect, expectNoSidewaysScroll, test } from './support/test';

const uploads = (page: Page, state?: string): Locator =>
  page.locator(state ? `[data-upload="${state}"]` : '[data-upload]');
const choose = (page: Page, files: string[]): Promise<void> =>
  page.locator('input[type="file"][multiple]').setInputFiles(files);

/** Files of which a copy lies in the browser's database. */
const kept = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        indexedDB.open('traum-uploads').onsuccess = function () {
          this.result.transaction('files').objectStore('files').count().onsuccess = function () {
            resolve(this.result);
          };
        };
      }),
  );

async function openPaused(page: Page): Promise<void> {
  await page.goto('/upload');
  await page.evaluate(() => localStorage.setItem('traum.uploads.paused', 'yes'));
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Drop sounds or folders here' })).toBeVisible();
}

test('the queue outlives a reload, and what came of each file does too', async ({ page, audio, empty: _empty }) => {
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await openPaused(page);
  await choose(page, [audio.tone, audio.noise, audio.fake]);
  await expect(uploads(page, 'waiting')).toHaveCount(3);
  await expect.poll(() => kept(page)).toBe(3);
  await page.reload();
  await expect(uploads(page, 'waiting')).toHaveCount(3);
  expect(asked, 'nothing would be lost, so nothing is asked').toEqual([]);

  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await expect(uploads(page, 'ready')).toHaveCount(2, { timeout: PROCESSING_MS });
  await expect(uploads(page, 'rejected')).toContainText(/not a sound|no audio/i);
  await expect.poll(() => kept(page)).toBe(0);
  await page.getByText('Problems (1)').click();
  await expect(uploads(page)).toHaveCount(1);

  await page.reload();
  await expect(uploads(page, 'ready')).toHaveCount(2);
  await expect(uploads(page, 'rejected')).toHaveCount(1);
  await page.getByRole('button', { name: 'Clear finished' }).click();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Drop sounds or folders here' })).toBeVisible();
  await expect(uploads(page)).toHaveCount(0);
});

test('what is added later stands above what was there, after a reload too', async ({ page, audio, empty: _empty }) => {
  await openPaused(page);
  await choose(page, [audio.tone, audio.noise]);
  await expect(uploads(page)).toHaveCount(2);
  await choose(page, [audio.fake]);
  const order = [audio.fake, audio.tone, audio.noise].map((file) => path.basename(file));
  for (const reload of [false, true]) {
    if (reload) await page.reload();
    await expect(uploads(page)).toContainText(order);
  }
});

test('what could not be kept is asked for again, and recognised', async ({ page, audio, empty: _empty }) => {
  await openPaused(page);
  await choose(page, [audio.tone, audio.clicks]);
  await expect.poll(() => kept(page)).toBe(2);
  // What a browser does that needs the room.
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        indexedDB.open('traum-uploads').onsuccess = function () {
          this.result.transaction('files', 'readwrite').objectStore('files').clear().onsuccess = () => resolve();
        };
      }),
  );
  await page.reload();
  await expect(uploads(page, 'missing')).toHaveCount(2);
  await expect(page.getByText('2 files could not be kept over the reload')).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page);

  await page.evaluate(() => localStorage.setItem('traum.uploads.paused', 'no'));
  await page.reload();
  await expect(uploads(page, 'missing')).toHaveCount(2);
  await choose(page, [audio.clicks, audio.tone]);
  await expect(uploads(page)).toHaveCount(2);
  await expect(uploads(page, 'ready')).toHaveCount(2, { timeout: PROCESSING_MS });
});

test('where the browser keeps nothing, leaving asks first', async ({ page, audio }) => {
  await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  await openPaused(page);
  await choose(page, [audio.tone]);
  await uploads(page, 'waiting').getByRole('button', { name: 'Listen to evening bell.wav' }).click();
  const question = page.waitForEvent('dialog');
  const reload = page.reload();
  expect((await question).type()).toBe('beforeunload');
  await (await question).accept();
  await reload;
  await expect(uploads(page)).toHaveCount(0);
});

test('a broken connection is tried again by itself, on any page', async ({ page, audio, empty: _empty }) => {
  let calls = 0;
  await page.route('**/api/v1/audio/upload', (route) => {
    calls += 1;
    return calls === 1 ? route.abort('connectionreset') : route.continue();
  });
  await page.goto('/upload');
  await choose(page, [audio.tone]);
  await expect(uploads(page, 'retrying')).toContainText('Connection broke');
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await expect(page.getByRole('link', { name: /1 file on the way/ })).toBeVisible();
  await expect(page.locator('[data-sound]')).toHaveCount(1, { timeout: PROCESSING_MS });
  expect(calls).toBe(2);
  await page.getByRole('link', { name: 'Upload' }).click();
  await expect(uploads(page, 'ready')).toHaveCount(1, { timeout: PROCESSING_MS });
});

test('one file can be paused and cancelled, and a folder chosen', async ({ page, audio, empty: _empty }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'traum-folder-'));
  await mkdir(path.join(folder, 'field'));
  await cp(audio.tone, path.join(folder, 'field/bell.wav'));
  await cp(audio.noise, path.join(folder, 'hiss.wav'));
  await writeFile(path.join(folder, 'notes.txt'), 'no sound');
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/v1/audio/upload', async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await page.goto('/upload');
  await page.locator('input[type="file"][webkitdirectory]').setInputFiles(folder);
  await expect(page.getByText('1 file left out: no audio.')).toBeVisible();
  await expect(uploads(page)).toHaveCount(2);
  const bell = uploads(page).filter({ hasText: 'field/bell.wav' });
  const hiss = uploads(page).filter({ hasText: 'hiss.wav' });
  await bell.getByRole('button', { name: 'Pause bell.wav' }).click();
  await expect(bell).toHaveAttribute('data-upload', 'paused');
  await hiss.getByRole('button', { name: 'Cancel hiss.wav' }).click();
  await expect(hiss).toHaveAttribute('data-upload', 'cancelled');
  release();
  await bell.getByRole('button', { name: 'Go on with bell.wav' }).click();
  await expect(bell).toHaveAttribute('data-upload', 'ready', { timeout: PROCESSING_MS });
  await hiss.getByRole('button', { name: 'Try hiss.wav again' }).click();
  await expect(hiss).toHaveAttribute('data-upload', 'ready', { timeout: PROCESSING_MS });
  await rm(folder, { recursive: true });
});

test('ten thousand files fit into the queue', async ({ page }) => {
  await openPaused(page);
  const dataTransfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    for (let i = 0; i < 10_000; i++) transfer.items.add(new File([`sound ${i}`], `${i}.wav`));
    return transfer;
  });
  await page.locator('body').dispatchEvent('dragenter', { dataTransfer });
  await page.locator('[data-drop="upload"]').dispatchEvent('drop', { dataTransfer });
  await expect(page.getByText('0 of 10,000 files')).toBeVisible();
  expect(await uploads(page).count()).toBeLessThan(80);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect(page.getByText('9999.wav')).toBeVisible();
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await expect(page.getByText('10,000 of 10,000 files')).toBeVisible();
});

test('importing folders says how it is turned on', async ({ page }) => {
  await page.goto('/settings/folders');
  await expect(page.getByRole('heading', { name: 'No folder may be read yet' })).toBeVisible();
  await expect(page.getByText('IMPORT_DIRS=')).toBeVisible();
});
