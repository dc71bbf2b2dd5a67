import { PROCESSING_MS, drop, expect, expectPlaying, results, test } from './support/test';

// One person's way through the app, in order.
test('drop sounds in, find them by words and by sound, hear, compare and delete them', async ({
  page,
  audio,
  empty: _empty,
}) => {
  await test.step('an empty library invites to add sounds', async () => {
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Your library is silent' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Add sounds' })).toBeVisible();
  });

  await test.step('dropped files upload, and a file that is no audio says why', async () => {
    await drop(page, 'upload', [audio.tone, audio.noise, audio.long, audio.clicks, audio.fake]);
    await expect(page).toHaveURL(/\/upload$/);
    await expect(page.locator('[data-upload="ready"]')).toHaveCount(4, { timeout: PROCESSING_MS });
    const rejected = page.locator('[data-upload="rejected"]');
    await expect(rejected).toContainText('shopping-list.mp3');
    await expect(rejected).toContainText(/not a sound|no audio/i);
    await expect(page.getByText('5 of 5 files')).toBeVisible();
  });

  await test.step('the same file again is recognised and leads to the sound that is there', async () => {
    await page.locator('input[type="file"][multiple]').setInputFiles(audio.tone);
    const duplicate = page.locator('[data-upload="duplicate"]');
    await expect(duplicate).toContainText('Already in the library');
    await duplicate.getByRole('link', { name: 'Show it' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'evening bell' })).toBeVisible();
  });

  await test.step('words find a sound', async () => {
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.getByRole('combobox', { name: 'Describe a sound' }).fill('evening bell');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\?q=evening\+bell$/);
    await expect(results(page).first()).toHaveAccessibleName('evening bell');
    await expect(results(page).first()).toContainText(/\d+\s?%/);
  });

  await test.step('the search is in the address: a reload repeats it', async () => {
    await page.reload();
    await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toHaveValue('evening bell');
    await expect(results(page).first()).toHaveAccessibleName('evening bell');
  });

  await test.step('a dropped clip finds what sounds like it', async () => {
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await drop(page, 'search', [audio.otherNoise]);
    await expect(page.getByRole('button', { name: 'Remove like unnamed.mp3' })).toBeVisible();
    await expect(page).toHaveURL(/\?q=clip%3A\w+$/);
    await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
  });

  await test.step('the server keeps the clip: a reload repeats the search', async () => {
    await page.reload();
    await expect(page.getByRole('button', { name: 'Remove like unnamed.mp3' })).toBeVisible();
    await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
  });

  await test.step('a result plays, and its matched moment can be jumped to', async () => {
    const pinpointed = page.waitForResponse((response) => response.url().endsWith('/moments?q=long%20night'));
    await page.goto('/?q=long+night');
    expect((await pinpointed).ok()).toBe(true);
    const row = page.getByRole('article', { name: 'long night' });
    await row.getByRole('button', { name: 'Play long night', exact: true }).click();
    await expectPlaying(page);
    await expect(page.getByRole('region', { name: 'Player' })).toContainText('long night');
    await row.getByRole('button', { name: 'Pause long night' }).click();
    await expect(row.getByRole('button', { name: 'Play long night', exact: true })).toBeVisible();
    await row
      .getByRole('button', { name: /^Play the match from/ })
      .first()
      .click();
    await expectPlaying(page);
  });

  await test.step('the player stays while the pages change', async () => {
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await expect(page.locator('[data-sound]')).toHaveCount(4);
    await expectPlaying(page);
    await page.getByRole('button', { name: 'Close the player' }).click();
  });

  await test.step('more like this searches with a sound of the library', async () => {
    await page.goto('/?q=hiss');
    await page.getByRole('article', { name: 'hiss of the sea' }).getByRole('link', { name: 'More like this' }).click();
    await expect(page).toHaveURL(/q=like%3A/);
    await expect(page.getByRole('button', { name: 'Remove like hiss of the sea' })).toBeVisible();
    await expect(results(page).first()).toBeVisible();
  });

  await test.step('a deleted sound can be taken back, or is gone', async () => {
    await page.goto('/library');
    const row = page.locator('[data-sound]').filter({ hasText: 'clock on the wall' });
    await row.getByRole('button', { name: 'Delete' }).click();
    await expect(row).toHaveCount(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(row).toHaveCount(1);
    // The message leaves with an animation; the next one must be the only one.
    await expect(page.getByRole('log').getByRole('button')).toHaveCount(0);

    const deletion = page.waitForResponse((response) => response.url().endsWith('/audio/files/delete'));
    await row.getByRole('button', { name: 'Delete' }).click();
    expect((await deletion).ok()).toBe(true);
    await page.reload();
    await expect(page.locator('[data-sound]')).toHaveCount(3);
    await expect(row).toHaveCount(0);
  });
});
