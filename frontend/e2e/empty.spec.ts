import { expect, test } from './support/test';

test('in an empty library a search offers to add sounds, and a dropped folder is uploaded', async ({
  page,
  empty,
  audio,
}) => {
  expect(empty).toBeUndefined();
  for (const path of ['/?q=rain', '/?q=bpm:120..130', '/library?q=rain', '/library?status=failed', '/library']) {
    await page.goto(path);
    await expect(page.getByText('No sounds yet')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Choose a folder' })).toBeVisible();
    await expect(page.getByText('fewer filters')).toHaveCount(0);
    await expect(page.getByText('No sound fits')).toHaveCount(0);
  }
  await page.goto('/?q=rain');
  await expect(page.getByText('No sounds yet')).toBeVisible();
  // A folder as a browser hands it over: an entry that is read in batches.
  const { readFileSync } = await import('node:fs');
  const bytes = readFileSync(audio.tone).toString('base64');
  const handle = await page.evaluateHandle((base64) => {
    const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = { isFile: true, isDirectory: false, name: 'bell.wav', fullPath: '/bells/bell.wav' };
    const entry = {
      ...file,
      file: (done: (file: File) => void) => done(new File([content], 'bell.wav', { type: 'audio/wav' })),
    };
    const batches = [[entry], []];
    const folder = {
      isFile: false,
      isDirectory: true,
      name: 'bells',
      fullPath: '/bells',
      createReader: () => ({ readEntries: (done: (entries: unknown[]) => void) => done(batches.shift() ?? []) }),
    };
    const transfer = new DataTransfer();
    transfer.items.add(new File([], 'bells'));
    DataTransferItem.prototype.webkitGetAsEntry = () => folder as unknown as FileSystemEntry;
    return transfer;
  }, bytes);
  await page.locator('body').dispatchEvent('dragenter', { dataTransfer: handle });
  await expect(page.locator('[data-drop]')).toHaveCount(1);
  await page.locator('[data-drop="upload"]').dispatchEvent('drop', { dataTransfer: handle });
  await expect(page).toHaveURL(/\/upload$/);
  await expect(page.getByText('bell.wav').first()).toBeVisible();
  await expect(page.getByText('Ready').first()).toBeVisible({ timeout: 120_000 });
  // Now there is something to look for.
  await page.goto('/?q=bpm:300');
  await expect(page.getByText('No sounds yet')).toHaveCount(0);
});
