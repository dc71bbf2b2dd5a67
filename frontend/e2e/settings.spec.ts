import { rm } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { beginWithSounds, expect, expectNoSidewaysScroll, test } from './support/test';

const PAGES = ['/settings', '/settings/processing', '/settings/storage', '/status'];

beginWithSounds();

async function expectClean(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}

for (const [theme, language] of [
  ['dark', 'en'],
  ['light', 'de'],
]) {
  test(`the settings are clean at both widths (${theme}, ${language})`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.addInitScript(
      ([theme, language]) => {
        localStorage.setItem('traum.theme', theme ?? '');
        localStorage.setItem('traum.locale', language ?? '');
      },
      [theme, language],
    );
    for (const address of PAGES) {
      await page.goto(address);
      await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible();
      await expectClean(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page);
      await page.setViewportSize({ width: 1280, height: 800 });
    }
  });
}

test('the navigation shows where one is: the settings are not the system', async ({ page }) => {
  const main = page.getByRole('navigation', { name: 'Main' });
  const here = main.locator('[aria-current]');
  await page.goto('/settings/storage');
  await expect(here).toHaveAccessibleName('Settings');
  await main.getByRole('link', { name: 'System' }).click();
  await expect(here).toHaveAccessibleName('System');
});

test('the integrity check tells that all is well, and what to do when it is not', async ({
  page,
  app,
  seeded,
  audio,
}) => {
  await page.goto('/settings/storage');
  const check = page.getByRole('region', { name: 'Integrity check' });
  await check.getByRole('button', { name: 'Check' }).focus();
  await page.keyboard.press('Enter');
  await expect(check.getByText('All is well: the database is intact, and 4 files')).toBeVisible();

  const id = seeded.get(audio.tone) ?? '';
  const { sha256 } = (await (await page.request.get(`/api/v1/audio/files/${id}`)).json()) as { sha256: string };
  const file = path.join(app.dataDir, 'audio', sha256.slice(0, 2), sha256);
  await rm(file);
  await check.getByRole('checkbox').check();
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(check.getByText('1 file is missing.')).toBeVisible();
  await expect(check.getByRole('link', { name: 'evening bell.wav' })).toBeVisible();
  await expect(check.getByText('Upload the same file again')).toBeVisible();
  await expectClean(page);
  // The remedy works.
  await page.goto('/upload');
  await page.locator('input[type=file]').first().setInputFiles(audio.tone);
  await expect(page.getByText('Already in the library')).toBeVisible();
  await page.goto('/settings/storage');
  await check.getByRole('button', { name: 'Check' }).click();
  await expect(check.getByText('All is well')).toBeVisible();
});

test('a backup is made and downloaded, and the index is rebuilt', async ({ page }) => {
  await page.goto('/settings/storage');
  await page
    .getByRole('region', { name: 'Backup', exact: true })
    .getByRole('button', { name: 'Make a backup' })
    .click();
  const saving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download with all sounds' }).click();
  const download = await saving;
  expect(download.suggestedFilename()).toMatch(/^traum-.*\.zip$/);
  expect(await download.failure()).toBeNull();
  const index = page.getByRole('region', { name: 'Search index' });
  await index.getByRole('button', { name: 'Rebuild' }).click();
  await expect(index.getByText(/Rebuilt with \d+ moments/)).toBeVisible();
  const table = await (await page.request.get('/api/v1/system/export?format=csv')).text();
  expect(table.trim().split('\r\n')).toHaveLength(5);
});

test('the system page draws what happens', async ({ page }) => {
  await page.request.get('/api/v1/search?q=noise');
  await page.goto('/status');
  await expect(page.getByRole('img', { name: /^Memory: Server now .+ MB/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Search latency: Median now \d/ })).toBeVisible();
});

test('failed sounds and everything can be processed again', async ({ page }) => {
  await page.goto('/settings/processing');
  await expect(page.getByText('WORKER_CONCURRENCY')).toBeVisible();
  await page.getByRole('button', { name: 'Process everything again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Process again' }).click();
  await expect(page.getByText('4 sounds are in the queue now')).toBeVisible();
});

test('a sound shows its spectrogram and how it was processed; a click plays from there', async ({
  page,
  seeded,
  audio,
}) => {
  await page.goto(`/sound/${seeded.get(audio.long)}`);
  const figure = page.getByRole('figure', { name: /^Spectrogram/ });
  await expect(figure).toHaveAttribute('aria-busy', 'false');
  // The middle of this sound is loud in all bands, its beginning is not.
  const light = await figure.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const context = canvas.getContext('2d');
    const at = (x: number): number[] => [
      ...(context?.getImageData(canvas.width * x, canvas.height / 4, 1, 1).data ?? []),
    ];
    return { quiet: at(0.1), loud: at(0.55) };
  });
  expect(light.loud).not.toEqual(light.quiet);
  const box = await figure.locator('.picture').boundingBox();
  if (!box) throw new Error('the spectrogram has no size');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect
    .poll(() => page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.currentTime))
    .toBeGreaterThan(18);
  await page.locator('summary', { hasText: 'Processing' }).focus();
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('list', { name: 'How this sound was processed' }).getByText('Completed').first(),
  ).toBeVisible();
  await expect(page.getByText(/compact-clap@/)).toBeVisible();
  await expectClean(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page);
});

test('in German the server gives its reasons in German', async ({ page, audio }) => {
  await page.addInitScript(() => localStorage.setItem('traum.locale', 'de'));
  await page.goto('/upload');
  await page.locator('input[type=file]').first().setInputFiles(audio.fake);
  await expect(page.getByText('Das ist eine Textdatei, kein Klang.')).toBeVisible();
});
