import AxeBuilder from '@axe-core/playwright';
import { RunningApp } from './support/app';
import { expect, expectNoSidewaysScroll, test } from './support/test';

test('models are reached from the system page, and say what they are good for', async ({ page }) => {
  await page.goto('/status');
  await page.getByRole('link', { name: 'Choose a model' }).click();
  const inUse = page.getByRole('article', { name: 'Compact CLAP' });
  await expect(inUse.getByText('In use')).toBeVisible();
  await expect(inUse.getByRole('button')).toHaveCount(0);
  const other = page.getByRole('article', { name: 'LAION CLAP (HTSAT, unfused)', exact: true });
  await expect(other.getByText('about 163 MB · int8 · Apache-2.0')).toBeVisible();
  await expect(other.getByRole('button', { name: 'Install' })).toBeEnabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSidewaysScroll(page);
});

test('a change of model can be followed, paused and cancelled', async ({ page }) => {
  const change = {
    targetId: 'clap-htsat-unfused',
    state: 'running',
    error: null,
    total: 40,
    done: 10,
    failed: 1,
    etaS: 90,
  };
  let state = 'running';
  const asked: string[] = [];
  // Asked once: the page asks again and again, also while the test ends.
  const models = (await (await page.request.get('/api/v1/models')).json()) as object;
  await page.route('**/api/v1/models', (route) => route.fulfill({ json: { ...models, switch: { ...change, state } } }));
  await page.route('**/api/v1/models/switch/*', async (route) => {
    asked.push(new URL(route.request().url()).pathname.split('/').at(-1) ?? '');
    state = 'paused';
    await route.fulfill({ json: { active: 'compact-clap', installs: [], switch: { ...change, state } } });
  });
  await page.goto('/settings/models');
  const note = page.getByRole('region', { name: 'Changing to LAION CLAP (HTSAT, unfused)' });
  await expect(note).toContainText('10 of 40 sounds');
  await expect(note).toContainText('1 min');
  await note.getByRole('button', { name: 'Pause' }).click();
  await expect(note).toContainText('Paused');
  await expect(note.getByRole('button', { name: 'Resume' })).toBeVisible();
  await note.getByRole('button', { name: 'Cancel the change' }).click();
  await expect.poll(() => asked).toEqual(['pause', 'cancel']);
});

test.describe('without a way to the hub', () => {
  let app: RunningApp;
  test.beforeAll(async () => {
    // Nothing listens on the discard port.
    app = await RunningApp.start({ HF_ENDPOINT: 'http://127.0.0.1:9' });
  });
  test.afterAll(() => app.stop());

  test('an installation says so at once, counts down to the next attempt, and is cancelled', async ({ page }) => {
    await page.addInitScript(() => localStorage.setItem('traum.locale', 'de'));
    await page.goto(`${app.url}/settings/models`);
    const card = page.getByRole('article', { name: 'LAION CLAP (HTSAT, unfused)', exact: true });
    await card.getByRole('button', { name: 'Installieren' }).click();
    await expect(card.getByRole('alert')).toContainText('konnte nicht von 127.0.0.1:9 geladen werden', {
      timeout: 5_000,
    });
    await expect(card).toContainText(/Neuer Versuch in \d+ s \(\d von 6\)/);
    await card.getByRole('button', { name: 'Abbrechen' }).click();
    await expect(card.getByRole('button', { name: 'Installieren' })).toBeVisible();
  });
});
