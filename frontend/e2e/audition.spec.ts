import {
  beginWithSounds,
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  expectPlaying,
  player,
  results,
  searchBox,
  test,
} from './support/test';

beginWithSounds();

test('results come while one types; only Enter writes the address and the history', async ({ page, app, request }) => {
  await request.delete(`${app.url}/api/v1/search/history`);
  await page.goto('/');
  await expect(searchBox(page)).toBeFocused();
  await page.keyboard.type('hiss of the sea');
  await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
  await expect(searchBox(page)).toBeFocused();
  expect(new URL(page.url()).search).toBe('');
  const history = async (): Promise<string[]> => {
    const answer = await request.get(`${app.url}/api/v1/search/history`);
    return ((await answer.json()) as { items: { query: string }[] }).items.map(({ query }) => query);
  };
  expect(await history()).toEqual([]);

  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=hiss\+of\+the\+sea/);
  await expect.poll(history).toEqual(['hiss of the sea']);
});

test('what was typed is there again after a look at a result', async ({ page }) => {
  await page.goto('/');
  await searchBox(page).fill('clock');
  await results(page).first().getByRole('link', { name: 'clock on the wall' }).click();
  await expect(page).toHaveURL(/\/sound\//);
  await page.goBack();
  await expect(searchBox(page)).toHaveValue('clock');
  await expect(results(page).first()).toHaveAccessibleName('clock on the wall');
});

test('moving plays, unless the setting says otherwise', async ({ page }) => {
  await page.goto('/?q=format:wav');
  await expect(results(page)).toHaveCount(2);
  await searchBox(page).press('Escape');
  await page.keyboard.press('j');
  await expectPlaying(page);
  const first = await results(page).first().getAttribute('aria-label');
  await expect(player(page)).toContainText(first ?? '');
  await page.keyboard.press('ArrowDown');
  await expect(results(page).nth(1)).toBeFocused();
  await expect(player(page)).toContainText((await results(page).nth(1).getAttribute('aria-label')) ?? '');
  await expectPlaying(page);

  await page.getByRole('checkbox', { name: 'Play while moving' }).uncheck();
  await page.keyboard.press('k');
  await expect(results(page).first()).toBeFocused();
  await expect(player(page)).not.toContainText(first ?? '');
  await page.reload();
  await expect(page.getByRole('checkbox', { name: 'Play while moving' })).not.toBeChecked();
});

test('the next follows by itself, and the place in the list with it', async ({ page }) => {
  await page.goto('/?q=format:wav');
  await page.getByRole('checkbox', { name: 'Play the next one too' }).check();
  await results(page).first().focus();
  await page.keyboard.press('Space');
  const second = (await results(page).nth(1).getAttribute('aria-label')) ?? '';
  await expect(player(page)).toContainText(second);
  await expect(results(page).nth(1)).toBeFocused();
});

test('t tags and c collects what the list is at', async ({ page }) => {
  await page.goto('/?q=clock+on+the+wall');
  await results(page).first().focus();
  await page.keyboard.press('t');
  const dialog = page.getByRole('dialog', { name: 'Tag 1 sound' });
  await dialog.getByRole('textbox', { name: 'Add tags' }).fill('tick');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(results(page).first()).toContainText('tick');
  await results(page).first().focus();
  await page.keyboard.press('c');
  await expect(page.getByRole('dialog', { name: 'Add to collection' })).toBeVisible();
});

test('format and tags on a row narrow the search, and can be turned round', async ({
  page,
  app,
  request,
  seeded,
  audio,
}) => {
  await request.patch(`${app.url}/api/v1/audio/files/${seeded.get(audio.noise)}`, { data: { tags: ['surf'] } });
  await page.goto('/?q=len:<60s');
  await expect(results(page)).toHaveCount(4);
  await results(page).filter({ hasText: 'hiss of the sea' }).getByRole('link', { name: 'Only: WAV' }).click();
  await expect(results(page)).toHaveCount(2);
  await expect(searchBox(page)).toHaveValue('len:<60s format:wav');
  await results(page).filter({ hasText: 'hiss of the sea' }).getByRole('link', { name: 'Only: surf' }).click();
  await expect(results(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Without: Tag: surf' }).click();
  await expect(results(page)).toHaveCount(1);
  await expect(results(page).first()).toHaveAccessibleName('evening bell');
});

test('examples are chips with names: no ids in the box, nor in the history', async ({ page, seeded, audio }) => {
  const id = seeded.get(audio.tone) ?? '';
  await page.goto('/?q=hiss');
  await results(page).filter({ hasText: 'evening bell' }).or(results(page)).first().waitFor();
  await page.goto(`/?q=${encodeURIComponent(`hiss like:${id}`)}`);
  await expect(searchBox(page)).toHaveValue('hiss');
  await expect(page.getByRole('button', { name: 'Remove evening bell', exact: true })).toBeVisible();
  await page.goto('/history');
  await expect(page.getByText('hiss ♪ evening bell')).toBeVisible();
  await expect(page.getByText(id.slice(0, 8))).toHaveCount(0);
  await page.goBack();
  await searchBox(page).fill('');
  await searchBox(page).press('Backspace');
  await expect(page.getByRole('button', { name: 'Remove evening bell', exact: true })).toHaveCount(0);
});

test('a search says how many match, and folds the rest away', async ({ page }) => {
  await page.route('**/api/v1/search?*', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { fitting: number; results: { fits: boolean }[] };
    body.fitting = 1;
    body.results.forEach((result, i) => (result.fits = i === 0));
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto('/?q=clock');
  await expect(page.getByText('1 match', { exact: true })).toBeVisible();
  await expect(results(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Show 3 more that fit less well' }).click();
  await expect(results(page)).toHaveCount(4);
});

test('loops are heard in the session’s tempo, and the queue shuffles and repeats', async ({
  page,
  app,
  request,
  seeded,
  audio,
}) => {
  await request.patch(`${app.url}/api/v1/audio/files/${seeded.get(audio.tone)}`, { data: { bpm: 100, key: 'Am' } });
  await page.goto('/?q=evening+bell');
  await results(page).first().getByRole('button', { name: 'Play evening bell' }).click();
  await page.getByRole('button', { name: 'Queue and listening' }).click();
  const dialog = page.getByRole('dialog', { name: 'Queue and listening' });
  await expect(dialog.getByRole('button', { name: /^evening bell/ })).toHaveAttribute('aria-current', 'true');
  await dialog.getByRole('spinbutton', { name: 'Tempo (BPM)' }).fill('120');
  await dialog.getByRole('spinbutton', { name: 'Tempo (BPM)' }).press('Tab');
  const rate = (): Promise<number> =>
    page.locator('audio').evaluate((element: HTMLAudioElement) => element.playbackRate);
  await expect.poll(rate).toBeCloseTo(1.2);
  // Two semitones up: the bytes run faster by them, and are slowed down with their pitch kept.
  await dialog.getByRole('combobox', { name: 'Key' }).selectOption('Bm');
  await expect.poll(rate).toBeCloseTo(1.2 / 2 ** (2 / 12));
  const length = (): Promise<number> => page.locator('audio').evaluate((element: HTMLAudioElement) => element.duration);
  await expect.poll(length).toBeCloseTo(3 / 2 ** (2 / 12), 1);
  await expectAccessible(page, 'dialog[open]');
  await page.keyboard.press('Escape');
  await player(page).getByRole('button', { name: '120 BPM · +2 semitones' }).click();
  await expect(player(page).getByRole('button', { name: 'Original · 100 BPM · Am' })).toBeVisible();
  await expect.poll(rate).toBe(1);
});

test('the queue is put in another order by keys, buttons and dragging; what is taken out can be had back', async ({
  page,
}) => {
  await page.goto('/?q=len:<10m&sort=name');
  await expect(results(page)).toHaveCount(4);
  const names = ['clock on the wall', 'evening bell', 'hiss of the sea', 'long night'];
  await results(page)
    .first()
    .getByRole('button', { name: `Play ${names[0]}` })
    .click();
  await page.getByRole('button', { name: 'Queue and listening' }).click();
  const dialog = page.getByRole('dialog', { name: 'Queue and listening' });
  const queue = dialog.locator('[data-queued] .name');
  await expect(queue).toHaveText(names);
  await dialog.getByRole('button', { name: 'Move long night up' }).click();
  await page.keyboard.press('Enter');
  await expect(queue).toHaveText([names[0]!, names[3]!, names[1]!, names[2]!]);
  await dialog.getByRole('button', { name: 'Move long night', exact: true }).press('ArrowDown');
  await expect(queue).toHaveText([names[0]!, names[1]!, names[3]!, names[2]!]);
  await expect(dialog.getByRole('button', { name: 'Move long night', exact: true })).toBeFocused();
  const handle = dialog.getByRole('button', { name: 'Move hiss of the sea', exact: true });
  await handle.scrollIntoViewIfNeeded();
  const [from, to] = [await handle.boundingBox(), await queue.nth(1).boundingBox()];
  await page.mouse.move(from!.x + 5, from!.y + 5);
  await page.mouse.down();
  await page.mouse.move(from!.x + 5, to!.y + 10, { steps: 4 });
  await page.mouse.up();
  const moved = [names[0]!, names[2]!, names[1]!, names[3]!];
  await expect(queue).toHaveText(moved);
  await expectAccessible(page, 'dialog[open]');

  await dialog.getByRole('button', { name: 'Remove evening bell from the queue' }).click();
  await expect(queue).toHaveCount(3);
  await dialog.getByRole('button', { name: 'Clear queue' }).click();
  await expect(queue).toHaveText([names[0]!]);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(queue).toHaveCount(3);
  await page.keyboard.press('Escape');
  // Going on in the list, or pausing there, leaves it as it is.
  await results(page)
    .first()
    .getByRole('button', { name: /^(Play|Pause) clock on the wall$/ })
    .click();
  await player(page).getByRole('button', { name: 'Next sound' }).click();
  await expect(player(page)).toContainText(names[2]!);
});

for (const theme of ['dark', 'light'] as const) {
  test(`typed results in German are accessible and fit a phone, ${theme}`, async ({ page }) => {
    await page.addInitScript((choice) => {
      localStorage.setItem('traum.theme', choice);
      localStorage.setItem('traum.locale', 'de');
    }, theme);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto('/');
    await page.locator('#search-box').fill('clock');
    await expect(results(page).first()).toHaveAccessibleName('clock on the wall');
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
}
