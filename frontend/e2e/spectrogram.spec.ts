import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import { bytesOf } from './support/audio';
import { expect, expectPlaying, PROCESSING_MS, test } from './support/test';

/** Ten minutes: hiss from the fifth on. */
const SOURCE = "aevalsrc='if(gt(t,300),0.5*(random(0)-0.5),0.02*sin(2*PI*90*t))':d=600:s=16000";
let folder = '';
let soundId = '';

test.beforeAll(async ({ app, playwright }) => {
  folder = await mkdtemp(path.join(tmpdir(), 'traum-spectrogram-'));
  const file = path.join(folder, 'ten minutes.flac');
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', SOURCE, file]);
  const request = await playwright.request.newContext({ baseURL: app.url });
  const part = { name: 'ten minutes.flac', mimeType: 'audio/flac', buffer: bytesOf(file) };
  const answer = await request.post('/api/v1/audio/upload', { multipart: { files: part } });
  soundId = ((await answer.json()) as { uploads: { soundId: string }[] }).uploads[0]?.soundId ?? '';
  const status = async (): Promise<string> =>
    ((await (await request.get(`/api/v1/audio/files/${soundId}`)).json()) as { status: string }).status;
  await expect.poll(status, { timeout: PROCESSING_MS }).toBe('ready');
  await request.dispose();
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

/** How bright the upper half is at a share of the width, 0..255. */
const brightness = (figure: Locator, share: number): Promise<number> =>
  figure.locator('canvas').evaluate((canvas: HTMLCanvasElement, at) => {
    const { data } = canvas.getContext('2d')!.getImageData(canvas.width * at, 20, 1, 1);
    return (data[0]! + data[1]! + data[2]!) / 3;
  }, share);

test('a long recording shows its spectrogram piece by piece, only what is seen', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const tile = /spectrogram\/(\d\/\d+)$/.exec(request.url())?.[1];
    if (tile) asked.push(tile);
  });
  await page.goto(`/sound/${soundId}`);
  const figure = page.getByRole('figure', { name: /^Spectrogram/ });
  await expect(figure).toHaveAttribute('aria-busy', 'false');
  expect(new Set(asked)).toEqual(new Set(Array.from({ length: 5 }, (_, index) => `2/${index}`)));
  expect(await brightness(figure, 0.8)).toBeGreaterThan((await brightness(figure, 0.2)) + 30);

  // Nearer: finer pieces of that alone.
  asked.length = 0;
  await page.getByRole('button', { name: /^Zoom in/ }).click();
  await page.keyboard.press('+');
  await expect(figure).toHaveAttribute('aria-busy', 'false');
  expect(asked.length).toBeGreaterThan(0);
  // On the way there the middle level is looked at for a moment.
  expect(asked.filter((tile) => tile.startsWith('2/'))).toEqual([]);
  // 225 to 375 s: the hiss begins in the middle.
  expect(await brightness(figure, 0.6)).toBeGreaterThan((await brightness(figure, 0.4)) + 30);

  const box = (await figure.locator('.picture').boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expectPlaying(page);
});

test('a piece that cannot be had is told of, and asked for again', async ({ page }) => {
  await page.route('**/spectrogram/2/1', (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: '{"code":"not_ready","detail":"Busy."}',
    }),
  );
  await page.goto(`/sound/${soundId}`);
  await expect(page.getByRole('alert')).toContainText('Busy.');
  await page.unroute('**/spectrogram/2/1');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('figure', { name: /^Spectrogram/ })).toHaveAttribute('aria-busy', 'false');
});
