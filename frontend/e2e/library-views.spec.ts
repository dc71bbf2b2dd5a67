import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { beginWithSounds, expect, expectNoSidewaysScroll, expectPlaying, test } from './support/test';

const rows = (page: Page): Locator => page.locator('[data-sound]');
const cell = (page: Page, row: number, column: number): Locator => page.locator(`[data-cell="${row}:${column}"]`);

beginWithSounds();

test('the table sorts by its headings and is remembered', async ({ page }) => {
  await page.goto('/library');
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Library' })).toBeVisible();
  await page.getByRole('columnheader', { name: 'Length' }).getByRole('button').click();
  await expect(page).toHaveURL(/sort=duration/);
  await page.getByRole('columnheader', { name: 'Length' }).getByRole('button').click();
  await expect(page.getByRole('columnheader', { name: 'Length' })).toHaveAttribute('aria-sort', 'descending');
  await expect(rows(page).first()).toContainText('long night');
  await page.reload();
  await expect(page.getByRole('grid', { name: 'Library' })).toBeVisible();
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
});

test('the table is edited, played and selected in without a mouse', async ({ page, app, request, seeded, audio }) => {
  await page.addInitScript(() => localStorage.setItem('traum.library.view', 'table'));
  await page.goto('/library?sort=title');
  await expect(rows(page)).toHaveCount(4);
  await cell(page, 0, 0).focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell(page, 0, 1)).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.type('The Clockmaker');
  await page.keyboard.press('Tab');
  await page.keyboard.type('fast');
  await page.keyboard.press('Enter');
  const tempo = page.getByRole('textbox', { name: /^BPM/ });
  await expect(tempo).toHaveAttribute('aria-invalid', 'true');
  await tempo.fill('120');
  await page.keyboard.press('Tab');
  await page.keyboard.type('am');
  await page.keyboard.press('Enter');
  await expect(cell(page, 0, 4)).toBeFocused();
  await expect(cell(page, 0, 4)).toHaveText('Am');
  await expect(cell(page, 0, 1)).toHaveText('The Clockmaker');
  const sound = await request.get(`${app.url}/api/v1/audio/files/${seeded.get(audio.clicks)}`);
  expect(await sound.json()).toMatchObject({ artist: 'The Clockmaker', bpm: 120, key: 'Am' });

  await page.keyboard.press('F2');
  await page.keyboard.type('C');
  await page.keyboard.press('Escape');
  await expect(cell(page, 0, 4)).toHaveText('Am');
  await page.keyboard.press('x');
  await expect(page.getByRole('toolbar', { name: 'Selected sounds' })).toContainText('1 selected');
  await page.keyboard.press('Space');
  await expectPlaying(page);
  await request.patch(`${app.url}/api/v1/audio/files/${seeded.get(audio.clicks)}`, {
    data: { artist: null, bpm: null, key: null },
  });
});

test('the keys of the table stay in the columns that there is room for', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('traum.library.view', 'table'));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto('/library?sort=title');
  await expect(rows(page)).toHaveCount(4);
  await cell(page, 0, 0).focus();
  await page.keyboard.press('End');
  await expect(cell(page, 0, 8)).toBeFocused();
  await page.setViewportSize({ width: 900, height: 800 });
  await expect(cell(page, 0, 8)).toBeHidden();
  await expect(cell(page, 0, 5)).toHaveAttribute('tabindex', '0');
  await cell(page, 0, 5).focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell(page, 0, 5)).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('End');
  await expect(cell(page, 0, 5)).toBeFocused();
});

test('what the server refuses stands as it was', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('traum.library.view', 'table'));
  await page.goto('/library?sort=title');
  const before = await cell(page, 1, 4).innerText();
  await cell(page, 1, 4).dblclick();
  await page.keyboard.type('X');
  await page.keyboard.press('Enter');
  await expect(page.getByText('“evening bell” was not changed')).toBeVisible();
  await expect(cell(page, 1, 4)).toHaveText(before);
});

test('cards play, open and are selected, on a phone as well', async ({ page }) => {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    await page.goto('/library');
    await page.getByRole('button', { name: 'Grid', exact: true }).click();
    const first = page.getByRole('article').first();
    await expect(page.getByRole('article')).toHaveCount(4);
    await first.getByRole('button', { name: /^Play / }).click();
    await expectPlaying(page);
    await first.getByRole('checkbox').check();
    await expect(page.getByRole('toolbar', { name: 'Selected sounds' })).toContainText('1 selected');
    await expectNoSidewaysScroll(page);
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.keyboard.press('Escape');
    if (width === 360) await expect(page.getByRole('button', { name: 'Table', exact: true })).toBeHidden();
  }
});
