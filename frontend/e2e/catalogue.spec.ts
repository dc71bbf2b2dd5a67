import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { bytesOf } from './support/audio';
import { expect, expectNoSidewaysScroll, expectPlaying, PROCESSING_MS, test as base } from './support/test';

const ffmpeg = (...args: string[]): void => {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);
};

/** Three tracks of an album with a cover, and one sound of nobody. */
const test = base.extend<{ tagged: undefined }>({
  tagged: async ({ app, empty, request }, use) => {
    expect(empty).toBeUndefined();
    const folder = await mkdtemp(path.join(tmpdir(), 'traum-covers-'));
    const at = (name: string): string => path.join(folder, name);
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=600x400:rate=1', '-frames:v', '1', at('cover.png'));
    const tracks = [
      ['first.mp3', 'First', 'Ann', '1'],
      ['third.mp3', 'Third', 'Ann; Bob', '3'],
      ['second.flac', 'Second', 'Ann', '2'],
    ] as const;
    for (const [i, [name, title, artist, track]] of tracks.entries()) {
      const tags = { title, artist, track, album: 'Rainy Days', album_artist: 'Ann' };
      ffmpeg(
        ...['-f', 'lavfi', '-i', `sine=f=${330 * (i + 1)}:d=20`, '-i', at('cover.png'), '-map', '0:a', '-map', '1:v'],
        ...['-c:v', 'copy', '-disposition:v', 'attached_pic'],
        ...Object.entries(tags).flatMap(([key, value]) => ['-metadata', `${key}=${value}`]),
        at(name),
      );
    }
    ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=d=3:seed=4', at('nobody.wav'));
    for (const name of [...tracks.map(([file]) => file), 'nobody.wav']) {
      const files = { name, mimeType: 'application/octet-stream', buffer: bytesOf(at(name)) };
      await request.post(`${app.url}/api/v1/audio/upload`, { multipart: { files } });
    }
    const ready = async (): Promise<number> => {
      const answer = await request.get(`${app.url}/api/v1/audio/files?status=ready`);
      return ((await answer.json()) as { total: number }).total;
    };
    await expect.poll(ready, { timeout: PROCESSING_MS }).toBe(4);
    await use(undefined);
    await rm(folder, { recursive: true, force: true });
  },
});

test('from a sound to its artist and its album, which plays in its order', async ({ page, tagged }) => {
  expect(tagged).toBeUndefined();
  await page.goto('/library');
  await page.getByRole('link', { name: 'Artists' }).click();
  await expect(page.getByRole('list', { name: 'Artists' }).getByRole('listitem')).toHaveText([
    /Ann\s*3 sounds · 1 album/,
    /Bob\s*1 sound · 1 album/,
  ]);
  await page.getByRole('searchbox', { name: 'Filter by name' }).fill('bo');
  await expect(page.getByRole('list', { name: 'Artists' }).getByRole('listitem')).toHaveCount(1);
  await expect(page).toHaveURL(/q=bo/);
  await page.getByRole('link', { name: /Bob/ }).press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bob');
  await page.getByRole('link', { name: 'Third', exact: true }).click();

  // What a sound says of itself leads to both.
  const facts = page.getByRole('definition');
  await facts.getByRole('link', { name: 'Ann; Bob' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ann');
  await page.goBack();
  await facts.getByRole('link', { name: 'Rainy Days' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rainy Days');
  await expect(page.getByRole('list', { name: 'Rainy Days' }).getByRole('listitem')).toHaveText([
    /1\s*First/,
    /2\s*Second/,
    /3\s*Third/,
  ]);
  await page.getByRole('button', { name: 'Play all' }).click();
  await expectPlaying(page);
  const player = page.getByRole('region', { name: 'Player' });
  await expect(player).toContainText('First');
  await player.getByRole('button', { name: 'Next sound', exact: true }).click();
  await expect(player).toContainText('Second');
  const shown = await page.evaluate(() => navigator.mediaSession.metadata?.artwork[0]?.src ?? '');
  expect(shown).toMatch(/\/api\/v1\/covers\/[0-9a-f]{32}\?size=400$/);
});

test('covers are asked for once where there are any, and never where there is none', async ({ page, tagged }) => {
  expect(tagged).toBeUndefined();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/covers/')) asked.push(request.url());
  });
  await page.goto('/library');
  const cover = page.locator('[data-sound] img');
  await expect(cover).toHaveCount(3);
  await expect
    .poll(() => cover.evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)))
    .toEqual([96, 96, 96]);
  expect(new Set(asked).size).toBe(1);
  await page.goto('/library/album?id=bm8K');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
});

test('whoever follows a link sees the cover of what it shares', async ({ app, browser, request, tagged }) => {
  expect(tagged).toBeUndefined();
  const { items } = (await (await request.get(`${app.url}/api/v1/audio/files`)).json()) as { items: { id: string }[] };
  const collection = (await (
    await request.post(`${app.url}/api/v1/collections`, { data: { name: 'For you' } })
  ).json()) as { id: string };
  const soundIds = items.map(({ id }) => id);
  await request.post(`${app.url}/api/v1/collections/${collection.id}/sounds`, { data: { soundIds } });
  const made = await request.post(`${app.url}/api/v1/links`, {
    data: { collectionId: collection.id, expiresAt: null },
  });
  expect(made.status()).toBe(201);
  const elsewhere = await browser.newContext({ viewport: { width: 390, height: 800 } });
  const guest = await elsewhere.newPage();
  await guest.goto(`${app.url}${((await made.json()) as { path: string }).path}`);
  await expect(guest.getByRole('listitem')).toHaveCount(4);
  const pictures = guest.locator('img');
  await expect(pictures).toHaveCount(3);
  await expect
    .poll(() => pictures.evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)))
    .toEqual([96, 96, 96]);
  await expectNoSidewaysScroll(guest);
  await elsewhere.close();
});

test('a library whose sounds name nobody says so', async ({ page, seeded }) => {
  expect(seeded.size).toBe(4);
  for (const [kind, title] of [
    ['artists', 'No sound has an artist in its tags'],
    ['albums', 'No sound has an album in its tags'],
  ]) {
    await page.goto(`/library/${kind}`);
    await expect(page.getByRole('heading', { name: title! })).toBeVisible();
  }
});

test.describe('on a phone, in German', () => {
  test.use({ viewport: { width: 360, height: 780 }, locale: 'de-DE' });
  for (const theme of ['dark', 'light']) {
    test(`artists and albums are accessible and fit (${theme})`, async ({ page, tagged, request, app }) => {
      expect(tagged).toBeUndefined();
      await page.addInitScript((choice) => localStorage.setItem('traum.theme', choice), theme);
      const answer = await request.get(`${app.url}/api/v1/albums`);
      const { items } = (await answer.json()) as { items: { id: string }[] };
      for (const [address, name] of [
        ['/library/artists', 'Künstler'],
        ['/library/albums', 'Alben'],
        ['/library/artist?name=ann', 'Ann'],
        [`/library/album?id=${items[0]!.id}`, 'Rainy Days'],
      ] as const) {
        await page.goto(address);
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
        await expect(page.locator('main img').first()).toBeVisible();
        await expectNoSidewaysScroll(page);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      }
    });
  }
});
