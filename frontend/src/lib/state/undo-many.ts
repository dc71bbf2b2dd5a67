import type { App } from './app.svelte';

const UNDO_MS = 8000;

/** For the notice of a change of many sounds: the way back, which the server names as bodies of the same call. */
export function undoing<Body>(
  { i18n, toasts }: Pick<App, 'i18n' | 'toasts'>,
  bodies: readonly Body[],
  takeBack: (body: Body) => Promise<void>,
) {
  if (bodies.length === 0) return {};
  const all = async (): Promise<void> => {
    try {
      for (const body of bodies) await takeBack(body);
    } catch (error) {
      toasts.failure(error);
    }
  };
  return { durationMs: UNDO_MS, action: { label: i18n.t.trash.undo, run: () => void all() } };
}
