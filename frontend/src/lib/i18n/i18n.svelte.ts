import { recall, remember } from '$lib/state/storage';
import { en, type Messages } from './en';
import type { ReasonBook } from './reasons';

export type Locale = 'en' | 'de';

export interface Language {
  locale: Locale;
  messages: Messages;
  /** For sentences of the server, which speaks English. */
  reasons: ReasonBook | null;
}

const ENGLISH: Language = { locale: 'en', messages: en, reasons: null };

const loaders: Record<Locale, () => Promise<Language>> = {
  en: () => Promise.resolve(ENGLISH),
  de: async () => {
    const [{ de }, { reasons }] = await Promise.all([import('./de'), import('./reasons.de')]);
    return { locale: 'de', messages: de, reasons };
  },
};

/** The language that was chosen here, or that the browser asks for; English where its words cannot be had. */
export function openLanguage(): Promise<Language> {
  const wanted = recall('locale') ?? navigator.language.slice(0, 2);
  return loaders[wanted === 'de' ? 'de' : 'en']().catch(() => ENGLISH);
}

/** The interface's language. English is built in; others load when chosen. */
export class I18n {
  locale = $state<Locale>('en');
  t = $state.raw<Messages>(en);
  #reasons = $state.raw<ReasonBook | null>(null);

  speak({ locale, messages, reasons }: Language): void {
    this.t = messages;
    this.#reasons = reasons;
    this.locale = locale;
    document.documentElement.lang = locale;
  }

  async choose(locale: Locale): Promise<void> {
    remember('locale', locale);
    this.speak(await loaders[locale]());
  }

  /** A tag as people who speak this language call it; what was written by someone stays as it was written. */
  tagName({ name, german }: { name: string; german?: string | undefined }): string {
    return (this.locale === 'de' && german) || name;
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
}
