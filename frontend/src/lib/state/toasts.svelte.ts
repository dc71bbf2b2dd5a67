import { ApiError, UnreachableError, isAbort } from '$lib/api/problem';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { Countdown } from './countdown';

export interface Toast {
  id: number;
  kind: 'info' | 'success' | 'error';
  text: string;
  detail: string | null;
  action: { label: string; run: () => void } | null;
  /** Runs when the toast goes away without its action having been taken. */
  onExpire: (() => void) | null;
  /** Held while the pointer or the focus rests on the toast. */
  countdown: Countdown;
}

interface ToastOptions extends Partial<Pick<Toast, 'detail' | 'action' | 'onExpire'>> {
  durationMs?: number;
}

/** For what stays until somebody answers: the longest time that a timer takes. */
export const STAYS_MS = 2 ** 31 - 1;
const SHOWN_MS = { info: 4500, success: 4500, error: 9000 };

/** Short notices at the edge of the page. */
export class Toasts {
  items = $state.raw<Toast[]>([]);
  #nextId = 1;
  readonly #i18n: I18n;

  constructor(i18n: I18n) {
    this.#i18n = i18n;
  }

  show(kind: Toast['kind'], text: string, options: ToastOptions = {}): number {
    const id = this.#nextId++;
    const toast: Toast = {
      id,
      kind,
      text,
      detail: options.detail ?? null,
      action: options.action ?? null,
      onExpire: options.onExpire ?? null,
      countdown: new Countdown(options.durationMs ?? SHOWN_MS[kind], () => this.dismiss(id)),
    };
    this.items = [...this.items, toast];
    return id;
  }

  /** Shows a failure in words, with the request's id for whoever reads the logs. Aborted calls are no failure. */
  failure(error: unknown): void {
    if (isAbort(error)) return;
    const t = this.#i18n.t;
    if (error instanceof UnreachableError) this.show('error', t.errors.unreachable);
    else if (error instanceof ApiError) {
      this.show(
        'error',
        this.#i18n.why({ error: error.message, reasons: error.reasons, code: error.code }),
        error.requestId ? { detail: t.errors.requestId(error.requestId) } : {},
      );
    } else this.show('error', t.errors.unexpected);
  }

  /** Takes the toast away; what would have happened on its expiry happens now. */
  dismiss(id: number): void {
    const toast = this.#drop(id);
    toast?.onExpire?.();
  }

  act(id: number): void {
    const toast = this.#drop(id);
    toast?.action?.run();
  }

  #drop(id: number): Toast | undefined {
    const toast = this.items.find((item) => item.id === id);
    toast?.countdown.stop();
    this.items = this.items.filter((item) => item.id !== id);
    return toast;
  }
}
