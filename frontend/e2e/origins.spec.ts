import AxeBuilder from '@axe-core/playwright';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, expectNoSidewaysScroll, PROCESSING_MS, results, test } from './support/test';

test('a dropped folder keeps its shape: shown, browsed, searched in; two files of one name are told apart', async ({
  page,
  audio,
  empty,
}) => {
  expect(empty).toBeUndefined();
  const root = path.join(await mkdtemp(path.join(tmpdir(), 'traum-packs-')), 'Packs');
  for (const [folder, file] of [
    ['Alpha/Drums', audio.clicks],
    ['Beta/Drums', audio.noise],
    ['Beta/Pads', audio.tone],
  ] as const) {
    await mkdir(path.join(root, folder), { recursive: true });
    await cp(file, path.join(root, folder, `kick${path.extname(file)}`));
  }
  await page.goto('/upload');
  await page.locator('input[type="file"][webkitdirectory]').setInputFiles(root);
  await expect(page.locator('[data-upload="ready"]')).toHaveCount(3, { timeout: PROCESSING_MS });

  await page.goto('/library/folders');
  const top = page.getByRole('list', { name: 'Folders', exact: true });
  await expect(top.getByRole('listitem')).toHaveText([/Packs\s*3 sounds/]);
  await page.getByRole('button', { name: 'Show the folders in “Packs”' }).click();
  await expect(top.getByRole('listitem')).toHaveText([/Packs\s*3 sounds/, /Alpha\s*1 sound/, /Beta\s*2 sounds/]);
  await top.getByRole('link', { name: 'Beta', exact: true }).click();
  await expect(results(page)).toHaveCount(2);
  // Who comes back finds the tree as it was, and may have all of a folder tagged.
  await page.goBack();
  await top.getByRole('link', { name: 'Tag everything in “Alpha”' }).click();
  await expect(page.getByLabel('Folder', { exact: true })).toHaveValue('Packs/Alpha');
  await expect(page.getByLabel('Tags', { exact: true })).toBeFocused();
  await page.goBack();
  await top.getByRole('link', { name: 'Beta', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Your search, part by part' })).toHaveText('Folder: /Packs/Beta');
  await expect(results(page).filter({ hasText: 'Packs/Beta/Drums' })).toHaveCount(1);

  // Only here, from a row; and by the name of a folder wherever it lies.
  await results(page).getByRole('link', { name: 'Only: Packs/Beta/Pads' }).click();
  await expect(results(page)).toHaveCount(1);
  await page.goto('/?q=folder:drums');
  await expect(results(page)).toHaveCount(2);
  await results(page).first().getByRole('link', { name: 'kick', exact: true }).click();
  await expect(page).toHaveURL(/\/sound\//);
  await expect(page.getByRole('definition').filter({ hasText: /Packs\/(Alpha|Beta)\/Drums/ })).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 780 }, locale: 'de-DE' });
  test('folders are accessible and fit, in German', async ({ page, seeded, app, request, audio }) => {
    expect(seeded.size).toBe(4);
    const { readFile } = await import('node:fs/promises');
    await request.post(`${app.url}/api/v1/audio/upload`, {
      multipart: {
        files: {
          name: 'Ein Paket mit einem sehr langen Namen der nirgends ganz passt/Glocken/Abend.wav',
          mimeType: 'audio/wav',
          buffer: await readFile(audio.tone),
        },
      },
    });
    await page.goto('/library/folders');
    await page.getByRole('button', { name: /Ein Paket/ }).click();
    await expect(page.getByRole('link', { name: 'Glocken', exact: true })).toBeVisible();
    await expectNoSidewaysScroll(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });
});
