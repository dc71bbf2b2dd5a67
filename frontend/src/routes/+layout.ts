import { openLanguage, type Language } from '$lib/i18n/i18n.svelte';

export const ssr = false;
export const prerender = false;

/** The language is there before anything is drawn in it. */
export const load = async (): Promise<{ language: Language }> => ({ language: await openLanguage() });
