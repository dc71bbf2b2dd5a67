import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, expectNoSidewaysScroll, expectPlaying, test } from './support/test';

const time = (page: Page): Promise<number> =>
  page.locator('audio').evaluate((element: HTMLAudioElement) => element.currentTime);

test.beforeEach(async ({ page, seeded, audio }) => {
  await page.goto(`/sound/${seeded.get(audio.long)}`);
  await expect(page.getByRole('heading', { level: 1, name: 'long night' })).toBeVisible();
});

test('a recording is zoomed into, moved in, and seen whole again', async ({ page }) => {
  const overview = page.getByRole('slider', { name: 'Overview' });
  await expect(overview).toHaveCount(0);
  const near = page.waitForResponse((answer) => answer.url().includes('as=mono') && answer.status() === 206);
  await page.getByRole('button', { name: /^Zoom in/ }).click();
  await page.keyboard.press('+');
  await near;
  await expect(overview).toHaveValue('15');
  await overview.focus();
  await page.keyboard.press('ArrowRight');
  await expect(overview).toHaveValue('17.5');
  // The spectrogram of what is near is there as well.
  await expect(page.getByRole('figure', { name: /Spectrogram/ })).toHaveAttribute('aria-busy', 'false');
  await page.keyboard.press('w');
  await expect(overview).toHaveCount(0);
});

for (const width of [1280, 500, 360]) {
  test(`times below the waveform stay on one line and within it, ${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    const labels = page.getByRole('figure', { name: 'Waveform' }).locator('figcaption span');
    await expect(labels.last()).toHaveText(/^0:[34]0$/);
    const [box, ...all] = await page.evaluate(() => {
      const caption = document.querySelector('figcaption')!;
      return [caption, ...caption.children].map((element) => {
        const { left, right, height } = element.getBoundingClientRect();
        return { left, right, height };
      });
    });
    expect(new Set(all.map(({ height }) => height)).size).toBe(1);
    for (const { left, right } of all) {
      expect(left).toBeGreaterThanOrEqual(box!.left - 1);
      expect(right).toBeLessThanOrEqual(box!.right + 1);
    }
  });
}

test('times are typed as on a clock; the part is looped, saved as WAV and searched with', async ({ page }) => {
  await page.getByRole('textbox', { name: 'From' }).fill('0:20,5');
  // With the end comes a value of its own, which is typed over.
  const to = page.getByRole('textbox', { name: 'To' });
  await to.click();
  await expect
    .poll(() => to.evaluate((field: HTMLInputElement) => field.selectionEnd! - field.selectionStart!))
    .toBe(6);
  await page.keyboard.type('0:22');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'From' })).toHaveValue('0:20.5');
  const saving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save as WAV' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toMatch(/^long night 20[._]5-22 s\.wav$/);
  // Dragged, it has the same name.
  const dragged = await page.getByRole('link', { name: 'Save as WAV' }).evaluate((link) => {
    const transfer = new DataTransfer();
    link.dispatchEvent(new DragEvent('dragstart', { dataTransfer: transfer, bubbles: true }));
    return transfer.getData('DownloadURL');
  });
  expect(dragged).toMatch(/^audio\/wav:long night 20\.5-22 s\.wav:http/);
  const stream = await saved.createReadStream();
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(44 + 4 * 32_000 * 1.5);
  await expect(page.getByText('Parts are saved in stereo at 32 kHz.')).toBeVisible();

  await page.getByRole('button', { name: 'Loop' }).click();
  await expectPlaying(page);
  await page.waitForTimeout(2500);
  expect(await time(page)).toBeGreaterThan(20.4);
  expect(await time(page)).toBeLessThan(22.1);

  await page.getByRole('textbox', { name: 'To' }).fill('soon');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'To' })).toHaveAttribute('aria-invalid', 'true');
});

test('a part goes along with a beginning that is typed behind its end; a time that is not there takes nothing away', async ({
  page,
}) => {
  const [from, to] = [page.getByRole('textbox', { name: 'From' }), page.getByRole('textbox', { name: 'To' })];
  const type = async (field: typeof from, time: string): Promise<void> => {
    await field.fill(time);
    await field.press('Tab');
  };
  await type(from, '0:05');
  await type(to, '0:08');
  await type(from, '0:20');
  await expect(to).toHaveValue('0:23.0');
  await type(to, '0:10');
  await expect(from).toHaveValue('0:07.0');
  await type(from, '0:07.125');
  await expect(from, 'nothing of what was typed is lost').toHaveValue('0:07.125');
  await type(from, '99:00');
  await expect(from).toHaveAttribute('aria-invalid', 'true');
  await expect(to).toHaveValue('0:10.0');
});

test('what is looked for is marked, and n and p go from one to the next', async ({ page }) => {
  await page.getByRole('searchbox', { name: 'Find in this recording' }).fill('white noise');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^\d+ moments?$/)).toBeVisible();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('n');
  await expect(page.getByText(/^1 of \d+$/)).toBeVisible();
  await expectPlaying(page);
  await page.keyboard.press('p');
  await expect(page.getByText(/^\d+ of \d+$/)).toBeVisible();
});

test('a part that is marked and what is looked for are there after a reload', async ({ page }) => {
  await page.getByRole('searchbox', { name: 'Find in this recording' }).fill('white noise');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'From' }).fill('0:20,5');
  await page.getByRole('textbox', { name: 'From' }).press('Enter');
  await expect(page).toHaveURL(/[?]t=20\.5-[\d.]+&q=white\+noise$/);
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'From' })).toHaveValue('0:20.5');
  await expect(page.getByRole('searchbox')).toHaveValue('white noise');
  await page.getByRole('button', { name: 'Remove the mark' }).click();
  await expect(page).toHaveURL(/[?]q=white\+noise$/);
});

test('a link leads to a moment', async ({ page, seeded, audio }) => {
  await page.goto(`/sound/${seeded.get(audio.long)}?t=20.5-22&q=noise`);
  await expect(page.getByRole('textbox', { name: 'From' })).toHaveValue('0:20.5');
  await expect(page.getByRole('textbox', { name: 'To' })).toHaveValue('0:22.0');
  await expect(page.getByRole('slider', { name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('searchbox')).toHaveValue('noise');
  await page.keyboard.press('Space');
  await expect.poll(() => time(page)).toBeGreaterThan(20.4);
});

test('speed keeps the pitch, and is chosen before or while it plays', async ({ page }) => {
  const speed = page.getByRole('main').getByRole('combobox', { name: 'Speed' });
  await speed.selectOption('1.5');
  await page.keyboard.press('Escape');
  await page.getByRole('main').getByRole('button', { name: 'Play', exact: false }).first().click();
  await expectPlaying(page);
  const how = (): Promise<[number, boolean]> =>
    page.locator('audio').evaluate((element: HTMLAudioElement) => [element.playbackRate, element.preservesPitch]);
  await expect.poll(how).toEqual([1.5, true]);
  await speed.selectOption('2');
  await expect.poll(how).toEqual([2, true]);
});

for (const theme of ['dark', 'light'] as const) {
  test(`the desk is accessible and fits a phone, in German, ${theme}`, async ({ page }) => {
    await page.evaluate((choice) => {
      localStorage.setItem('traum.theme', choice);
      localStorage.setItem('traum.locale', 'de');
    }, theme);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.reload();
    await page.getByRole('button', { name: /^Näher heran/ }).click();
    await expect(page.getByRole('slider', { name: 'Überblick' })).toBeVisible();
    const scan = await new AxeBuilder({ page }).analyze();
    expect(scan.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await expectNoSidewaysScroll(page);
  });
}

test('a time is typed to go there', async ({ page }) => {
  const field = page.getByRole('textbox', { name: 'Time', exact: true });
  await field.fill('0:20,5');
  await field.press('Enter');
  await expectPlaying(page);
  expect(await time(page)).toBeGreaterThanOrEqual(20.4);
  await expect(field).toHaveValue('');
});
