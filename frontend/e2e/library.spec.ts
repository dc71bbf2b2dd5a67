import { expect, results, test } from './support/test';

test('the library filters, sorts and keeps edited metadata', async ({ page, seeded }) => {
  await page.goto('/library');
  const rows = page.locator('[data-sound]');
  await expect(rows).toHaveCount(seeded.size);

  await page.getByRole('combobox', { name: 'Sort by' }).selectOption('duration');
  await page.getByRole('button', { name: 'Ascending' }).click();
  await expect(rows.first()).toContainText('long night');
  await expect(page).toHaveURL(/sort=duration/);

  await page.getByRole('searchbox').fill('bell');
  await expect(rows).toHaveCount(1);
  await rows.first().getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit metadata' });
  await dialog.getByLabel('Title').fill('Village bell at dusk');
  await dialog.getByLabel('Key').fill('X');
  await dialog.getByLabel('Your tags').fill('bronze,');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('Key').fill('Am');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(rows.first()).toContainText('Village bell at dusk');

  await page.reload();
  await expect(rows.first()).toContainText('Village bell at dusk');
  await expect(rows.first()).toContainText('bronze');
});

test('a part of a sound can be searched with', async ({ page, seeded, audio }) => {
  await page.goto(`/sound/${seeded.get(audio.long)}`);
  await page.getByLabel('From', { exact: true }).fill('20');
  await page.getByLabel('From', { exact: true }).press('Tab');
  await page.getByLabel('To', { exact: true }).fill('24');
  await page.getByLabel('To', { exact: true }).press('Tab');
  await page.getByRole('link', { name: 'Search with this part' }).click();
  await expect(page).toHaveURL(/q=like%3A[^&]+%4020-24/);
  await expect(page.getByRole('button', { name: /^Remove .* 0:20\.0–0:24\.0$/ }).first()).toBeVisible();
  await expect(results(page).first()).toBeVisible();
});

test('an unknown sound is said to be missing', async ({ page }) => {
  await page.goto('/sound/no-such-sound');
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
});
