import {
  beginWithSounds,
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  results,
  test,
  unfold,
} from './support/test';

beginWithSounds();

test('f makes a favourite and numbers give stars; both are filtered by and stand on the start page', async ({
  page,
}) => {
  await page.goto('/?q=clock');
  await unfold(page);
  const first = results(page).first();
  await expect(first).toHaveAccessibleName('clock on the wall');
  await first.focus();
  await page.keyboard.press('f');
  await expect(first.getByRole('button', { name: 'Favourite' })).toHaveAttribute('aria-pressed', 'true');
  const told = page.locator('[aria-live="polite"].sr-only');
  await expect(told).toHaveText('Favourite');
  await page.keyboard.press('4');
  await expect(first.getByRole('img', { name: '4 stars' })).toBeVisible();
  await expect(told).toHaveText('4 stars');

  await page.goto('/library');
  for (const view of ['List', 'Table', 'Grid']) {
    await page.getByRole('button', { name: view, exact: true }).click();
    await expect(page.locator('[data-sound]').getByRole('img', { name: '4 stars' })).toHaveCount(1);
  }
  await page.getByRole('button', { name: 'List', exact: true }).click();

  await page.goto('/');
  const shelf = page.getByRole('region', { name: 'Favourites' });
  await expect(shelf.getByRole('link', { name: 'clock on the wall' })).toBeVisible();
  await shelf.getByRole('link', { name: 'All: Favourites' }).click();
  await expect(results(page)).toHaveCount(1);
  await expect(page.getByRole('list', { name: 'Your search, part by part' })).toHaveText('Favourites only');

  await page.goto('/?q=rating:4-5');
  await expect(results(page)).toHaveCount(1);
  await results(page).first().getByRole('link', { name: 'clock on the wall' }).click();
  const stars = page.getByRole('group', { name: 'Your rating' });
  await expect(stars.getByRole('button', { name: '4 stars' })).toHaveAttribute('aria-pressed', 'true');
  await stars.getByRole('button', { name: '4 stars' }).click();
  await expect(stars.getByRole('button', { name: '4 stars' })).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('f');
  await expect(page.getByRole('button', { name: 'Favourite' }).first()).toHaveAttribute('aria-pressed', 'false');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Favourite' }).first()).toHaveAttribute('aria-pressed', 'false');
});

test('v gives a colour, which rows show, the page of the sound changes, and searches find', async ({ page }) => {
  await page.goto('/?q=clock');
  await unfold(page);
  const first = results(page).first();
  await first.focus();
  await page.keyboard.press('v');
  await expect(first.getByRole('img', { name: 'Red' })).toBeVisible();
  await page.keyboard.press('v');
  await expect(first.getByRole('img', { name: 'Orange' })).toBeVisible();
  await page.goto('/?q=colour:orange');
  await expect(results(page)).toHaveCount(1);
  await expect(page.getByRole('list', { name: 'Your search, part by part' })).toHaveText('Orange');
  await results(page).first().getByRole('link', { name: 'clock on the wall' }).click();
  const colours = page.getByRole('group', { name: 'Your colour' });
  await expect(colours.getByRole('button', { name: 'Orange' })).toHaveAttribute('aria-pressed', 'true');
  await colours.getByRole('button', { name: 'Blue' }).click();
  await page.reload();
  await expect(colours.getByRole('button', { name: 'Blue' })).toHaveAttribute('aria-pressed', 'true');
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(colours.getByRole('button', { name: 'Pink' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await page.goto('/?q=colour:orange');
  await expect(results(page)).toHaveCount(0);
});

test('a saved search stands on the start page and says when something new fits', async ({
  page,
  app,
  request,
  seeded,
  audio,
}) => {
  const id = seeded.get(audio.clicks) ?? '';
  await request.delete(`${app.url}/api/v1/audio/files/${id}`);
  await page.goto('/?q=format:ogg');
  await page.getByRole('button', { name: 'Save search' }).click();
  await expect(page.getByRole('button', { name: 'Saved', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.goto('/');
  const shelf = page.getByRole('region', { name: 'Saved searches' });
  await expect(shelf.getByRole('link', { name: 'format:ogg' })).toBeVisible();
  await expect(shelf.getByText(/new/)).toHaveCount(0);

  // A file that was there before and comes back from the bin is nothing new; one that is uploaded is.
  await request.delete(`${app.url}/api/v1/audio/files/${id}?permanent=true`);
  await request.delete(`${app.url}/api/v1/bin`);
  const { readFile } = await import('node:fs/promises');
  await request.post(`${app.url}/api/v1/audio/upload`, {
    multipart: {
      files: { name: 'clock on the wall.ogg', mimeType: 'audio/ogg', buffer: await readFile(audio.clicks) },
    },
  });
  await expect(shelf.getByText('1 new')).toBeVisible();
  // Forgotten by mistake, it comes back to its place, with what was new.
  await request.post(`${app.url}/api/v1/saved-searches`, { data: { query: 'later' } });
  await expect(shelf.getByRole('link')).toHaveText(['format:ogg', 'later']);
  await shelf.getByRole('button', { name: 'Forget the saved search “format:ogg”' }).click();
  await expect(shelf.getByRole('link')).toHaveText(['later']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(shelf.getByRole('link')).toHaveText(['format:ogg', 'later']);
  await expect(shelf.getByText('1 new')).toBeVisible();
  await shelf.getByRole('button', { name: 'Forget the saved search “later”' }).click();
  await expect(shelf.getByRole('link')).toHaveText(['format:ogg']);
  await shelf.getByRole('link', { name: 'format:ogg' }).click();
  await expect(results(page)).toHaveCount(1);
  await page.goto('/');
  await expect(shelf.getByRole('link', { name: 'format:ogg' })).toBeVisible();
  await expect(shelf.getByText(/new/)).toHaveCount(0);

  await shelf.getByRole('button', { name: 'Rename the saved search “format:ogg”' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('All Oggs');
  await page.keyboard.press('Enter');
  await shelf.getByRole('button', { name: 'Forget the saved search “All Oggs”' }).click();
  await expect(shelf).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(shelf.getByRole('link', { name: 'All Oggs' })).toHaveAttribute('href', /format(:|%3A)ogg/);

  // What is counted anew comes later, and moves nothing.
  await page.route('**/api/v1/saved-searches*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await route.continue();
  });
  await page.reload();
  const added = page.getByRole('region', { name: 'Recently added' });
  await expect(added).toBeVisible();
  await expect(shelf.getByRole('link')).toHaveCount(0);
  const before = await added.boundingBox();
  await expect(shelf.getByRole('link', { name: 'All Oggs' })).toBeVisible();
  expect(await added.boundingBox()).toEqual(before);
  await shelf.getByRole('button', { name: 'Forget the saved search “All Oggs”' }).click();
  await expect(shelf).toHaveCount(0);
});

test('a saved search keeps its order and its view', async ({ page }) => {
  await page.goto('/?q=len:<10m&sort=longest');
  await page.getByRole('button', { name: 'Save search' }).click();
  await expect(page.getByRole('button', { name: 'Saved', exact: true })).toBeVisible();
  await page.getByRole('radio', { name: 'Moments' }).check({ force: true });
  await page.getByRole('button', { name: 'Save search' }).click();
  await page.goto('/');
  const links = page.getByRole('region', { name: 'Saved searches' }).getByRole('link');
  await expect(links).toHaveCount(2);
  await links.first().click();
  await expect(results(page).first()).toHaveAccessibleName('long night');
  await expect(page).toHaveURL(/sort=longest$/);
  await page.goBack();
  await links.last().click();
  await expect(page).toHaveURL(/sort=longest&show=moments$/);
});

test('on a tablet the start page is calm while it is filled, and the box with a long example', async ({
  page,
  seeded,
  audio,
}) => {
  await page.setViewportSize({ width: 768, height: 900 });
  await page.route('**/api/v1/audio/files?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  await page.goto('/');
  const hint = page.getByText(/or drop a sound/);
  await expect(hint).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  const before = await hint.boundingBox();
  await expect(page.getByRole('list', { name: 'Try', exact: true }).getByRole('link').first()).toBeVisible();
  expect(await hint.boundingBox()).toEqual(before);

  const q = `a very long description of a bell like:${seeded.get(audio.tone)}@0.5-2`;
  await page.goto(`/?${new URLSearchParams({ q }).toString()}`);
  const form = page.getByRole('search');
  await expect(form.getByText('evening bell 0:00.5–0:02.0')).toBeVisible();
  const [tools, go] = [
    await form.getByRole('button', { name: 'Record a sound to search with' }).boundingBox(),
    await form.getByRole('button', { name: 'Search', exact: true }).boundingBox(),
  ];
  expect(go!.x).toBeGreaterThan(tools!.x);
  expect(Math.abs(go!.y + go!.height / 2 - (tools!.y + tools!.height / 2))).toBeLessThan(2);
});

test('results are put in another order, which stands in the address', async ({ page }) => {
  await page.goto('/?q=len:<10m');
  await expect(results(page)).toHaveCount(4);
  await page.getByRole('combobox', { name: 'Order of the results' }).selectOption('Longest');
  await expect(page).toHaveURL(/sort=longest/);
  await expect(results(page).first()).toHaveAccessibleName('long night');
  await page.getByRole('combobox', { name: 'Order of the results' }).selectOption('Name');
  await expect(results(page).first()).toHaveAccessibleName('clock on the wall');
  await page.reload();
  await expect(results(page).first()).toHaveAccessibleName('clock on the wall');
  await page.getByRole('combobox', { name: 'Order of the results' }).selectOption('Best match');
  await expect(page).toHaveURL(/q=len:?%?3?A?%3C10m$/);
});

test('what was played stands on the start page', async ({ page, app, request, seeded, audio }) => {
  await request.post(`${app.url}/api/v1/audio/files/${seeded.get(audio.tone)}/plays`);
  await page.goto('/');
  await expect(
    page.getByRole('region', { name: 'Recently played' }).getByRole('link', { name: 'evening bell' }),
  ).toBeVisible();
  await expect(page.getByRole('region', { name: 'Recently added' }).getByRole('link')).toHaveCount(5);
});

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(colorScheme, () => {
    test.use({ viewport: { width: 360, height: 780 }, locale: 'de-DE', colorScheme });
    test(`the start page is accessible and fits a phone, in German`, async ({ page, app, request, seeded }) => {
      await request.put(`${app.url}/api/v1/ratings`, { data: { soundIds: [...seeded.values()], favourite: true } });
      await request.post(`${app.url}/api/v1/saved-searches`, { data: { query: 'Regen auf einem Blechdach' } });
      await page.goto('/');
      await expect(page.getByRole('region', { name: 'Favoriten' }).getByRole('listitem')).toHaveCount(4);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
    });
  });
}
