import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, expectNoSidewaysScroll, expectPlaying, results, test } from './support/test';

const rows = (page: Page): Locator => page.locator('[data-sound]');
const names = (page: Page): Promise<string[]> => rows(page).evaluateAll((all) => all.map((row) => row.ariaLabel ?? ''));

test.beforeEach(async ({ seeded, app, request }) => {
  expect(seeded.size).toBe(4);
  const answer = await request.get(`${app.url}/api/v1/collections`);
  for (const { id } of ((await answer.json()) as { items: { id: string }[] }).items) {
    await request.delete(`${app.url}/api/v1/collections/${id}?permanent=true`);
  }
});

async function expectNoViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}

/** A collection of all four, in the order of their names. */
async function collectAll(page: Page, name: string): Promise<void> {
  await page.goto('/library?sort=title');
  await expect(rows(page)).toHaveCount(4);
  await page.keyboard.press('Control+a');
  await page.getByRole('toolbar').getByRole('button', { name: 'Add to collection' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add 4 sounds to' });
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(`4 sounds added to “${name}”`)).toBeVisible();
  await page.getByRole('link', { name: 'Collections', exact: true }).click();
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await expect(rows(page)).toHaveCount(4);
}

test('a collection is made, renamed, deleted and taken back', async ({ page }) => {
  await page.goto('/collections');
  await expect(page.getByRole('heading', { name: 'No collections yet' })).toBeVisible();
  await expectNoViolation(page);
  await page.getByRole('button', { name: 'New collection' }).click();
  const dialog = page.getByRole('dialog', { name: 'New collection' });
  await dialog.getByLabel('Name').fill('Field trip');
  await dialog.getByLabel('Description').fill('By the lake');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Field trip' })).toBeVisible();
  await expect(page.getByText('Nothing in here yet')).toBeVisible();

  await page.getByRole('button', { name: 'Rename or describe' }).click();
  const edit = page.getByRole('dialog', { name: 'Rename or describe' });
  await edit.getByLabel('Name').fill('Lake');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Lake' })).toBeVisible();

  await page.getByRole('button', { name: 'Delete collection' }).click();
  await expect(page).toHaveURL(/\/collections$/);
  await expect(page.getByRole('link', { name: /Lake/ })).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('link', { name: /Lake/ })).toBeVisible();

  await page.getByRole('button', { name: 'New collection' }).click();
  await dialog.getByLabel('Name').fill('LAKE');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByRole('alert')).toContainText('already');
});

test('a deleted collection is gone at once, and comes back with its sounds from another page or from the bin', async ({
  page,
  app,
  request,
}) => {
  await request.delete(`${app.url}/api/v1/bin`);
  await collectAll(page, 'Walk');
  const before = await names(page);
  const missed: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 404) missed.push(response.url());
  });
  await page.getByRole('button', { name: 'Delete collection' }).click();
  await expect(page).toHaveURL(/\/collections$/);
  const listed = async (): Promise<unknown> =>
    ((await (await request.get(`${app.url}/api/v1/collections`)).json()) as { total: number }).total;
  expect(await listed()).toBe(0);
  // Changes that others tell of are looked at after a moment: not of what is gone.
  await page.waitForTimeout(1000);
  expect(missed).toEqual([]);
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  // Adding to it can be undone as well.
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect.poll(listed).toBe(1);
  await page.getByRole('link', { name: 'Collections', exact: true }).click();
  await page.getByRole('link', { name: /^Walk/ }).click();
  await expect.poll(() => names(page)).toEqual(before);

  await page.getByRole('button', { name: 'Delete collection' }).click();
  await expect(page).toHaveURL(/\/collections$/);
  await page.reload();
  await page.getByRole('link', { name: 'Bin' }).click();
  const gone = page.getByRole('list', { name: 'Deleted collections' }).locator('[data-binned]');
  await expect(gone).toHaveText(/Walk.*4 sounds.*gone in 30 days/);
  await expectNoViolation(page);
  await page.getByRole('button', { name: 'Restore Walk' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Collection “Walk” is back')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'The bin is empty' })).toBeVisible();
  await page.getByRole('link', { name: 'Collections', exact: true }).click();
  await page.getByRole('link', { name: /^Walk/ }).click();
  await expect.poll(() => names(page)).toEqual(before);

  await page.getByRole('button', { name: 'Delete collection' }).click();
  await page.getByRole('link', { name: 'Bin' }).click();
  await expect(page.getByRole('status').filter({ hasText: '1 collection' })).toBeVisible();
  await page.getByRole('button', { name: 'Restore all' }).click();
  await expect(page.getByText('1 collection is back')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'The bin is empty' })).toBeVisible();
  await page.getByRole('link', { name: 'Collections', exact: true }).click();
  await page.getByRole('link', { name: /^Walk/ }).click();
  await expect.poll(() => names(page)).toEqual(before);

  await page.getByRole('button', { name: 'Delete collection' }).click();
  await page.getByRole('link', { name: 'Bin' }).click();
  await page.getByRole('button', { name: 'Delete Walk for good' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete “Walk” for good?' });
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByRole('heading', { name: 'The bin is empty' })).toBeVisible();
});

test('sounds are put in order by keyboard and by dragging, and taken out and back', async ({ page }) => {
  await collectAll(page, 'Order');
  await expectNoViolation(page);
  expect(await names(page)).toEqual(['clock on the wall', 'evening bell', 'hiss of the sea', 'long night']);

  const handle = page.getByRole('button', { name: 'Move clock on the wall', exact: true });
  await handle.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => names(page)).toEqual(['evening bell', 'hiss of the sea', 'clock on the wall', 'long night']);
  await expect(handle).toBeFocused();

  const from = (await page.getByRole('button', { name: 'Move long night', exact: true }).boundingBox())!;
  const to = (await rows(page).first().boundingBox())!;
  await page.mouse.move(from.x + 8, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, to.y + 20, { steps: 8 });
  await page.mouse.up();
  const sorted = ['long night', 'evening bell', 'hiss of the sea', 'clock on the wall'];
  await expect.poll(() => names(page)).toEqual(sorted);
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(sorted);

  await page.getByRole('button', { name: 'Remove evening bell from the collection' }).click();
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => names(page)).toEqual(sorted);
});

test('a collection plays through in its order', async ({ page }) => {
  await collectAll(page, 'Play');
  await page.getByRole('button', { name: 'Play all' }).click();
  const player = page.getByRole('region', { name: 'Player' });
  await expect(player).toContainText('clock on the wall');
  await expectPlaying(page);
  await page.locator('audio').evaluate((audio: HTMLAudioElement) => void (audio.currentTime = audio.duration - 0.2));
  await expect(player).toContainText('evening bell');
  await expectPlaying(page);
});

test('a search stays within a collection', async ({ page, seeded, audio }) => {
  await page.goto(`/sound/${seeded.get(audio.noise)}`);
  await page.getByRole('button', { name: 'Add to collection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add to collection' });
  await dialog.getByRole('textbox').fill('Two words');
  await page.keyboard.press('Enter');
  await expect(page.getByText('1 sound added to “Two words”')).toBeVisible();
  await page.goto('/?q=' + encodeURIComponent('noise collection:"two words"'));
  await expect(results(page)).toHaveCount(1);
  await expect(page.getByText('Collection: two words')).toBeVisible();
  await results(page).first().getByRole('button', { name: 'Add to collection' }).click();
  await expect(dialog.getByRole('button', { name: /Two words.*In it/ })).toBeVisible();
});

test('a collection is saved as playlist and as ZIP', async ({ page }) => {
  await collectAll(page, 'Out');
  for (const [name, ending] of [
    ['M3U8', 'm3u8'],
    ['ZIP', 'zip'],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`^Out-.*\\.${ending}$`));
    expect(await (await download).failure()).toBeNull();
  }
});

test('collections fit on a phone, in German too', async ({ page }) => {
  await collectAll(page, 'Unterwegs');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.evaluate(() => localStorage.setItem('traum.locale', 'de'));
  await page.reload();
  await expect(page.getByRole('button', { name: 'Alle abspielen' })).toBeVisible();
  await expect(rows(page)).toHaveCount(4);
  await expectNoSidewaysScroll(page);
  await page.getByRole('link', { name: 'Sammlungen' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sammlungen' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  const labels = page.getByRole('navigation').getByRole('link');
  const boxes = await labels.evaluateAll((links) =>
    links.map((link) => link.getBoundingClientRect().toJSON() as DOMRect),
  );
  for (const [index, each] of boxes.slice(1).entries())
    expect(each.left).toBeGreaterThanOrEqual(boxes[index]!.right - 0.5);
  const words = await page
    .getByRole('navigation')
    .locator('.label')
    .evaluateAll((all) => all.map((word) => word.getBoundingClientRect().toJSON() as DOMRect));
  for (const [index, each] of words.slice(1).entries())
    expect(each.left - words[index]!.right, 'space between two words of the bar').toBeGreaterThan(8);
});
