import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const executablePath = process.env['CHROMIUM_PATH'] ?? CANDIDATES.find((candidate) => existsSync(candidate));
const inCi = Boolean(process.env['CI']);
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Each worker starts a whole app of its own.
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: inCi,
  // On shared machines a browser may be starved for seconds; what passes only the second time is still shown as flaky.
  retries: inCi ? 1 : 0,
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    // A trace costs a good part of a test's time: in CI only what is repeated is recorded.
    trace: inCi ? 'on-first-retry' : 'retain-on-failure',
    permissions: ['microphone'],
    // A service worker hides requests from the tests' routes; pwa.spec.ts, which is about it, lets it in.
    serviceWorkers: 'block',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(asRoot ? ['--no-sandbox'] : []),
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    },
  },
});
