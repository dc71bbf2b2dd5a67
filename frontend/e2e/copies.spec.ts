import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { bytesOf } from './support/audio';
import { expect, expectNoSidewaysScroll, PROCESSING_MS, results, test } from './support/test';

let folder: string;
let copyId: string;

test.beforeEach(async ({ app, seeded, audio, request }) => {
  expect(seeded.size).toBe(4);
  folder = await mkdtemp(path.join(tmpdir(), 'traum-copies-'));
  const copy = path.join(folder, 'night for the web.mp3');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', audio.long, '-b:a', '96k', copy]);
  const part = { name: path.basename(copy), mimeType: 'audio/mpeg', buffer: bytesOf(copy) };
  const sent = await request.post(`${app.url}/api/v1/audio/upload`, { multipart: { files: part } });
  copyId = ((await sent.json()) as { uploads: { soundId: string }[] }).uploads[0]!.soundId;
  await expect
    .poll(
      async () => {
        const answer = await request.get(`${app.url}/api/v1/audio/duplicates`);
        return ((await answer.json()) as { total: number }).total;
      },
      { timeout: PROCESSING_MS },
    )
    .toBe(1);
});

test.afterEach(async ({ app, request }) => {
  await request.delete(`${app.url}/api/v1/audio/files/${copyId}`);
  await rm(folder, { recursive: true, force: true });
});

test('a sound and its copy are one result, which unfolds by keyboard', async ({ page }) => {
  await page.goto('/?q=hum');
  await expect(results(page)).toHaveCount(4);
  const button = page.getByRole('button', { name: '1 copy' });
  await button.focus();
  await page.keyboard.press('Enter');
  const copies = page.getByRole('list', { name: 'Copies of long night' });
  await expect(copies.getByRole('link', { name: 'night for the web' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(copies).toBeHidden();
});

test('duplicates are listed, and all but the best are deleted, with undo', async ({ page, app, request }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto('/library');
  await page.getByRole('link', { name: 'Find duplicates' }).click();
  const group = page.getByRole('list', { name: 'long night, 2 copies' });
  await expect(group.getByRole('listitem').first()).toContainText('Best');
  await expectNoSidewaysScroll(page);
  expect((await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze()).violations).toEqual([]);

  const keep = page.getByRole('button', { name: 'Keep the best, delete 1 copy: long night' });
  await keep.click();
  await expect(page.getByRole('heading', { name: 'Nothing is here twice' })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(group).toBeVisible();
  await keep.click();
  await expect
    .poll(async () => ((await (await request.get(`${app.url}/api/v1/audio/files`)).json()) as { total: number }).total)
    .toBe(4);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Nothing is here twice' })).toBeVisible();
});
