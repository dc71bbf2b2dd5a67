import AxeBuilder from '@axe-core/playwright';
import { expect, expectNoSidewaysScroll, test } from './support/test';
import { RunningApp } from './support/app';

test('a server that is open to the network says so, in both languages', async ({ page }) => {
  const app = await RunningApp.start({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: '1' });
  try {
    const url = app.url.replace('0.0.0.0', '127.0.0.1');
    for (const [language, words] of [
      ['en', 'Anyone on your network can open this library'],
      ['de', 'Jeder in deinem Netz kann diese Bibliothek öffnen'],
    ] as const) {
      await page.goto(url);
      await page.evaluate((chosen) => localStorage.setItem('traum.locale', chosen), language);
      for (const address of ['/status', '/settings', '/settings/storage']) {
        await page.goto(url + address);
        await expect(page.getByRole('note').filter({ hasText: words }), `${language} ${address}`).toBeVisible();
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoSidewaysScroll(page);
        await page.setViewportSize({ width: 1280, height: 800 });
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
    }
  } finally {
    await app.stop();
  }
});

test('one that only this machine reaches does not', async ({ page }) => {
  for (const address of ['/status', '/settings']) {
    const asked = page.waitForResponse('**/system/settings');
    await page.goto(address);
    await asked;
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText('Anyone on your network')).toHaveCount(0);
  }
});
