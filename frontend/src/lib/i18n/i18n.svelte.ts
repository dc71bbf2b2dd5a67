import { recall, remember } from '$lib/state/storage';
import { en, type Messages } from './en';

export type Locale = 'en' | 'de';

const loaders: Record<Locale, () => Promise<Messages>> = {
  en: () => Promise.resolve(en),
  de: () => import('./de').then((module) => module.de),
};

/** The interface's language. English is built in; others load when chosen. */
export class I18n {
  locale = $state<Locale>('en');
  t = $state.raw<Messages>(en);

  constructor() {
    const saved = recall('locale') ?? navigator.language.slice(0, 2);
    if (saved === 'de') void this.#load('de');
  }

  async choose(locale: Locale): Promise<void> {
    remember('locale', locale);
    await this.#load(locale);
  }

  async #load(locale: Locale): Promise<void> {
    this.t = await loaders[locale]();
    this.locale = locale;
    document.documentElement.lang = locale;
  }
}
