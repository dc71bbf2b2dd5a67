import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { clear, expect, expectNoSidewaysScroll, test } from './support/test';

const COUNT = 160;
const nameOf = (place: number): string => `tick ${String(place).padStart(3, '0')}`;

/** A tenth of a second of something else each time. */
function wav(seed: number): Buffer {
  const bytes = Buffer.alloc(44 + 2 * 1600);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  for (const [at, value] of [
    [16, 16],
    [24, 16_000],
    [28, 32_000],
    [40, 3200],
  ] as const)
    bytes.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.write('data', 36);
  for (let i = 0; i < 1600; i += 1)
    bytes.writeInt16LE(Math.round(9000 * Math.sin(i * (0.05 + seed / 200))), 44 + 2 * i);
  return bytes;
}

test.beforeAll(async ({ app, playwright }) => {
  const request = await playwright.request.newContext({ baseURL: app.url });
  await clear(app, request);
  for (let first = 0; first < COUNT; first += 20) {
    const body = new FormData();
    for (let at = first; at < first + 20; at += 1)
      body.append('files', new Blob([new Uint8Array(wav(at))]), `${nameOf(at)}.wav`);
    expect((await request.post('/api/v1/audio/upload', { multipart: body })).ok()).toBe(true);
  }
  const listed = async (): Promise<number> =>
    ((await (await request.get('/api/v1/audio/files?limit=1')).json()) as { total: number }).total;
  await expect.poll(listed).toBe(COUNT);
  await request.dispose();
});

const scrubber = (page: Page): Locator => page.getByRole('slider', { name: 'Go to a place in the list' });
const sound = (page: Page, place: number): Locator => page.locator('[data-sound]', { hasText: nameOf(place) });

for (const view of ['list', 'table', 'grid'] as const) {
  test(`keys reach any place of the ${view}`, async ({ page }) => {
    await page.addInitScript((name) => localStorage.setItem('traum.library.view', name), view);
    await page.goto('/library?sort=title');
    await expect(sound(page, 0)).toBeInViewport();
    await scrubber(page).focus();
    await page.keyboard.press('End');
    await expect(sound(page, COUNT - 1)).toBeInViewport();
    await page.keyboard.press('Home');
    await expect(sound(page, 0)).toBeInViewport();
  });
}

test('the mouse goes anywhere, and says where before; from there the list goes on in both directions', async ({
  page,
}) => {
  await page.goto('/library?sort=title');
  await expect(sound(page, 0)).toBeInViewport();
  // Below the page's head it stays where it is.
  await page.mouse.move(400, 400);
  await page.mouse.wheel(0, 600);
  await expect(sound(page, 0)).not.toBeInViewport();
  const box = (await scrubber(page).boundingBox())!;
  const at = (share: number): [number, number] => [box.x + box.width / 2, box.y + box.height * share];
  await page.mouse.move(...at(0.5));
  await expect(scrubber(page)).toContainText(/T · [78]\d of 160/);
  await page.mouse.down();
  await page.mouse.move(...at(0.75), { steps: 4 });
  await page.mouse.up();
  await expect(sound(page, 124)).toBeInViewport();
  await expect(scrubber(page)).toHaveAttribute('aria-valuetext', /T · 1[12]\d of 160/);
  for (const place of [100, 80, 60]) {
    await page.mouse.move(400, 400);
    await expect(async () => {
      await page.mouse.wheel(0, -300);
      await expect(sound(page, place)).toBeInViewport({ timeout: 200 });
    }).toPass();
  }
});

test('dates and lengths are named, in German as well, and all of it is accessible', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('traum.locale', 'de'));
  await page.goto('/library?sort=duration');
  const slider = page.getByRole('slider', { name: 'Zu einer Stelle der Liste springen' });
  await expect(slider).toHaveAttribute('aria-valuetext', '0,1 s · 1 von 160');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});

test('on a phone a finger goes anywhere', async ({ browser, app }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await page.goto(`${app.url}/library?sort=title`);
  await expect(sound(page, 0)).toBeInViewport();
  await expectNoSidewaysScroll(page);
  const box = (await scrubber(page).boundingBox())!;
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height - 2);
  await expect(sound(page, COUNT - 1)).toBeInViewport();
  await context.close();
});
