import './lib/node-version.mjs';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Api } from './lib/api.mjs';
import { withApp, withTempDir } from './lib/app.mjs';
import { inCache, inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say, step, Stop } from './lib/report.mjs';

const usage = `node scripts/screenshots.mjs --audio FOLDER   pictures of an app that is started with these sounds
node scripts/screenshots.mjs --url URL        pictures of a running app
  --language LANG en (default) or de; other than English goes to .cache/screenshots/LANG and leaves the README's picture
  --query WORDS   what is searched for in the pictures (a deep drum hit)
The picture of the README goes to docs/screenshot.png, every page at three widths, dark and light, to .cache/screenshots/.`;

const widths = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 360, height: 740 },
};

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      audio: { type: 'string' },
      url: { type: 'string' },
      language: { type: 'string', default: 'en' },
      query: { type: 'string', default: 'a deep drum hit' },
      help: { type: 'boolean' },
    },
  });
  if (values.help || (!values.audio && !values.url)) {
    say(usage);
    return;
  }
  if (!['en', 'de'].includes(values.language)) throw new Stop('--language takes en or de.');
  process.chdir(root);
  const { chromium } = await prepare({ programs: true, build: true, chromium: true });
  if (values.url) return takeAll(values.url, values, chromium);
  await withTempDir((folder) =>
    withApp(
      folder,
      async ({ url }) => {
        await fill(url, values.audio);
        await takeAll(url, values, chromium);
      },
      { pages: true },
    ),
  );
});

async function fill(url, folder) {
  const files = fs.readdirSync(folder).map((name) => ({ name, path: path.join(folder, name) }));
  if (files.length === 0) throw new Stop(`There are no files in ${folder}.`);
  const api = new Api(url);
  await step(`Uploading and processing ${files.length} sounds`, async () => {
    const uploads = [];
    for (let i = 0; i < files.length; i += 20) uploads.push(...(await api.upload(files.slice(i, i + 20))));
    for (const { jobId } of uploads) if (jobId) await api.finished(jobId);
  });
}

async function takeAll(url, { query, language }, executablePath) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  try {
    const search = `/?${new URLSearchParams({ q: query })}`;
    const { results } = await new Api(url).search(query);
    /** @type {Record<string, string>} */
    const pages = {
      home: '/',
      moments: `${search}&show=moments`,
      results: search,
      library: '/library',
      folders: '/library/folders',
      duplicates: '/library/duplicates',
      collections: '/collections',
      bin: '/bin',
      activity: '/analytics',
      history: '/history',
      upload: '/upload',
      status: '/status',
      settings: '/settings',
      models: '/settings/models',
      tags: '/settings/tags',
      import: '/settings/folders',
      processing: '/settings/processing',
      storage: '/settings/storage',
      profile: '/settings/profile',
      lost: '/nowhere',
    };
    if (results[0]) pages.sound = `/sound/${results[0].sound.id}`;
    for (const theme of ['dark', 'light']) {
      for (const [width, viewport] of Object.entries(widths)) {
        const context = await browser.newContext({ viewport, reducedMotion: 'reduce', deviceScaleFactor: 1 });
        await context.addInitScript(
          ([locale, colours]) => {
            globalThis['localStorage'].setItem('traum.locale', locale);
            globalThis['localStorage'].setItem('traum.theme', colours);
          },
          [language, theme],
        );
        for (const [name, address] of Object.entries(pages)) {
          const folder = inCache('screenshots', ...(language === 'en' ? [] : [language]));
          await take(context, url + address, path.join(folder, `${name}-${width}-${theme}.png`));
        }
        await context.close();
      }
    }
    if (language !== 'en') return;
    const context = await browser.newContext({ viewport: widths.desktop, reducedMotion: 'reduce' });
    await take(context, url + search, inRoot('docs', 'screenshot.png'));
    await context.close();
  } finally {
    await browser.close();
  }
}

async function take(context, url, file) {
  const page = await context.newPage();
  // Server-sent events keep a connection open, so the network never falls silent: wait for what is drawn instead.
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('main').waitFor();
  await page.waitForTimeout(1500);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file });
  await page.close();
  say(path.relative(root, file));
}
