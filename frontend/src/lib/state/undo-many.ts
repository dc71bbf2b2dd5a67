import type { I18n } from '$lib/i18n/i18n.svelte';
import type { Toasts } from './toasts.svelte';

const UNDO_MS = 8000;

/** For the notice of a change of many sounds: the way back, which the server names as bodies of the same call. */
export function undoing<Body>(
  { i18n, toasts }: { i18n: Pick<I18n, 't'>; toasts: Pick<Toasts, 'failure'> },
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
