import type { Toasts } from './toasts.svelte';

/** Puts a text where people paste from, and says whether that went well. */
export async function copyText(toasts: Toasts, text: string, said: { copied: string; not: string }): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.show('success', said.copied);
  } catch {
    toasts.show('error', said.not);
  }
}
