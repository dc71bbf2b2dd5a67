import './lib/node-version.mjs';
import fs from 'node:fs';
import { inRoot } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say } from './lib/report.mjs';

/** The pictures that phones and desktops show for the installed app, drawn from the SVGs by Chromium. */
const icons = [
  { from: 'favicon.svg', to: 'icons/icon-192.png', size: 192 },
  { from: 'favicon.svg', to: 'icons/icon-512.png', size: 512 },
  { from: 'icons/maskable.svg', to: 'icons/maskable-192.png', size: 192 },
  { from: 'icons/maskable.svg', to: 'icons/maskable-512.png', size: 512 },
  { from: 'icons/maskable.svg', to: 'icons/apple-touch-icon.png', size: 180 },
];

await runMain(async () => {
  const { chromium: executablePath } = await prepare({ chromium: true });
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({
    executablePath: executablePath ?? undefined,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    for (const { from, to, size } of icons) {
      const page = await browser.newPage({ viewport: { width: size, height: size } });
      const svg = fs.readFileSync(inRoot('frontend/static', from), 'utf8');
      await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw}</style>${svg}`);
      await page.screenshot({ path: inRoot('frontend/static', to), omitBackground: true });
      await page.close();
      say(`frontend/static/${to}`);
    }
  } finally {
    await browser.close();
  }
});
