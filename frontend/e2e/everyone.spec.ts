import AxeBuilder from '@axe-core/playwright';
import { beginWithSounds, expect, expectNoSidewaysScroll, results, test } from './support/test';

const pages = ['/', '/?q=noise', '/library', '/collections', '/upload', '/status', '/settings/models'];

beginWithSounds();

for (const width of [360, 390]) {
  test(`nothing scrolls sideways at ${width} pixels`, async ({ page, seeded, audio }) => {
    await page.setViewportSize({ width, height: 780 });
    for (const path of [...pages, `/sound/${seeded.get(audio.long)}`]) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
      if (path.includes('q=')) {
        await results(page)
          .first()
          .getByRole('button', { name: /^Play / })
          .first()
          .click();
        await expect(page.getByRole('region', { name: 'Player' })).toBeVisible();
      }
      await expectNoSidewaysScroll(page);
    }
  });
}

for (const theme of ['dark', 'light']) {
  test(`no page has an accessibility violation (${theme})`, async ({ page, seeded, audio }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.addInitScript((choice) => localStorage.setItem('traum.theme', choice), theme);
    for (const path of [...pages, `/sound/${seeded.get(audio.long)}`]) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
      if (path === '/library') await expect(page.locator('[data-sound]').first()).toBeVisible();
      if (path.includes('q=')) {
        await results(page)
          .first()
          .getByRole('button', { name: /^Play / })
          .first()
          .click();
        await expect(page.getByRole('region', { name: 'Player' })).toBeVisible();
      }
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        .analyze();
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
      );
      expect(found, `on ${path}`).toEqual([]);
    }
  });
}

test('German is remembered', async ({ page }) => {
  await page.goto('/settings');
  await page.getByText('Deutsch').click();
  await expect(page.getByRole('link', { name: 'Bibliothek' })).toBeVisible();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Wie klingt es?' })).toBeVisible();
});

test('a sound recorded with the microphone finds others', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Record a sound to search with' }).click();
  const dialog = page.getByRole('dialog', { name: 'Recording' });
  await expect(dialog.getByText('0:01')).toBeVisible();
  await dialog.getByRole('button', { name: 'Search with this' }).click();
  await expect(page.getByRole('button', { name: 'Remove like recording.webm' })).toBeVisible();
  await expect(results(page).first()).toBeVisible();
});

test('while the server is away the page says so, and goes on when it is back', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toBeVisible();
  await page.route(/\/(api|health)/, (route) => route.abort('connectionrefused'));
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await expect(page.getByText('No connection to the server')).toBeVisible();
  await page.unroute(/\/(api|health)/);
  await expect(page.getByText('No connection to the server')).toBeHidden();
  await expect(page.locator('[data-sound]')).toHaveCount(4);
});
