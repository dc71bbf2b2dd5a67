import type { Locator, Page } from '@playwright/test';
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

const rows = (page: Page): Locator => page.locator('[data-sound]');
const bar = (page: Page): Locator => page.getByRole('toolbar', { name: 'Selected sounds' });
const box = (row: Locator): Locator => row.getByRole('checkbox');

test('a range is chosen, tagged and found by its tag', async ({ page }) => {
  await page.goto('/library?sort=title');
  await expect(rows(page)).toHaveCount(4);
  await box(rows(page).nth(0)).check();
  await box(rows(page).nth(2)).click({ modifiers: ['Shift'] });
  await expect(bar(page)).toContainText('3 selected');
  await bar(page).getByRole('button', { name: 'Tag' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tag 3 sounds' });
  await dialog.getByLabel('Add tags').fill('shift range,');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('3 sounds tagged')).toBeVisible();
  await expect(rows(page).nth(1)).toContainText('shift range');

  await bar(page).getByRole('button', { name: 'Tag' }).click();
  await dialog.getByRole('button', { name: /^shift range/ }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(rows(page).nth(1)).not.toContainText('shift range');
});

test('tags of a selection show at once among the results, and are taken back', async ({ page }) => {
  await page.goto('/?q=noise');
  await expect(results(page).first()).toBeVisible();
  for (const place of [0, 1]) await box(results(page).nth(place)).check();
  await bar(page).getByRole('button', { name: 'Tag' }).click();
  await page.keyboard.type('at once');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  for (const place of [0, 1]) await expect(results(page).nth(place)).toContainText('at once');
  await page.getByRole('button', { name: 'Undo' }).click();
  for (const place of [0, 1]) await expect(results(page).nth(place)).not.toContainText('at once');
  await page.reload();
  await expect(results(page).first()).toBeVisible();
  await expect(results(page).filter({ hasText: 'at once' })).toHaveCount(0);
});

test('an edit of a selection shows at once among the results, asks for one sound only, and is taken back', async ({
  page,
}) => {
  await page.goto('/?q=noise');
  await expect(results(page).first()).toBeVisible();
  for (const place of [0, 1]) await box(results(page).nth(place)).check();
  await bar(page).getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit 2 sounds' });
  await dialog.getByRole('textbox', { name: 'Artist' }).fill('Choir of two');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/\/audio\/files\/[0-9a-f-]{36}$/.test(request.url())) asked.push(request.url());
  });
  await dialog.getByRole('button', { name: 'Save' }).click();
  for (const place of [0, 1]) await expect(results(page).nth(place)).toContainText('Choir of two');
  expect(asked).toHaveLength(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  for (const place of [0, 1]) await expect(results(page).nth(place)).not.toContainText('Choir of two');
});

test('author and licence are given to a selection, searched for, and shown on the page of a sound', async ({
  page,
}) => {
  await page.goto('/?q=noise');
  await expect(results(page).first()).toBeVisible();
  for (const place of [0, 1]) await box(results(page).nth(place)).check();
  await bar(page).getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit 2 sounds' });
  await dialog.getByRole('textbox', { name: 'Author' }).fill('Ann of the hills');
  await dialog.getByRole('textbox', { name: 'Licence' }).fill('https://creativecommons.org/licenses/by/4.0/');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await page.goto('/?q=licence:"CC BY" author:hills');
  await expect(results(page)).toHaveCount(2);
  await results(page).nth(0).getByRole('link').first().click();
  await expect(page.getByText('CC BY 4.0')).toBeVisible();
  await page.getByRole('link', { name: 'Ann of the hills' }).click();
  await expect(results(page)).toHaveCount(2);
});

test('a selection is rated, by the bar or by keys, and the way back gives each what it had', async ({
  page,
  app,
  request,
  seeded,
  audio,
}) => {
  const [tone, noise] = [seeded.get(audio.tone), seeded.get(audio.noise)];
  await request.put(`${app.url}/api/v1/ratings`, { data: { soundIds: [...seeded.values()], stars: null } });
  await request.put(`${app.url}/api/v1/ratings`, { data: { soundIds: [tone], stars: 2 } });
  const starsOf = async (): Promise<(number | null)[]> => {
    const answer = await request.get(`${app.url}/api/v1/ratings`);
    const { items } = (await answer.json()) as { items: { soundId: string; stars: number | null }[] };
    return [tone, noise].map((id) => items.find(({ soundId }) => soundId === id)?.stars ?? null);
  };
  await page.goto('/library');
  for (const id of [tone, noise]) await box(page.locator(`[data-sound="${id}"]`)).check();
  await bar(page).getByRole('button', { name: 'Rate' }).click();
  await page.getByRole('dialog', { name: 'Rate 2 sounds' }).getByRole('button', { name: '4 stars' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect.poll(starsOf).toEqual([4, 4]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(starsOf).toEqual([2, null]);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await page.keyboard.press('5');
  await expect.poll(starsOf).toEqual([5, 5]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(starsOf).toEqual([2, null]);
});

test('everything is chosen by keyboard, deleted and taken back', async ({ page }) => {
  await page.goto('/library');
  await expect(rows(page)).toHaveCount(4);
  await page.keyboard.press('Control+a');
  await expect(bar(page)).toContainText('4 selected');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(bar(page)).toBeHidden();
  await page.keyboard.press('Control+a');
  await bar(page).getByRole('button', { name: 'Delete' }).click();
  await expect(rows(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(4);
});

test('what is not taken back is gone', async ({ page, app, request }) => {
  await page.goto('/library?sort=title');
  await expect(rows(page)).toHaveCount(4);
  await box(rows(page).nth(0)).check();
  await box(rows(page).nth(1)).check();
  await bar(page).getByRole('button', { name: 'Delete' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.goto('/status');
  await expect
    .poll(async () => {
      const answer = await request.get(`${app.url}/api/v1/audio/files`);
      return ((await answer.json()) as { total: number }).total;
    })
    .toBe(2);
});

test('a selection is saved as playlist and as ZIP', async ({ page }) => {
  await page.goto('/?q=noise');
  await expect(results(page).first()).toBeVisible();
  await box(results(page).nth(0)).check();
  await box(results(page).nth(1)).check();
  for (const [format, ending] of [
    ['M3U8', 'm3u8'],
    ['ZIP', 'zip'],
  ] as const) {
    await bar(page).getByRole('button', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export 2 sounds' });
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: format }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`^sounds-.*\\.${ending}$`));
    expect(await (await download).failure()).toBeNull();
  }
});

test('an export of something that is gone is said to have failed', async ({ page, seeded, app, request, audio }) => {
  await page.goto('/?q=noise');
  await box(page.locator(`[data-result="${seeded.get(audio.noise)}"]`)).check();
  await request.delete(`${app.url}/api/v1/audio/files/${seeded.get(audio.noise)}`);
  await bar(page).getByRole('button', { name: 'Export' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'CSV' }).click();
  await expect(page.getByText('The export could not be made')).toBeVisible();
});

test('results are chosen without a mouse while they are walked through and played', async ({ page }) => {
  await page.goto('/?q=noise');
  await unfold(page);
  await expect(results(page).first()).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText('1 selected');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+J');
  await expect(bar(page)).toContainText('3 selected');
  await page.keyboard.press('Space');
  await expect(page.getByRole('region', { name: 'Player' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(bar(page)).toBeHidden();
});

test('a phone shows the boxes and the bar in its width', async ({ browser, app }) => {
  const context = await browser.newContext({
    baseURL: app.url,
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
    locale: 'en-GB',
  });
  const page = await context.newPage();
  for (const [path, list] of [
    ['/library', rows],
    ['/?q=noise', results],
  ] as const) {
    await page.goto(path);
    await expect(box(list(page).first())).toBeVisible();
    await box(list(page).first()).tap();
    await expect(bar(page)).toContainText('1 selected');
    await expectNoSidewaysScroll(page);
    const right = await bar(page).evaluate((element) => element.getBoundingClientRect().right);
    expect(right).toBeLessThanOrEqual(360);
  }
  await context.close();
});

test('a row carries its file and the addresses of all chosen ones when it is dragged', async ({ page }) => {
  await page.goto('/library?sort=title');
  await box(rows(page).nth(0)).check();
  await box(rows(page).nth(1)).check();
  const dragged = (index: number): Promise<Record<string, string>> =>
    rows(page)
      .nth(index)
      .evaluate((row) => {
        const transfer = new DataTransfer();
        row.dispatchEvent(new DragEvent('dragstart', { dataTransfer: transfer, bubbles: true }));
        return Object.fromEntries([...transfer.types].map((type) => [type.toLowerCase(), transfer.getData(type)]));
      });
  const two = await dragged(0);
  expect(two['downloadurl']).toMatch(/^application\/zip:2 sounds\.zip:http/);
  const zip = await page.request.get(two['downloadurl']!.replace(/^.*?(?=http)/, ''));
  expect([zip.status(), zip.headers()['content-type']]).toEqual([200, 'application/zip']);
  expect(two['text/uri-list']?.split('\r\n')).toHaveLength(2);
  const one = await dragged(3);
  expect(one['text/uri-list']?.split('\r\n')).toHaveLength(1);
  expect(one['downloadurl']).toMatch(/^audio\/flac:long night\.flac:/);
});
