import { expect, expectNoSidewaysScroll, test } from './support/test';

for (const [locale, told, never] of [
  ['en', 'or record a sound, or choose a file', /\bdrop\b|\bpress\b|keyboard/i],
  ['de', 'oder nimm einen Klang auf oder wähle eine Datei', /ziehe einen|hierher|drücke|tastenkürzel/i],
] as const) {
  test(`fingers are told of no dropping and no keys, in ${locale}`, async ({ browser, app, seeded, audio }) => {
    const context = await browser.newContext({
      baseURL: app.url,
      viewport: { width: 390, height: 800 },
      hasTouch: true,
      isMobile: true,
    });
    await context.addInitScript((chosen) => localStorage.setItem('traum.locale', chosen), locale);
    const page = await context.newPage();
    await page.goto('/');
    await expect(page.getByText(told)).toBeVisible();
    await expect(page.locator('body')).not.toContainText(never, { useInnerText: true });
    await expectNoSidewaysScroll(page);
    for (const [path, heading] of [
      ['/upload', { en: 'Add sounds', de: 'Klänge hinzufügen' }[locale]],
      [`/sound/${seeded.get(audio.noise)}`, 'hiss of the sea'],
      ['/settings', { en: 'Settings', de: 'Einstellungen' }[locale]],
    ] as const) {
      await page.goto(path);
      await expect(page.getByRole('heading', { name: heading }).first()).toBeVisible();
      await expect(page.locator('main')).not.toContainText(never, { useInnerText: true });
    }
    await context.close();
  });
}
