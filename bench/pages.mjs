import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { prepare } from '../scripts/lib/prepare.mjs';
import { step } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  sounds: { type: 'string', default: '10000', help: 'sounds of the library' },
  checkout: { type: 'string', default: '', help: 'folder of another built version, measured first, in the same run' },
  rounds: { type: 'string', default: '7', help: 'how often each time is taken' },
};
/** A quick turn of the wheel, 60 times a second. */
const SCROLL_PX = 160;
const SCROLL_FRAMES = 180;
const ms = (value) => (Number.isFinite(value) ? `${Math.round(value)} ms` : '–');

/** What a person at the pages waits for, in a real browser. Frames are of a fast scroll: 160 px in each. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const prepared = await prepare({ chromium: true });
  const executablePath = prepared.chromium ?? undefined;
  const { chromium } = await import('@playwright/test');
  const versions = [...(values.checkout ? [path.resolve(values.checkout)] : []), undefined];
  const found = [];
  for (const checkout of versions) {
    found.push(
      await withTempDir(async (folder) => {
        await step(`Filling a library with ${values.sounds} sounds`, () =>
          seedLibrary(folder, { segments: Number(values.sounds), segmentsPerSound: 1, named: true }),
        );
        /** @type {Record<string, string>} */
        const env = checkout ? { STATIC_DIR: path.join(checkout, 'frontend', 'build') } : {};
        return withApp(
          folder,
          async ({ url }) => {
            const sound = await addTone(url, folder);
            const browser = await chromium.launch({
              executablePath,
              args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-background-networking'],
            });
            try {
              return await measure(browser, url, sound, Number(values.rounds));
            } finally {
              await browser.close();
            }
          },
          { pages: true, env, ...(checkout ? { checkout } : {}) },
        );
      }),
    );
  }
  const names = Object.keys(found[0] ?? {});
  const head = found.length > 1 ? ['what', 'before', 'after'] : ['what', 'measured'];
  printTable(
    `The pages at ${values.sounds} sounds`,
    'npm run bench -- pages',
    head,
    names.map((name) => [name, ...found.map((times) => times[name])]),
  );
}

async function addTone(url, folder) {
  const file = path.join(folder, 'bench tone.wav');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=4', file]);
  const api = new Api(url);
  const [{ soundId, jobId }] = await api.upload([{ name: 'bench tone.wav', path: file }]);
  await api.finished(jobId);
  fs.rmSync(file);
  return soundId;
}

async function measure(browser, url, sound, rounds) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const times = {};
  const spread = (name, all) => (times[name] = `${[0.5, 0.95].map((part) => ms(percentile(all, part))).join(' / ')}`);

  const paints = [];
  for (let i = 0; i < rounds; i++) {
    await page.goto(`${url}/`);
    await page.locator('main h1').waitFor();
    // It is told a little after it was.
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN));
  }
  spread('start page, first paint: p50 / p95', paints);

  const answers = [];
  for (let i = 0; i < rounds; i++) {
    await page.goto(`${url}/`);
    const box = page.getByRole('combobox').first();
    await box.waitFor();
    await page.waitForTimeout(400);
    await box.focus();
    const drawn = page.evaluate(async (mostMs) => {
      const { document, requestAnimationFrame } = /** @type {any} */ (globalThis);
      let began = performance.now();
      document.addEventListener('input', () => (began = performance.now()), { capture: true, once: true });
      while (!document.querySelector('[data-result]')) {
        if (performance.now() - began > mostMs) throw new Error('What was typed found nothing in time.');
        await new Promise(requestAnimationFrame);
      }
      return performance.now() - began;
    }, 30_000);
    await page.keyboard.insertText(`rain wind ${i}`);
    answers.push(await drawn);
  }
  spread('last key to first results while typing: p50 / p95', answers);

  const starts = [];
  for (let i = 0; i < rounds; i++) {
    await page.goto(`${url}/sound/${sound}`);
    await page.locator('main h1').waitFor();
    await page.waitForTimeout(1200);
    await page.evaluate(() => {
      const { document } = /** @type {any} */ (globalThis);
      globalThis.began = 0;
      globalThis.sounded = new Promise((resolve) =>
        document.addEventListener('playing', () => resolve(performance.now() - globalThis.began), {
          capture: true,
          once: true,
        }),
      );
      document.addEventListener('keydown', () => (globalThis.began = performance.now()), { capture: true, once: true });
    });
    await page.keyboard.press('Space');
    starts.push(
      await Promise.race([page.evaluate(() => globalThis.sounded), page.waitForTimeout(10_000).then(() => NaN)]),
    );
    await page.keyboard.press('Space');
  }
  spread('Space to sound: p50 / p95', starts.filter(Number.isFinite));

  for (const view of ['list', 'table', 'grid']) {
    await page.addInitScript((name) => globalThis['localStorage'].setItem('traum.library.view', name), view);
    await page.goto(`${url}/library`);
    await page.locator('[data-sound], [data-cell]').first().waitFor();
    await page.waitForTimeout(1500);
    const frames = await page.evaluate(
      async ({ px, count }) => {
        const { requestAnimationFrame, scrollBy } = /** @type {any} */ (globalThis);
        const all = [];
        let last = await new Promise(requestAnimationFrame);
        for (let i = 0; i < count; i++) {
          scrollBy(0, px);
          const now = await new Promise(requestAnimationFrame);
          all.push(now - last);
          last = now;
        }
        return all;
      },
      { px: SCROLL_PX, count: SCROLL_FRAMES },
    );
    spread(`frames while scrolling, ${view}: p50 / p95`, frames);
  }
  await context.close();
  return times;
}
