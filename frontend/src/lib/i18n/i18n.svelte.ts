import { recall, remember } from '$lib/state/storage';
import { en, type Messages } from './en';
import type { ReasonBook } from './reasons';

export type Locale = 'en' | 'de';

interface Language {
  messages: Messages;
  /** For sentences of the server, which speaks English. */
  reasons: ReasonBook | null;
}

const loaders: Record<Locale, () => Promise<Language>> = {
  en: () => Promise.resolve({ messages: en, reasons: null }),
  de: async () => {
    const [{ de }, { reasons }] = await Promise.all([import('./de'), import('./reasons.de')]);
    return { messages: de, reasons };
  },
};

/** The interface's language. English is built in; others load when chosen. */
export class I18n {
  locale = $state<Locale>('en');
  t = $state.raw<Messages>(en);
  #reasons = $state.raw<ReasonBook | null>(null);

  constructor() {
    const saved = recall('locale') ?? navigator.language.slice(0, 2);
    if (saved === 'de') void this.#load('de');
  }

  async choose(locale: Locale): Promise<void> {
    remember('locale', locale);
    await this.#load(locale);
  }

  /**
   * What the server says, in this language: its sentence where that is known, else a text for its code with the sentence
   * behind it.
   */
  reason(sentence: string, code?: string): string {
    const general = code === undefined ? undefined : this.t.problems[code];
    if (sentence === '') return general ?? this.t.errors.unexpected;
    if (!this.#reasons) return sentence;
    const known = this.#reasons.find(sentence);
    if (known !== null) return known;
    return general ? `${general} (${sentence})` : sentence;
  }

  async #load(locale: Locale): Promise<void> {
    const { messages, reasons } = await loaders[locale]();
    this.t = messages;
    this.#reasons = reasons;
    this.locale = locale;
    document.documentElement.lang = locale;
  }
}
