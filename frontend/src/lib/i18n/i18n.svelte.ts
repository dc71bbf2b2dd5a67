import type { Reason } from '$lib/api/types';
import { recall, remember } from '$lib/state/storage';
import { en, type Messages } from './en';
import { say, type Sentences } from './reasons/sentences';

export type Locale = 'en' | 'de';

export interface Language {
  locale: Locale;
  messages: Messages;
  /** For reasons of the server, which speaks English. */
  reasons: Sentences | null;
}

const ENGLISH: Language = { locale: 'en', messages: en, reasons: null };

const loaders: Record<Locale, () => Promise<Language>> = {
  en: () => Promise.resolve(ENGLISH),
  de: async () => {
    const [{ de }, { reasons }] = await Promise.all([import('./de'), import('./reasons/de')]);
    return { locale: 'de', messages: de, reasons };
  },
};

/** The language that was chosen here, or that the browser asks for; English where its words cannot be had. */
export function openLanguage(): Promise<Language> {
  const wanted = recall('locale') ?? navigator.language.slice(0, 2);
  return loaders[wanted === 'de' ? 'de' : 'en']().catch(() => ENGLISH);
}

/** What the server tells of something that did not work. */
export interface Why {
  /** The server's own sentence. */
  error: string | null | undefined;
  reasons?: readonly Reason[] | undefined;
  code?: string | undefined;
}

/** The interface's language. English is built in; others load when chosen. */
export class I18n {
  locale = $state<Locale>('en');
  t = $state.raw<Messages>(en);
  #reasons = $state.raw<Sentences | null>(null);

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
   * Why something did not work, in this language: by the reasons that the server gives, else a text for the code with the
   * server's own sentence behind it.
   */
  why({ error, reasons = [], code }: Why): string {
    const general = code === undefined ? undefined : this.t.problems[code];
    if (!error) return general ?? this.t.errors.unexpected;
    if (!this.#reasons) return error;
    const said = say(this.#reasons, reasons, this.locale);
    if (said !== null) return said;
    return general ? `${general} (${error})` : error;
  }
}
