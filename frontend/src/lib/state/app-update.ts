import { version } from '$app/environment';
import type { App } from './app.svelte';
import { STAYS_MS } from './toasts.svelte';

const LOOK_AGAIN_MS = 30 * 60_000;

/**
 * Keeps the pages on this device for when the server is away, and offers a newer version of them when the server has
 * one. Browsers allow it on https and on localhost only; elsewhere nothing happens.
 */
export async function keepPages({ toasts, i18n }: Pick<App, 'toasts' | 'i18n'>): Promise<void> {
  const { serviceWorker } = navigator;
  let reloading = false;
  let offered = false;
  const offer = (reload: () => void): void => {
    if (offered) return;
    offered = true;
    const action = { label: i18n.t.update.reload, run: reload };
    toasts.show('info', i18n.t.update.ready, { durationMs: STAYS_MS, action, onExpire: () => (offered = false) });
  };
  /** What is installed and waits takes over at once where this page is of its version already. */
  const settle = async (waiting: ServiceWorker): Promise<void> => {
    const takeOver = (): void => waiting.postMessage('take-over');
    if ((await versionOf(waiting)) === version) return takeOver();
    offer(() => {
      reloading = true;
      takeOver();
    });
  };

  const hadWorker = serviceWorker.controller !== null;
  const registration = await serviceWorker.register('/service-worker.js', { updateViaCache: 'none' });
  serviceWorker.addEventListener('controllerchange', () => {
    if (reloading) location.reload();
    else if (hadWorker)
      void matchesPage(serviceWorker.controller).then((same) => same || offer(() => location.reload()));
  });
  if (registration.waiting) void settle(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && serviceWorker.controller) void settle(installing);
    });
  });
  setInterval(() => void registration.update().catch(() => undefined), LOOK_AGAIN_MS);
}

const matchesPage = async (worker: ServiceWorker | null): Promise<boolean> =>
  worker === null || (await versionOf(worker)) === version;

function versionOf(worker: ServiceWorker): Promise<unknown> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage('version', [port2]);
  });
}
