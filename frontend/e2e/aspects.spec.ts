import type { Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { expect, expectNoSidewaysScroll, results, test } from './support/test';

const sliders = (page: Page) => page.getByRole('button', { name: /^Alike in/ });

test('the similar sounds of a sound follow the sliders, and the search takes them along', async ({
  page,
  seeded,
  audio,
}) => {
  const id = seeded.get(audio.clicks) ?? '';
  await page.goto(`/sound/${id}`);
  await expect(results(page).first()).toBeVisible();
  await sliders(page).click();
  const loudness = page.waitForResponse(
    (answer) => answer.url().includes('/similar?') && answer.url().includes('loudness=2'),
  );
  await page.getByRole('slider', { name: /^Loudness/ }).focus();
  await page.keyboard.press('End');
  expect((await loudness).ok()).toBe(true);
  const alone = page.waitForResponse((answer) => answer.url().includes('overall=0'));
  await page.getByRole('slider', { name: /^Overall/ }).focus();
  await page.keyboard.press('Home');
  expect((await alone).ok()).toBe(true);
  await expect(sliders(page)).toHaveAccessibleName(/Loudness ×2$/);

  await page.getByRole('link', { name: 'Show all like this' }).click();
  await expect(page).toHaveURL(new RegExp(`like%3A${id}%7Eoverall%3A0%7Eloudness%3A2`, 'i'));
  await expect(results(page).first()).toBeVisible();
  await expect(sliders(page)).toHaveAccessibleName(/Loudness ×2$/);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test('sliders of a search write what they say into it, and nothing counts is not searched for', async ({
  page,
  seeded,
  audio,
}) => {
  const id = seeded.get(audio.clicks) ?? '';
  await page.goto(`/?q=like:${id}`);
  await sliders(page).click();
  await page.getByRole('slider', { name: /^Overall/ }).focus();
  await page.keyboard.press('Home');
  await expect(sliders(page)).toHaveAccessibleName(/nothing yet$/);
  expect(page.url()).not.toContain('overall');
  await page.getByRole('slider', { name: /^Timbre/ }).focus();
  await page.keyboard.press('End');
  await expect(page).toHaveURL(/overall%3A0%7Etimbre%3A2/i);
  await expect(page.getByRole('slider', { name: /^Timbre/ })).toBeFocused();
  await page.getByRole('button', { name: 'Overall again' }).click();
  await expect(page).toHaveURL(new RegExp(`q=like%3A${id}$`, 'i'));
});

test('on a phone the sliders fit', async ({ page, seeded, audio }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/?q=like:${seeded.get(audio.clicks) ?? ''}`);
  await sliders(page).click();
  await expect(page.getByRole('slider', { name: /^Rhythm/ })).toBeVisible();
  await expectNoSidewaysScroll(page);
});
