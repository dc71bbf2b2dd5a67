import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { APIRequestContext, TestInfo } from '@playwright/test';
import { expect, expectNoSidewaysScroll, expectPlaying, results, test } from './support/test';

/** Four bars of 120 BPM, a hit, and two tones, each as loud as its name says. */
const MADE = {
  'four bars.wav': "aevalsrc='0.9*(random(0)-0.5)*exp(-40*mod(t,0.25))*(1+gt(mod(t,0.5),0.25))':d=8:s=44100",
  'wood block.wav': "aevalsrc='0.8*sin(2*PI*900*t)*exp(-14*t)':d=0.8:s=44100",
  'dark and quiet.wav': 'sine=frequency=110:duration=3,volume=0.05',
  'bright and loud.wav': 'sine=frequency=6000:duration=3,volume=4',
};

interface Listed {
  total: number;
  items: { id: string; filename: string; kind: string | null; loudnessLufs: number; brightnessHz: number }[];
}

/** Each test begins with the four sounds of all; these come with them. */
async function upload(url: string, request: APIRequestContext, info: TestInfo): Promise<void> {
  for (const [name, source] of Object.entries(MADE)) {
    const file = path.join(info.outputDir, name);
    execFileSync('mkdir', ['-p', info.outputDir]);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, file]);
    const files = { name, mimeType: 'audio/wav', buffer: readFileSync(file) };
    const answer = await request.post(`${url}/api/v1/audio/upload`, { multipart: { files } });
    expect(answer.ok()).toBe(true);
  }
  const ready = async (): Promise<number> =>
    ((await (await request.get(`${url}/api/v1/audio/files?limit=1&status=ready`)).json()) as Listed).total;
  await expect.poll(ready, { timeout: 60_000 }).toBe(8);
}

test('the kind, loudness and brightness of a sound are told, filtered and sorted by', async ({
  page,
  app,
  request,
  seeded,
}, info) => {
  expect(seeded.size).toBe(4);
  await upload(app.url, request, info);
  const listed = async (query: string): Promise<Listed> =>
    (await (await request.get(`${app.url}/api/v1/audio/files?limit=50&${query}`)).json()) as Listed;
  const names = async (query: string): Promise<string[]> =>
    (await listed(query)).items.map(({ filename }) => filename).filter((name) => name in MADE);
  expect(await names('kind=loop')).toEqual(['four bars.wav']);
  expect(await names('kind=one-shot')).toEqual(['wood block.wav']);
  expect((await names('sort=brightness&order=asc')).at(0)).toBe('dark and quiet.wav');
  expect((await names('sort=loudness&order=desc')).at(-1)).toBe('dark and quiet.wav');
  expect(await names('maxLoudness=-30')).toEqual(['dark and quiet.wav']);

  await page.goto('/?q=kind%3Aloop+format%3Awav');
  await expect(results(page)).toHaveCount(1);
  const row = results(page).first();
  await expect(row).toHaveAccessibleName('four bars');
  await expect(row.getByRole('link', { name: 'Only: Loop' })).toBeVisible();

  // Words become a filter that can be taken away again.
  await page.goto('/?q=one-shots');
  await expect(results(page)).toHaveCount(1);
  await expect(results(page).first()).toHaveAccessibleName('wood block');
  await expect(page.getByRole('list', { name: 'Your search, part by part' })).toContainText('One-shot');

  await page.goto('/?q=format%3Awav&sort=darkest');
  await expect(results(page).first()).toHaveAccessibleName('dark and quiet');
  await page.getByRole('combobox', { name: 'Order of the results' }).selectOption({ label: 'Brightest' });
  await expect(page).toHaveURL(/sort=brightest/);
  await expect(results(page).first()).not.toHaveAccessibleName('dark and quiet');

  await page.getByRole('button', { name: 'Filters' }).click();
  await page.getByLabel('Loudness To').fill('-30');
  await page.getByLabel('Loudness To').press('Tab');
  await expect(results(page)).toHaveCount(1);
  await expect(page).toHaveURL(/loudness%3A%3C-30/);
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('loop');
  await expect(page.getByText('Nothing found')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  const [loop] = (await listed('kind=loop&format=wav')).items;
  await page.goto(`/sound/${loop!.id}`);
  const facts = page.locator('dl').filter({ hasText: 'Loudness' });
  await expect(facts).toContainText('Loop');
  await expect(facts).toContainText(/-\d+\.\d LUFS/);
  await expect(facts).toContainText(/Brightness\s*[\d.]+ kHz/);

  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto('/?q=format%3Awav&sort=loudest');
  await expect(results(page).first()).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test('loud and quiet sounds are played about as loud, unless the setting says otherwise', async ({
  page,
  app,
  request,
  seeded,
}, info) => {
  expect(seeded.size).toBe(4);
  await upload(app.url, request, info);
  await page.goto('/?q=name%3A%22bright+and+loud%22');
  await expect(results(page)).toHaveCount(1);
  await page.locator('[data-result] button[aria-label^="Play"]').first().click();
  await expectPlaying(page);
  const volume = (): Promise<number> => page.evaluate(() => document.querySelector('audio')!.volume);
  const slider = page.getByRole('slider', { name: 'Volume' });
  await expect(slider).toHaveAttribute('title', /levelled by -\d+(\.\d)? dB/);
  const levelled = await volume();
  expect(levelled).toBeLessThan(0.7);
  await page.getByRole('checkbox', { name: 'Level the volume' }).uncheck();
  expect(await volume()).toBe(1);
  await expect(slider).toHaveAttribute('title', 'Volume');
  await page.getByRole('checkbox', { name: 'Level the volume' }).check();
  expect(await volume()).toBeCloseTo(levelled, 3);

  // What is too quiet goes up, through the same element.
  await page.goto('/?q=name%3A%22dark+and+quiet%22');
  await page.locator('[data-result] button[aria-label^="Play"]').first().click();
  await expectPlaying(page);
  await expect(slider).toHaveAttribute('title', /levelled by \+\d+(\.\d)? dB/);
  expect(await volume()).toBe(1);
});
