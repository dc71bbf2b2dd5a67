import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, expectNoSidewaysScroll, expectPlaying, results, test } from './support/test';

let id: string;

test.beforeEach(async ({ page, app, seeded, audio, request }) => {
  id = seeded.get(audio.long) ?? '';
  const markers = `${app.url}/api/v1/audio/files/${id}/markers`;
  const { items } = (await (await request.get(markers)).json()) as { items: { id: string }[] };
  for (const marker of items) await request.delete(`${markers}/${marker.id}`);
  await page.goto(`/sound/${id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'long night' })).toBeVisible();
  await expect(page.getByText(/^Press m while you listen/)).toBeVisible();
});

const list = (page: Page) => page.getByRole('list', { name: 'Markers, in order of time' });
const note = (page: Page) => page.getByRole('textbox', { name: 'What is there?' });
const time = (page: Page): Promise<number> =>
  page.locator('audio').evaluate((element: HTMLAudioElement) => element.currentTime);

test('m marks what plays; its text is edited, jumped to, deleted and taken back, and found by search', async ({
  page,
}) => {
  await page.getByRole('textbox', { name: 'From' }).fill('0:20');
  await page.keyboard.press('Tab');
  await page.getByRole('textbox', { name: 'To' }).fill('0:23');
  await page.keyboard.press('Tab');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('m');
  await expect(note(page)).toBeFocused();
  await page.keyboard.type('The zeppelin passes');
  await page.keyboard.press('Enter');
  const marker = list(page).getByRole('button', { name: 'Play from 0:20.0–0:23.0: The zeppelin passes' });
  await expect(marker).toBeVisible();
  // The key does not turn the sound off here.
  await expect(page.locator('audio')).toHaveJSProperty('muted', false);

  await page.getByRole('button', { name: 'Remove the mark' }).click();
  await marker.click();
  await expectPlaying(page);
  await expect.poll(() => time(page)).toBeGreaterThan(20);
  await page.keyboard.press('m');
  await expect(note(page)).toBeFocused();
  await page.keyboard.type('A cough');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('in the hall');
  await page.getByRole('radio', { name: 'Red' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(list(page).getByRole('listitem')).toHaveText([
    /The zeppelin passes/,
    /0:2\d\.\d\s*A cough\s*in the hall/,
  ]);

  await page.getByRole('button', { name: 'Edit marker A cough' }).click();
  await page.getByRole('textbox', { name: 'At', exact: true }).fill('0:05.5');
  await note(page).fill('An owl');
  await note(page).press('Enter');
  await expect(list(page).getByRole('listitem')).toHaveText([/0:05\.5\s*An owl/, /The zeppelin passes/]);
  await page.getByRole('button', { name: 'Edit marker An owl' }).click();
  await note(page).fill('Not kept');
  await note(page).press('Escape');
  await expect(list(page)).not.toContainText('Not kept');

  await page.getByRole('button', { name: 'Delete marker An owl' }).click();
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(list(page).getByRole('listitem').first()).toContainText('An owl');

  await page.goto('/?q=zeppelin');
  await expect(results(page).first()).toHaveAccessibleName('long night');
  await results(page).first().getByRole('button', { name: 'Play from 0:20: The zeppelin passes' }).click();
  await expectPlaying(page);
  expect(await time(page)).toBeGreaterThanOrEqual(20);
  await page.goto('/?q=note:zeppelin');
  await expect(results(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Remove Noted: zeppelin' })).toBeVisible();
});

test('the edge of a marked stretch is drawn elsewhere', async ({ page, app, request }) => {
  const data = { startS: 10, endS: 20, text: 'Gulls' };
  await request.post(`${app.url}/api/v1/audio/files/${id}/markers`, { data });
  // What another does is seen without a reload.
  await expect(list(page)).toContainText('0:10.0–0:20.0');
  const box = (await page.locator('figure[aria-label="Waveform"] .wave').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(list(page)).toContainText(/0:10\.0–0:(?:29\.[89]|30\.[0-2])/);
  await page.reload();
  await expect(list(page)).toContainText(/0:10\.0–0:(?:29\.[89]|30\.[0-2])/);
});

for (const [width, theme] of [
  [1280, 'dark'],
  [390, 'light'],
] as const) {
  test(`markers are readable, ${width} ${theme}`, async ({ page, app, request }) => {
    await page.addInitScript((name) => localStorage.setItem('traum.theme', name), theme);
    await page.setViewportSize({ width, height: 800 });
    for (const data of [
      { startS: 1, text: '' },
      { startS: 10, endS: 20, text: 'Gulls '.repeat(20), colour: 'amber' },
    ])
      await request.post(`${app.url}/api/v1/audio/files/${id}/markers`, { data });
    await page.reload();
    await page.getByRole('button', { name: 'Edit marker 0:01.0' }).click();
    await expect(note(page)).toBeFocused();
    await expectNoSidewaysScroll(page);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  });
}

test('markers are saved for another program, and imported from one', async ({ page, app, request }) => {
  await page.getByText('Export and import').click();
  await page
    .locator('input[type="file"]')
    .last()
    .setInputFiles({ name: 'labels.txt', mimeType: 'text/plain', buffer: Buffer.from('2\t4\tBell\n9\t9\tDoor\n') });
  await expect(list(page).getByRole('listitem')).toHaveText([/0:02\.0–0:04\.0\s*Bell/, /0:09\.0\s*Door/]);
  const saving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Regions for Reaper (CSV)' }).click();
  expect((await saving).suggestedFilename()).toBe('long night.flac regions.csv');
  const cut = page.getByRole('link', { name: 'Marked parts as FLAC (ZIP)' });
  const answer = await request.get(`${app.url}${await cut.getAttribute('href')}`);
  expect((await answer.body()).subarray(0, 2).toString()).toBe('PK');

  await page
    .locator('input[type="file"]')
    .last()
    .setInputFiles({ name: 'odd.txt', mimeType: 'text/plain', buffer: Buffer.from('nothing here') });
  await expect(page.getByText(/^Line 1 of this file has no time/)).toBeVisible();
});
