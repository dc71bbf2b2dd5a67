import { copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { RunningApp } from './support/app';
import { PROCESSING_MS, expect, expectNoSidewaysScroll, test } from './support/test';

test('a folder of the server is chosen, imported, watched and let go', async ({ page, audio }) => {
  const root = await mkdtemp(path.join(tmpdir(), 'traum-import-'));
  const takes = path.join(root, 'field takes');
  await mkdir(path.join(takes, 'day one'), { recursive: true });
  await copyFile(audio.tone, path.join(takes, 'day one/bell.wav'));
  await copyFile(audio.tone, path.join(takes, 'the same bell.wav'));
  await copyFile(audio.fake, path.join(takes, 'shopping.mp3'));
  const app = await RunningApp.start({ IMPORT_DIRS: root });
  try {
    await page.goto(`${app.url}/status`);
    await page
      .getByRole('navigation', { name: 'Sections of the settings' })
      .getByRole('link', { name: 'Folders' })
      .click();
    await page.getByRole('button', { name: `Open ${root}` }).click();
    await page.getByRole('button', { name: 'Open field takes' }).click();
    const box = page.getByLabel('Path on the server');
    await expect(box).toHaveValue(takes);

    await box.fill('/etc');
    await page.getByRole('button', { name: 'Import this folder' }).click();
    await expect(page.getByRole('alert')).toContainText('IMPORT_DIRS');
    await box.fill(takes);
    await page.getByRole('button', { name: 'Import this folder' }).click();

    const card = page.getByRole('article', { name: takes });
    await expect(card).toContainText('Last scanned');
    await expect(card).toContainText('1 file imported · 1 already in the library · 1 refused');
    await expect(card).toContainText('Watched');
    await card.getByText('Why files were refused').click();
    await expect(card).toContainText('shopping.mp3');
    await expect(card).toContainText(/not a sound|no audio/i);

    await copyFile(audio.noise, path.join(takes, 'day one/new.wav'));
    await expect(card).toContainText('2 files imported');

    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1280, height: 800 });

    await card.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(card).toHaveCount(0);
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await expect(page.locator('[data-sound]')).toHaveCount(2, { timeout: PROCESSING_MS });
  } finally {
    await app.stop();
    await rm(root, { recursive: true });
  }
});

test('a folder stays where it is: heard without a copy, missed while its drive is away, and back with it', async ({
  page,
  audio,
}) => {
  const root = await mkdtemp(path.join(tmpdir(), 'traum-place-'));
  const drive = path.join(root, 'Drive');
  await mkdir(path.join(drive, 'Bells'), { recursive: true });
  await copyFile(audio.tone, path.join(drive, 'Bells/bell.wav'));
  const app = await RunningApp.start({ IMPORT_DIRS: root });
  try {
    await page.goto(`${app.url}/settings/folders`);
    await page.getByLabel('Path on the server').fill(drive);
    await page.getByRole('radio', { name: 'Leave where they are' }).check();
    await page.getByRole('button', { name: 'Import this folder' }).click();
    const card = page.getByRole('article', { name: drive });
    await expect(card).toContainText('1 file imported');
    await expect(card).toContainText('Files stay where they are');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1280, height: 800 });

    await page.goto(`${app.url}/library`);
    const row = page.locator('[data-sound]');
    await expect(row).toHaveCount(1, { timeout: PROCESSING_MS });
    const id = await row.getAttribute('data-sound');
    const bytes = () => page.request.get(`${app.url}/api/v1/audio/files/${id}/download`);
    expect((await bytes()).status()).toBe(200);

    await rename(drive, `${drive} elsewhere`);
    expect((await bytes()).status()).toBe(503);
    await page.goto(`${app.url}/settings/folders`);
    await card.getByRole('button', { name: 'Scan now' }).click();
    await expect(card).toContainText('Nothing is lost');
    await page.goto(`${app.url}/library`);
    await expect(row).toContainText('drive not connected');

    await rename(`${drive} elsewhere`, drive);
    expect((await bytes()).status()).toBe(200);
    await page.goto(`${app.url}/settings/folders`);
    await card.getByRole('button', { name: 'Scan now' }).click();
    await expect(card).not.toContainText('Nothing is lost');

    await card.getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('dialog')).toContainText('The folder itself is not touched');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(card).toHaveCount(0);
    expect((await stat(path.join(drive, 'Bells/bell.wav'))).size).toBe((await stat(audio.tone)).size);
  } finally {
    await app.stop();
    await rm(root, { recursive: true });
  }
});

test('all in a folder gets tags: what is there, taken back at once, and what comes in later', async ({
  page,
  audio,
}) => {
  const root = await mkdtemp(path.join(tmpdir(), 'traum-rules-'));
  const packs = path.join(root, 'Packs');
  await mkdir(path.join(packs, 'Bells'), { recursive: true });
  await copyFile(audio.tone, path.join(packs, 'Bells/bell.wav'));
  const app = await RunningApp.start({ IMPORT_DIRS: root });
  const tagsOf = async (filename: string): Promise<string[]> => {
    const answer = await page.request.get(`${app.url}/api/v1/audio/files`);
    const { items } = (await answer.json()) as {
      items: { filename: string; tags: { name: string; source: string }[] }[];
    };
    const tags = items.find((sound) => sound.filename === filename)?.tags ?? [];
    return tags
      .filter(({ source }) => source === 'user')
      .map(({ name }) => name)
      .sort();
  };
  try {
    await page.request.post(`${app.url}/api/v1/folders`, { data: { path: packs, watch: true } });
    await page.goto(`${app.url}/settings/folders`);
    await expect(page.getByRole('article', { name: packs })).toContainText('1 file imported');

    const rules = page.getByRole('region', { name: 'Tags by folder' });
    await rules.getByLabel('Folder', { exact: true }).fill('Packs');
    await rules.getByLabel('Tags', { exact: true }).fill('ringing, metal');
    await rules.getByRole('button', { name: 'Save rule' }).click();
    await expect(rules.getByRole('listitem')).toContainText('ringing, metal');
    const notice = page.getByText('1 sound has the tags');
    await expect(notice).toBeVisible();
    expect(await tagsOf('bell.wav')).toEqual(['metal', 'ringing']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => tagsOf('bell.wav')).toEqual([]);

    await copyFile(audio.noise, path.join(packs, 'Bells/new.wav'));
    await expect.poll(() => tagsOf('new.wav')).toEqual(['metal', 'ringing']);
    expect(await tagsOf('bell.wav')).toEqual([]);

    await rules.getByRole('button', { name: 'Edit the rule of Packs' }).click();
    await rules.getByRole('button', { name: 'Remove metal' }).click();
    await rules.getByRole('button', { name: 'Save rule' }).click();
    await expect(rules.getByRole('listitem')).not.toContainText('metal');
    await rules.getByRole('button', { name: 'Apply now to the sounds of Packs' }).click();
    await expect(page.getByText('2 sounds have the tags')).toBeVisible();
    expect(await tagsOf('bell.wav')).toEqual(['ringing']);

    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1280, height: 800 });

    await rules.getByRole('button', { name: 'Remove the rule of Packs' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(rules.getByRole('listitem')).toHaveCount(0);
    expect(await tagsOf('bell.wav')).toEqual(['ringing']);
  } finally {
    await app.stop();
    await rm(root, { recursive: true });
  }
});
