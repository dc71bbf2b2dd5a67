import { writeFile } from 'node:fs/promises';
import type { Browser, Page, Request } from '@playwright/test';
import { expect, test } from './support/test';

/** What a page may ask for within ten seconds while nobody touches it: 0, since changes are told; the machine's state is not. */
const LIVE: Record<string, number> = {
  '/status': 6,
};
const PAGES = [
  '/',
  '/?q=noise',
  '/library',
  '/library?q=nothing+is+called+so',
  '/library/duplicates',
  '/bin',
  '/collections',
  '/upload',
  '/history',
  '/analytics',
  '/status',
  '/settings',
  '/settings/models',
  '/settings/tags',
  '/settings/folders',
  '/settings/processing',
  '/settings/storage',
  '/no/such/page',
];
const REST_MS = 10_000;
const SETTLED_MS = 2_500;
const LATEST_MS = 20_000;
/** Answers come this late, so that what a page draws before them is drawn on every machine. */
const LATE_MS = 400;
/** Above this, web.dev calls a page's layout unsteady. */
const STEADY = 0.1;

interface AtRest {
  requests: number;
  /** Cumulative layout shift since the page was opened. */
  shift: number;
  /** Pixels that the page is too wide. */
  tooWide: number;
}

interface Manner {
  url: string;
  language?: string;
  width?: number;
  /** Each call of the API fails. */
  broken?: boolean;
}

declare global {
  interface Window {
    layoutShift: number;
  }
}

/** The stream of events is opened again every two seconds where that fails, and what it would tell is asked for. */
const RECONNECTIONS = 9;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each page in a browser of its own: those of one share six connections to a server, and each page keeps one open. */
async function open(browser: Browser, path: string, manner: Manner): Promise<Page> {
  const { url, broken = false, width = 1280, language = 'en' } = manner;
  // The picture behind the search box would keep many tabs busy drawing.
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: 800 },
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  await context.addInitScript((choice) => localStorage.setItem('traum.locale', choice), language);
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) window.layoutShift += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.route('**/api/**', async (route) => {
    await sleep(LATE_MS);
    const problem = { type: 'about:blank', title: 'Unavailable', status: 503, code: 'not_ready', detail: 'Not now.' };
    await (broken ? route.fulfill({ status: 503, json: problem }) : route.continue()).catch(() => undefined);
  });
  await page.goto(path, { waitUntil: 'commit' });
  return page;
}

/** Opens all pages side by side, waits until they are at rest, and counts what they ask for. */
async function atRest(browser: Browser, paths: string[], manner: Manner): Promise<Record<string, AtRest>> {
  const pages = new Map<string, Page>();
  let asked = Date.now();
  for (const path of paths) {
    const page = await open(browser, path, manner);
    page.on('request', () => (asked = Date.now()));
    pages.set(path, page);
  }
  // So many pages at once take a while to come; one that floods never settles, and is counted all the same.
  const latest = Date.now() + LATEST_MS;
  do await sleep(200);
  while (Date.now() - asked < SETTLED_MS && Date.now() < latest);
  const counts = new Map(paths.map((path) => [path, 0]));
  const listeners = [...pages].map(([path, page]) => {
    const count = (_request: Request): void => void counts.set(path, (counts.get(path) ?? 0) + 1);
    page.on('request', count);
    return () => page.off('request', count);
  });
  await sleep(REST_MS);
  for (const stop of listeners) stop();
  const found: Record<string, AtRest> = {};
  for (const [path, page] of pages) {
    const { shift, tooWide } = await page.evaluate(() => ({
      shift: Math.round(window.layoutShift * 1000) / 1000,
      tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    found[path] = { requests: counts.get(path) ?? 0, shift, tooWide };
    await page.context().close();
  }
  await writeFile(test.info().outputPath('at-rest.json'), JSON.stringify(found, null, 2));
  return found;
}

function expectCalm(found: Record<string, AtRest>, allowed = 0): void {
  const flooding = Object.entries(found).filter(([path, { requests }]) => requests > (LIVE[path] ?? 0) + allowed);
  const unsteady = Object.entries(found).filter(([, { shift }]) => shift >= STEADY);
  const sideways = Object.entries(found).filter(([, { tooWide }]) => tooWide > 0);
  expect({ flooding, unsteady, sideways }).toEqual({ flooding: [], unsteady: [], sideways: [] });
}

for (const [language, width] of [
  ['en', 1280],
  ['de', 360],
] as const) {
  test(`every page is at rest and keeps its layout (${language}, ${width})`, async ({
    browser,
    app,
    audio,
    request,
    seeded,
  }) => {
    const made = await request.post(`${app.url}/api/v1/collections`, { data: { name: `At rest ${width}` } });
    const { id } = (await made.json()) as { id: string };
    await request.post(`${app.url}/api/v1/collections/${id}/sounds`, { data: { soundIds: [...seeded.values()] } });
    const paths = [...PAGES, `/collections/${id}`, `/sound/${seeded.get(audio.long)}`, '/sound/00000000'];
    expectCalm(await atRest(browser, paths, { url: app.url, width, language }));
  });
}

test('with nothing in the library every page is at rest', async ({ browser, app, empty }) => {
  expect(empty).toBeUndefined();
  expectCalm(await atRest(browser, PAGES, { url: app.url, width: 360 }));
});

test('pages that get no answer ask no more for it', async ({ browser, app }) => {
  const paths = [...PAGES, '/collections/00000000', '/sound/00000000'];
  expectCalm(await atRest(browser, paths, { url: app.url, broken: true }), RECONNECTIONS);
});
