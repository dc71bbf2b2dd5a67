import { ApiError, UnreachableError, isAbort } from '$lib/api/problem';
import type { I18n } from '$lib/i18n/i18n.svelte';

export interface Toast {
  id: number;
  kind: 'info' | 'success' | 'error';
  text: string;
  detail: string | null;
  action: { label: string; run: () => void } | null;
  /** Runs when the toast goes away without its action having been taken. */
  onExpire: (() => void) | null;
  durationMs: number;
}

type ToastOptions = Partial<Pick<Toast, 'detail' | 'action' | 'onExpire' | 'durationMs'>>;

/** Short notices at the edge of the page. */
export class Toasts {
  items = $state.raw<Toast[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, { timer: number; startedAt: number; leftMs: number }>();
  readonly #i18n: I18n;

  constructor(i18n: I18n) {
    this.#i18n = i18n;
  }

  show(kind: Toast['kind'], text: string, options: ToastOptions = {}): number {
    const toast: Toast = {
      id: this.#nextId++,
      kind,
      text,
      detail: options.detail ?? null,
      action: options.action ?? null,
      onExpire: options.onExpire ?? null,
      durationMs: options.durationMs ?? (kind === 'error' ? 9000 : 4500),
    };
    this.items = [...this.items, toast];
    this.#start(toast.id, toast.durationMs);
    return toast.id;
  }

  /** Shows a failure in words, with the request's id for whoever reads the logs. Aborted calls are no failure. */
  failure(error: unknown): void {
    if (isAbort(error)) return;
    const t = this.#i18n.t;
    if (error instanceof UnreachableError) this.show('error', t.errors.unreachable);
    else if (error instanceof ApiError) {
      this.show('error', error.message, error.requestId ? { detail: t.errors.requestId(error.requestId) } : {});
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

  /** While the pointer or the focus rests on a toast its time stands still. */
  hold(id: number): void {
    const entry = this.#timers.get(id);
    if (!entry || entry.startedAt === 0) return;
    clearTimeout(entry.timer);
    entry.leftMs -= performance.now() - entry.startedAt;
    entry.startedAt = 0;
  }

  release(id: number): void {
    const entry = this.#timers.get(id);
    if (entry && entry.startedAt === 0) this.#start(id, Math.max(1500, entry.leftMs));
  }

  #start(id: number, ms: number): void {
    const timer = window.setTimeout(() => this.dismiss(id), ms);
    this.#timers.set(id, { timer, startedAt: performance.now(), leftMs: ms });
  }

  #drop(id: number): Toast | undefined {
    const entry = this.#timers.get(id);
    if (entry) clearTimeout(entry.timer);
    this.#timers.delete(id);
    const toast = this.items.find((item) => item.id === id);
    this.items = this.items.filter((item) => item.id !== id);
    return toast;
  }
}
