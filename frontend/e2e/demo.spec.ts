import AxeBuilder from '@axe-core/playwright';
import { expect, expectNoSidewaysScroll, PROCESSING_MS, results, test } from './support/test';

test('an empty library is tried with demo sounds, by three searches, and is empty again with one click', async ({
  page,
  app,
  request,
  empty,
}) => {
  expect(empty).toBeUndefined();
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Try it with 20 demo sounds' })).toBeVisible();
  const before = await new AxeBuilder({ page }).analyze();
  expect(before.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.getByRole('button', { name: 'Try it with 20 demo sounds' }).click();
  await expect(page).toHaveURL(/\/upload$/);
  const tagged = async (query = ''): Promise<number> => {
    const answer = await request.get(`${app.url}/api/v1/audio/files?tag=demo&limit=1${query}`);
    return ((await answer.json()) as { total: number }).total;
  };
  await expect.poll(() => tagged('&status=ready'), { timeout: PROCESSING_MS }).toBe(20);

  await page.goto('/');
  const guide = page.getByRole('region', { name: 'Three searches to begin with' });
  await expect(guide).toBeVisible();
  await expectNoSidewaysScroll(page);
  for (const theme of ['dark', 'light']) {
    await page.evaluate((choice) => localStorage.setItem('traum.theme', choice), theme);
    await page.reload();
    await expect(guide).toBeVisible();
    const scan = await new AxeBuilder({ page }).analyze();
    expect(scan.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  await page.screenshot({ path: test.info().outputPath('guide-390.png'), fullPage: true });
  for (const [search, name] of [
    ['a bell ringing', /^bell ringing$/],
    ['drum len:<2s', /^(kick|snare) drum$/],
    ['water -rain', /^water drops$/],
  ] as const) {
    await page.goto('/');
    await guide.getByRole('link', { name: search }).click();
    await expect(results(page).first()).toHaveAccessibleName(name);
  }

  await page.goto('/');
  await guide.getByRole('button', { name: 'Remove the demo sounds for good (20)' }).click();
  await expect(page.getByText('Your library is silent')).toBeVisible();
  expect(await tagged()).toBe(0);
  const bin = await request.get(`${app.url}/api/v1/bin`);
  expect(((await bin.json()) as { items: unknown[] }).items).toEqual([]);
});
