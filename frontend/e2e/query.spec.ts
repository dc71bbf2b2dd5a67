import { expect, results, test } from './support/test';

test.beforeEach(({ seeded }) => {
  expect(seeded.size).toBe(4);
});

test('what is typed becomes chips; removing one edits the box and the address', async ({ page }) => {
  await page.goto('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.fill('bell -hiss len:<10m');
  await box.press('Enter');
  const parts = page.getByRole('list', { name: 'Your search, part by part' });
  await expect(parts.getByRole('listitem')).toHaveText(['bell', 'less hiss', 'Length up to 600 s']);
  await parts.getByRole('button', { name: 'Remove less hiss' }).click();
  await expect(box).toHaveValue('bell len:<10m');
  await expect(page).toHaveURL(/\?q=bell\+len%3A%3C10m$/);
  await expect(parts.getByRole('listitem')).toHaveCount(2);
});

test('exact words and filters leave only what meets them', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: '"of the sea"' }).toString()}`);
  await expect(results(page)).toHaveCount(1);
  await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
});

test('a list that only meets filters claims no relevance', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'len:<10m' }).toString()}`);
  await expect(results(page)).toHaveCount(4);
  await expect(page.getByText(/Relevance/)).toHaveCount(0);
});

test('a slip gets a hint that mends it', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'bell fromat:wav' }).toString()}`);
  await expect(page.getByText('There is no filter like “fromat:wav”')).toBeVisible();
  await page.getByRole('link', { name: 'format:wav' }).click();
  await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toHaveValue('bell format:wav');
  await expect(page.getByRole('button', { name: 'Remove Format: wav' })).toBeVisible();
});

test('the help of the search box opens and closes by keyboard', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'What the search box understands' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'What the search box understands' });
  await expect(dialog).toContainText('bpm:120-128');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});
