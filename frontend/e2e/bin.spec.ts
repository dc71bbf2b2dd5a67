import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { RunningApp } from './support/app';
import { bytesOf } from './support/audio';
import { expect, expectNoSidewaysScroll, results, test } from './support/test';

const rows = (page: Page): Locator => page.locator('[data-sound]');
const binned = (page: Page): Locator => page.locator('[data-binned]');

test.beforeEach(async ({ app, seeded, request }) => {
  expect(seeded.size).toBe(4);
  await request.delete(`${app.url}/api/v1/bin`);
});

test('a deleted sound is in the bin, and restored it is as it was', async ({ page, app, seeded, audio, request }) => {
  const id = seeded.get(audio.noise)!;
  await request.patch(`${app.url}/api/v1/audio/files/${id}`, { data: { tags: ['my sea'] } });
  await page.goto('/?q=hiss+of+the+sea');
  const result = page.locator(`[data-result="${id}"]`);
  await result.getByRole('button', { name: 'Delete' }).click();
  await expect(result).toHaveCount(0);
  await expect(page.getByText('“hiss of the sea” deleted')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toBeVisible();
  await expect(result).toHaveCount(0);

  await page.goto('/library');
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('link', { name: 'Bin' }).click();
  await expect(binned(page)).toHaveCount(1);
  await expect(binned(page)).toContainText('gone in 30 days');
  expect((await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze()).violations).toEqual([]);
  // By keyboard alone.
  await page.getByRole('button', { name: 'Restore hiss of the sea' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'The bin is empty' })).toBeVisible();
  await page.getByRole('link', { name: 'To the library' }).click();
  await expect(rows(page)).toHaveCount(4);
  await page.goto('/?q=hiss+of+the+sea');
  await expect(result).toContainText('my sea');
});

test('deleting for good asks first, and says what it frees', async ({ page, app, seeded, audio, request }) => {
  for (const file of [audio.tone, audio.clicks]) {
    await request.delete(`${app.url}/api/v1/audio/files/${seeded.get(file)}`);
  }
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto('/bin');
  await expect(binned(page)).toHaveCount(2);
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: 'Delete clock on the wall for good' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete “clock on the wall” for good?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(binned(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Delete clock on the wall for good' }).click();
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(binned(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Restore evening bell' })).toBeFocused();

  await page.goto('/settings/storage');
  await page.getByRole('link', { name: /1 sound in the bin/ }).click();
  await page.getByRole('button', { name: 'Empty the bin' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByText(/The bin is empty\. .+ are free again/)).toBeVisible();
  const answer = await request.get(`${app.url}/api/v1/bin`);
  expect(((await answer.json()) as { total: number }).total).toBe(0);
});

test('deleting from the page of a sound goes back to where one came from', async ({ page, seeded, audio }) => {
  await page.goto('/?q=hiss+of+the+sea');
  await results(page).filter({ hasText: 'hiss of the sea' }).getByRole('link', { name: 'hiss of the sea' }).click();
  await expect(page).toHaveURL(new RegExp(`/sound/${seeded.get(audio.noise)}`));
  await page.locator('main header').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\?q=hiss/);
  await expect(page.locator(`[data-result="${seeded.get(audio.noise)}"]`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator(`[data-result="${seeded.get(audio.noise)}"]`)).toHaveCount(1);

  // Opened by its address, there is nothing to go back to.
  await page.goto(`/sound/${seeded.get(audio.noise)}`);
  await page.locator('main header').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/library$/);
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(4);
});

test('an upload of what lies in the bin brings it back and says so', async ({ page, app, seeded, audio, request }) => {
  await request.delete(`${app.url}/api/v1/audio/files/${seeded.get(audio.tone)}`);
  await page.goto('/upload');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /files/i }).first().click();
  await (await chooser).setFiles([{ name: 'bell.wav', mimeType: 'audio/wav', buffer: bytesOf(audio.tone) }]);
  await expect(page.getByText('Back from the bin')).toBeVisible();
  const answer = await request.get(`${app.url}/api/v1/audio/files/${seeded.get(audio.tone)}`);
  expect(answer.status()).toBe(200);
});

test('without a bin a deletion is asked for, since it cannot be taken back', async ({ browser, audio, request }) => {
  const app = await RunningApp.start({ BIN_DAYS: '0' });
  try {
    const part = { name: 'bell.wav', mimeType: 'audio/wav', buffer: bytesOf(audio.tone) };
    await request.post(`${app.url}/api/v1/audio/upload`, { multipart: { files: part } });
    const page = await browser.newPage({ locale: 'de-DE' });
    await page.goto(`${app.url}/library`);
    await rows(page).getByRole('button', { name: 'Löschen' }).click();
    const dialog = page.getByRole('dialog', { name: '1 Klang endgültig löschen?' });
    await dialog.getByRole('button', { name: 'Abbrechen' }).click();
    await expect(rows(page)).toHaveCount(1);
    await rows(page).getByRole('button', { name: 'Löschen' }).click();
    await dialog.getByRole('button', { name: 'Endgültig löschen' }).click();
    await expect(rows(page)).toHaveCount(0);
    await page.goto(`${app.url}/bin`);
    await expect(page.getByText('Der Papierkorb ist abgeschaltet')).toBeVisible();
    await page.close();
  } finally {
    await app.stop();
  }
});
