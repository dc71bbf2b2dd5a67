import type { Page } from '@playwright/test';
import { expect, results, test } from './support/test';

const WORDS = 'Heard at the quarry pond, zinnober.\nTwo takes, the second is louder.';

async function describe(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit' });
  await dialog.getByLabel('Description').fill(text);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
}

test('a description is written, shown, found and taken away', async ({ page, seeded, audio }) => {
  const address = `/sound/${seeded.get(audio.clicks)}`;
  const found = page.locator(`[data-result]`).filter({ has: page.locator(`a[href^="${address}"]`) });
  const shown = page.getByText('Heard at the quarry pond');

  await page.goto('/?mode=keyword&q=zinnober');
  await expect(page.getByRole('main')).toContainText(/Nothing|No /);
  await expect(results(page)).toHaveCount(0);

  await page.goto(address);
  await describe(page, WORDS);
  await expect(shown).toBeVisible();
  await page.reload();
  await expect(shown).toBeVisible();
  // The line break is kept, and seen.
  expect(await shown.innerText()).toBe(WORDS);

  await page.goto('/?mode=keyword&q=zinnober');
  await expect(found).toHaveCount(1);
  await page.goto('/?q=%22quarry+pond%22');
  await expect(found).toHaveCount(1);

  await page.goto(address);
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(page.getByRole('dialog').getByLabel('Description')).toHaveValue(WORDS);
  await page.keyboard.press('Escape');
  await describe(page, '');
  await expect(shown).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(shown).toHaveCount(0);
});
