import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, expectNoSidewaysScroll, results, test } from './support/test';

test.beforeEach(async ({ app, request, seeded }) => {
  expect(seeded.size).toBe(4);
  await request.delete(`${app.url}/api/v1/analytics/usage`);
});

const search = async (page: Page, words: string): Promise<void> => {
  await page.goto('/');
  await page.getByRole('combobox', { name: 'Describe a sound' }).fill(words);
  await page.keyboard.press('Enter');
  await expect(results(page).first()).toBeVisible();
};

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}

test('what was searched and played is shown, and forgotten on demand', async ({ page, audio, seeded }) => {
  await search(page, 'white noise');
  await search(page, 'white noise');
  await page.goto(`/sound/${seeded.get(audio.tone)}`);
  const counted = page.waitForResponse((response) => response.url().endsWith('/plays'));
  await page
    .getByRole('button', { name: /^Play / })
    .first()
    .click();
  expect(await (await counted).json()).toEqual({ counted: true });

  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  await expect(page.getByText('never sent anywhere')).toBeVisible();
  await expect(page.getByRole('img', { name: /^Searches\. 2/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Sounds played\. 1/ })).toBeVisible();
  await expect(page.getByRole('main').getByRole('link', { name: 'evening bell' })).toBeVisible();
  await page.getByText('As a table').first().click();
  await expect(page.getByRole('row').last()).toContainText('2');
  await page.getByText('24 hours').click();
  await expect(page).toHaveURL(/days=1$/);
  await expect(page.getByRole('img', { name: /^Searches\. 2/ })).toBeVisible();

  await page.getByRole('button', { name: 'Forget everything' }).click();
  const question = page.getByRole('dialog', { name: 'Forget all searches and plays?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole('link', { name: 'white noise' }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Forget everything' }).click();
  await question.getByRole('button', { name: 'Forget', exact: true }).click();
  await expect(page.getByText('2 searches and 1 play forgotten')).toBeVisible();
  await expect(page.getByRole('link', { name: 'white noise' })).toHaveCount(0);
});

test('a past search is run again and forgotten with the keyboard alone', async ({ page }) => {
  await search(page, 'a steady tone');
  await search(page, 'clicks');
  await page.keyboard.press('Escape');
  await page.locator('body').press('h');
  await expect(page.getByRole('heading', { level: 1, name: 'Past searches' })).toBeVisible();
  const entries = page.getByRole('list', { name: 'Past searches' }).getByRole('listitem');
  await expect(entries).toHaveCount(2);
  await expect(entries.first()).toContainText('clicks');

  await page.getByRole('button', { name: 'Forget “clicks”' }).focus();
  await page.keyboard.press('Enter');
  await expect(entries).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Forget “a steady tone”' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=a\+steady\+tone/);
  await expect(results(page).first()).toBeVisible();

  await page.goto('/history');
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
  await expect(page.getByRole('heading', { name: 'No searches yet' })).toBeVisible();
});

for (const theme of ['dark', 'light']) {
  test(`activity and history are accessible and fit a phone (${theme})`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.addInitScript((choice) => localStorage.setItem('traum.theme', choice), theme);
    await search(page, 'white noise');
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 780 });
      await page.goto('/analytics');
      await expect(page.getByRole('img', { name: /^Searches\. 1/ })).toBeVisible();
      await page.getByText('As a table').first().click();
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      await page.goto('/history');
      await expect(page.getByRole('button', { name: 'Forget “white noise”' })).toBeVisible();
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
  });
}

test('a long query does not make the page wider than a phone, in German too', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('traum.locale', 'de'));
  const query =
    'white noise like heavy rain upon a tin roof in the night that will not come to an end before the morning';
  await page.goto(`/?q=${encodeURIComponent(query)}`);
  await expect(results(page).first()).toBeVisible();
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto('/analytics');
  await expect(page.getByRole('link', { name: query }).first()).toBeAttached();
  for (const summary of await page.locator('summary').all()) await summary.click();
  await expectNoSidewaysScroll(page);
});
