import { beginWithSounds, expect, expectPlaying, results, test, unfold } from './support/test';

beginWithSounds();

test('search, walk through the results and play without a mouse', async ({ page }) => {
  await page.goto('/library');
  await expect(page.locator('[data-sound]')).toHaveCount(4);
  await page.keyboard.press('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await expect(box).toBeFocused();
  // Pressed where one is already, it is no word; among words it is a sign like others.
  await page.keyboard.press('/');
  await expect(box).toHaveValue('');
  await page.keyboard.type('24/96');
  await expect(box).toHaveValue('24/96');
  await box.selectText();
  await page.keyboard.type('clock on the wall');
  await page.keyboard.press('Enter');
  await expect(results(page).first()).toHaveAccessibleName('clock on the wall');

  await unfold(page);
  // On a slow machine four seconds are over soon.
  await page.locator('audio').evaluate((audio: HTMLAudioElement) => (audio.loop = true));
  await page.keyboard.press('j');
  await expect(results(page).first()).toBeFocused();
  await expectPlaying(page);
  await expect(page.getByRole('region', { name: 'Player' })).toContainText('clock on the wall');
  const paused = (): Promise<boolean> => page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.paused);
  await page.keyboard.press('Space');
  await expect.poll(paused).toBe(true);
  await page.keyboard.press('Space');
  await expect.poll(paused).toBe(false);

  await page.keyboard.press('j');
  await expect(results(page).nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await expect(results(page).first()).toBeFocused();
  // The arrows also go on from a button of the row.
  await results(page).first().getByRole('button', { name: 'Favourite' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(results(page).nth(1)).toBeFocused();
  await page.keyboard.press('x');
  await expect(page.getByRole('toolbar')).toContainText('1 selected');
  await page.keyboard.press('x');
  await page.keyboard.press('ArrowUp');
  await expect(results(page).first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/sound\//);
  await expect(page.getByRole('heading', { level: 1, name: 'clock on the wall' })).toBeVisible();
});

test('suggestions follow the typing and can be picked with the arrow keys', async ({ page }) => {
  await page.goto('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.fill('hiss');
  await expect(page.getByRole('option').first()).toContainText('hiss');
  await box.press('ArrowDown');
  await expect(page.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
  await box.press('Enter');
  await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
});

test('the library is walked through and heard by the keys of a search', async ({ page }) => {
  await page.goto('/library?sort=title');
  const rows = page.locator('[data-sound]');
  await expect(rows).toHaveCount(4);
  const player = page.getByRole('region', { name: 'Player' });
  const names = await rows.evaluateAll((all) => all.map((row) => row.getAttribute('aria-label') ?? ''));
  await page.keyboard.press('j');
  await expect(player).toContainText(names[0]!);
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  await expect(rows.nth(1).getByRole('link', { name: names[1]! })).toBeFocused();
  await expect(player).toContainText(names[1]!);
  await page.keyboard.press('Space');
  await expect(player.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  // Space is about the row that has the focus, not about what plays.
  await rows.nth(0).getByRole('link', { name: names[0]! }).focus();
  await page.keyboard.press('Space');
  await expect(player).toContainText(names[0]!);
  await rows.nth(1).getByRole('link', { name: names[1]! }).focus();
  const favourite = rows.nth(1).getByRole('button', { name: 'Favourite' });
  const before = await favourite.getAttribute('aria-pressed');
  await page.keyboard.press('f');
  await expect(favourite).not.toHaveAttribute('aria-pressed', before!);
  await page.keyboard.press('f');
  await page.keyboard.press('Shift+J');
  await expect(page.getByRole('toolbar')).toContainText('2 selected');
  await page.keyboard.press('t');
  await expect(page.getByRole('dialog', { name: 'Tag 2 sounds' })).toBeVisible();
});

test('the list of shortcuts opens with a question mark and closes with Escape', async ({ page }) => {
  await page.goto('/library');
  await expect(page.locator('[data-sound]')).toHaveCount(4);
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('Space on a sound’s page plays and pauses it, and does not scroll', async ({ page, seeded, audio }) => {
  await page.setViewportSize({ width: 1280, height: 420 });
  await page.goto(`/sound/${seeded.get(audio.long)}`);
  await expect(page.getByRole('heading', { level: 1, name: 'long night' })).toBeVisible();
  const playing = (): Promise<boolean> =>
    page.locator('audio').evaluate((element: HTMLAudioElement) => !element.paused);
  await page.keyboard.press('Space');
  await expect(page.getByRole('region', { name: 'Player' })).toContainText('long night');
  await expectPlaying(page);
  await page.keyboard.press('Space');
  await expect.poll(playing).toBe(false);
  // Also with the focus on a link, on which Space does nothing.
  await page.getByRole('link', { name: 'Library', exact: true }).focus();
  await page.keyboard.press('Space');
  await expect.poll(playing).toBe(true);
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test('a page that is not there says so in its title and heading', async ({ page }) => {
  for (const path of ['/no/such/page', '/sound/00000000-0000-4000-8000-000000000000']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: 'There is nothing here' })).toBeVisible();
    await expect(page).toHaveTitle(/^There is nothing here/);
  }
});
