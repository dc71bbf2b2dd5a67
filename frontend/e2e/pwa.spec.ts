import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { RunningApp, root } from './support/app';
import { expectNoSidewaysScroll } from './support/test';

// An app of its own, since these tests stop it and change its pages.
const test = base.extend<{ pages: string; own: RunningApp }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from a pattern.
  pages: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'traum-pages-'));
    await cp(path.join(root, 'frontend/build'), folder, { recursive: true });
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  own: async ({ pages }, use) => {
    const app = await RunningApp.start({ STATIC_DIR: pages });
    await use(app);
    await app.stop();
  },
});
test.use({ serviceWorkers: 'allow' });

/** The page is kept once its worker controls it. */
async function openAndKeep(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state ?? null)).toBe('activated');
}

test('the app can be installed, and keeps its pages but nothing that the API says', async ({ page, own }) => {
  await openAndKeep(page, own.url);
  const session = await page.context().newCDPSession(page);
  const manifest = await session.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window, such as a test's, never installs anything; nothing else may be wrong.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  const { icons } = JSON.parse(manifest.data ?? '{}') as { icons: { src: string; sizes: string; type: string }[] };
  for (const { src, sizes, type } of icons.filter((icon) => icon.type === 'image/png')) {
    const answer = await page.request.get(own.url + src);
    expect(answer.headers()['content-type']).toBe(type);
    const width = await page.evaluate(
      async (url) => (await createImageBitmap(await (await fetch(url)).blob())).width,
      src,
    );
    expect(`${width}x${width}`).toBe(sizes);
  }

  await page.goto(`${own.url}/library`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const kept = await page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      const keys = await (await caches.open(name)).keys();
      paths.push(...keys.map((request) => new URL(request.url).pathname));
    }
    return paths;
  });
  expect(kept).toContain('/');
  expect(kept.filter((path) => path.startsWith('/api'))).toEqual([]);
});

test('without a server the app opens, says so, and goes on when it is back', async ({ page, own, pages }) => {
  await openAndKeep(page, own.url);
  const port = new URL(own.url).port;
  await own.stop();
  for (const address of ['/', '/library?q=bell', '/settings/models']) {
    await page.goto(own.url + address);
    await expect(page.getByRole('heading', { name: 'The server cannot be reached' }).first()).toBeVisible();
  }
  await expect(page.getByText('Files you add wait on this device')).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page);

  const again = await RunningApp.start({ STATIC_DIR: pages, PORT: port });
  try {
    await expect(page.getByRole('heading', { level: 1, name: 'Models' })).toBeVisible();
    await expect(page.getByText('The server cannot be reached')).toHaveCount(0);
  } finally {
    await again.stop();
  }
});

test('a new version is offered, and comes with a reload', async ({ page, own, pages }) => {
  await openAndKeep(page, own.url);
  const shells = (): Promise<string[]> => page.evaluate(() => caches.keys());
  const [before] = await shells();
  const version = before?.replace('shell-', '') ?? '';
  expect(version).not.toBe('');
  // What a build of tomorrow would differ in.
  for (const name of await readdir(pages)) {
    if (!name.startsWith('service-worker.js')) continue;
    if (name === 'service-worker.js') {
      const script = await readFile(path.join(pages, name), 'utf8');
      await writeFile(path.join(pages, name), script.replaceAll(version, `${version}-next`));
    } else await rm(path.join(pages, name));
  }
  await page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update()));
  await expect(page.getByText('There is a new version of these pages.')).toBeVisible();
  const reloaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Reload' }).click();
  await reloaded;
  await expect.poll(shells).toEqual([`shell-${version}-next`]);
});

test.describe('where a browser keeps no pages, as without TLS', () => {
  test.use({ serviceWorkers: 'block' });

  test('an open page says that the server went, and what is opened meanwhile comes with it', async ({
    page,
    own,
    pages,
  }) => {
    const followed = page.waitForResponse(/\/events/);
    await page.goto(own.url);
    await followed;
    const system = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'System' });
    await expect(system).toBeVisible();
    const port = new URL(own.url).port;
    await own.stop();
    await expect(page.getByText('No connection to the server')).toBeVisible();
    await system.click();
    await expect(page.getByRole('heading', { name: 'The server cannot be reached' }).first()).toBeVisible();
    await expect(page.getByText('Something went wrong')).toHaveCount(0);

    const again = await RunningApp.start({ STATIC_DIR: pages, PORT: port });
    try {
      await expect(page.getByRole('heading', { level: 1, name: 'System' })).toBeVisible();
      await expect(page.getByText('The server cannot be reached')).toHaveCount(0);
    } finally {
      await again.stop();
    }
  });
});
