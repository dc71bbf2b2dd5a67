import './lib/node-version.mjs';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { withApp, withTempDir } from './lib/app.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say, step, Stop } from './lib/report.mjs';

// Half a minute of the real pages in a real browser, with the demo sounds, for the README: node scripts/animation.mjs
const SIZE = { width: 1200, height: 750 };
const WIDTH_PX = 1000;
const FRAMES_A_SECOND = 8;
const LONGEST_S = 30;
const MOST_BYTES = 3_000_000;

await runMain(async () => {
  process.chdir(root);
  const { chromium } = await prepare({ programs: true, build: true, chromium: true });
  await withTempDir((folder) =>
    withApp(
      path.join(folder, 'data'),
      async ({ url }) => {
        const film = await step('Using the pages', () => record(url, path.join(folder, 'film'), chromium));
        const target = inRoot('docs', 'traum.webp');
        await step('Making the animation', () => encode(film, target));
        say(`${path.relative(root, target)}: ${(fs.statSync(target).size / 1e6).toFixed(1)} MB`);
      },
      { pages: true },
    ),
  );
});

/** @returns a list of pictures with how long each is seen, as ffmpeg reads it */
async function record(url, dir, executablePath) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-background-networking'],
  });
  try {
    const context = await browser.newContext({ viewport: SIZE, serviceWorkers: 'block' });
    const page = await context.newPage();
    const rest = (ms) => page.waitForTimeout(ms);
    await page.goto(url);
    await page.getByRole('button', { name: 'Try it with 20 demo sounds' }).click();
    await heard(page, url);
    await page.goto(url);
    await page.getByText('Three searches to begin with').waitFor();
    const found = page.locator('[data-result]').first();
    // What is asked for the first time takes longer.
    for (const words of ['drum', 'water -rain']) {
      await page.goto(`${url}/?q=${encodeURIComponent(words)}`);
      await found.waitFor();
    }
    await page.goto(url);
    await page.getByText('Three searches to begin with').waitFor();
    const film = await filming(context, page, dir);
    await rest(1500);
    const box = page.getByRole('combobox').first();
    await box.pressSequentially('drum', { delay: 120 });
    await found.waitFor();
    await rest(1200);
    await page.keyboard.press('Enter');
    await rest(800);
    await page.keyboard.press('Escape');
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('j');
      await rest(1600);
    }
    await film.cut(async () => {
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/sound\//);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('main canvas').first().waitFor();
      await page.getByText('The spectrogram is being drawn').waitFor({ state: 'hidden' });
      await rest(1500);
    });
    await rest(2500);
    for (let i = 0; i < 2; i++) {
      await page.keyboard.press('+');
      await rest(900);
    }
    await page.keyboard.press('w');
    await rest(800);
    await film.cut(async () => {
      await page.goto(`${url}/?q=${encodeURIComponent('water -rain')}`);
      await found.waitFor();
      await rest(1500);
    });
    await rest(2500);
    await film.cut(async () => {
      await page.goto(`${url}/library`);
      await page.getByRole('button', { name: 'Grid', exact: true }).click();
      await rest(2500);
    });
    await rest(2200);
    await film.cut(async () => {
      await page.getByRole('link', { name: 'Activity' }).click();
      await page.waitForURL(/\/analytics/);
      await rest(2500);
    });
    await rest(1800);
    return await film.end();
  } finally {
    await browser.close();
  }
}

/** The browser sends a picture whenever something changes. */
async function filming(context, page, dir) {
  fs.mkdirSync(dir, { recursive: true });
  const session = await context.newCDPSession(page);
  const pictures = [];
  let [taken, cutS] = [0, 0];
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    const file = path.join(dir, `${taken++}.png`);
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
    pictures.push({ file, atS: metadata.timestamp - cutS });
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', { format: 'png', maxWidth: SIZE.width, maxHeight: SIZE.height });
  return {
    /** From one scene to the next: of what is seen meanwhile only the end is kept. */
    async cut(work) {
      const [first, fromS] = [pictures.length, Date.now() / 1000];
      await work();
      const lostS = Date.now() / 1000 - fromS;
      cutS += lostS;
      // What comes after is as much earlier in the film.
      const last = pictures.splice(first).at(-1);
      if (last) pictures.push({ file: last.file, atS: fromS - (cutS - lostS) });
    },
    async end() {
      await session.send('Page.stopScreencast');
      const lines = pictures.map(({ file, atS }, i) => {
        const lastsS = Math.max(0.01, (pictures[i + 1]?.atS ?? atS + 1) - atS);
        return `file '${file}'\nduration ${lastsS.toFixed(3)}\n`;
      });
      const list = path.join(dir, 'list.txt');
      fs.writeFileSync(list, lines.join(''));
      return list;
    },
  };
}

/** Until all demo sounds can be found. */
async function heard(page, url) {
  for (const end = Date.now() + 120_000; Date.now() < end; await page.waitForTimeout(500)) {
    const answer = await page.request.get(`${url}/api/v1/audio/files?tag=demo&status=ready&limit=1`);
    if ((await answer.json()).total === 20) return;
  }
  throw new Stop('The demo sounds did not become ready.');
}

function encode(list, target) {
  const scale = `fps=${FRAMES_A_SECOND},scale=${WIDTH_PX}:-2:flags=lanczos`;
  // The finest that is small enough.
  for (const quality of [90, 75, 60, 45, 30]) {
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-y', '-f', 'concat', '-safe', '0', '-i', list, '-t', String(LONGEST_S)],
      ...[
        '-vf',
        scale,
        '-c:v',
        'libwebp_anim',
        '-quality',
        String(quality),
        '-compression_level',
        '5',
        '-loop',
        '0',
        '-an',
      ],
      target,
    ]);
    if (fs.statSync(target).size <= MOST_BYTES) return;
  }
  throw new Stop(`The animation is larger than ${MOST_BYTES / 1e6} MB.`);
}
