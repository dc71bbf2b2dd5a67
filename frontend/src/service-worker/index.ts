import { build, files, version } from '$service-worker';

/**
 * Keeps the pages (not the library) on this device: the app opens without its server, says so, and goes on when the
 * server is back. Answers of the API are never kept, but for waveforms: those of a sound never change.
 */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const SHELL = `shell-${version}`;
const WAVEFORMS = 'waveforms-1';
const MAX_WAVEFORMS = 2000;
/** A server that takes longer to send the page is as good as away. */
const PATIENCE_MS = 5000;
const START_PAGE = '/';

const NOT_PAGES = /^\/(?:api|health|metrics|docs|openapi\.json)(?:\/|$)/;
const WAVEFORM = /^\/api\/v1\/audio\/files\/[^/]+\/waveform$/;
const shellPaths = new Set([...build, ...files]);

worker.addEventListener('install', (event) => {
  const wanted = [...shellPaths, START_PAGE].map((path) => new Request(path, { cache: 'no-cache' }));
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(wanted)));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => worker.clients.claim()));
});

worker.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(worker.skipWaiting());
  if (event.data === 'version') event.ports[0]?.postMessage(version);
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    if (!NOT_PAGES.test(pathname)) event.respondWith(page(request));
  } else if (shellPaths.has(pathname)) event.respondWith(fromShell(pathname, request));
  else if (WAVEFORM.test(pathname)) event.respondWith(waveform(request));
});

/** The page of the server, so that it is never out of date; without a server, the one that was kept. */
async function page(request: Request): Promise<Response> {
  const kept = async (): Promise<Response | undefined> => (await caches.open(SHELL)).match(START_PAGE);
  try {
    const response = await Promise.race([fetch(request), timeOut(PATIENCE_MS)]);
    const away = response.status >= 502 && response.status <= 504;
    return away ? ((await kept()) ?? response) : response;
  } catch (error) {
    const shell = await kept();
    if (shell) return shell;
    throw error;
  }
}

async function fromShell(path: string, request: Request): Promise<Response> {
  const shell = await caches.open(SHELL);
  return (await shell.match(path)) ?? fetch(request);
}

async function waveform(request: Request): Promise<Response> {
  const cache = await caches.open(WAVEFORMS);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) {
    await cache.put(request, response.clone());
    const keys = await cache.keys();
    for (const key of keys.slice(0, Math.max(0, keys.length - MAX_WAVEFORMS))) await cache.delete(key);
  }
  return response;
}

async function dropOldCaches(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name !== SHELL && name !== WAVEFORMS);
  await Promise.all(old.map((name) => caches.delete(name)));
}

const timeOut = (ms: number): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(new Error('the server takes too long')), ms));
