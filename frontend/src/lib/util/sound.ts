import type { BulkEdit, Sound } from '$lib/api/types';
import type { Messages } from '$lib/i18n/en';
import { formatCount, formatPercent } from './format';

/** What a person would call the sound: its title, else its file name without the ending. */
export const soundName = (sound: Pick<Sound, 'title' | 'filename'>): string =>
  sound.title?.trim() || sound.filename.replace(/\.[a-z0-9]{1,5}$/i, '') || sound.filename;

const CODECS: Record<string, string> = {
  pcm_s16le: 'WAV',
  pcm_s24le: 'WAV',
  pcm_s32le: 'WAV',
  pcm_f32le: 'WAV',
  pcm_s16be: 'AIFF',
  pcm_s24be: 'AIFF',
  vorbis: 'OGG',
  wmav2: 'WMA',
};

/** A short label such as `FLAC` for a row. */
export function soundFormat(sound: Pick<Sound, 'codec' | 'filename'>): string {
  const ending = /\.([a-z0-9]{2,4})$/i.exec(sound.filename)?.[1];
  if (!sound.codec) return (ending ?? '?').toUpperCase();
  return (CODECS[sound.codec] ?? (sound.codec.startsWith('pcm') ? (ending ?? 'PCM') : sound.codec)).toUpperCase();
}

/** `24 bit` of what has no loss; null where it is not told. */
export const bitsOf = (
  { bitsPerSample, codec }: Pick<Sound, 'bitsPerSample' | 'codec'>,
  t: Messages['sound'],
): string | null => (bitsPerSample === null ? null : t.bits(bitsPerSample, /^pcm_f/.test(codec ?? '')));

/** In which rates parts are saved, Hz; the server keeps to them. */
const RATES = [8_000, 192_000] as const;

/** What a part that is saved is like; null where that is not known. */
export function savedAs({ channels, sampleRateHz }: Sound, t: Messages['sound'], locale: string): string | null {
  if (channels === null || sampleRateHz === null) return null;
  const rateHz = Math.min(RATES[1], Math.max(RATES[0], sampleRateHz));
  return t.savedAs(channels, formatCount(rateHz / 1000, locale));
}

/** A tempo or key as it is shown; `confidence` of an estimate only. */
export interface MusicFact {
  value: string;
  estimated: boolean;
  confidence: string | null;
}

type Music = Pick<Sound, 'bpm' | 'bpmSource' | 'bpmConfidence' | 'key' | 'keySource' | 'keyConfidence'>;

/** Tempo with at most one digit after the point; null where none is known. */
export const tempoOf = ({ bpm, bpmSource, bpmConfidence }: Music, locale: string): MusicFact | null =>
  bpm === null
    ? null
    : fact(
        `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bpm)} BPM`,
        bpmSource,
        bpmConfidence,
        locale,
      );

export const keyOf = ({ key, keySource, keyConfidence }: Music, locale: string): MusicFact | null =>
  key === null ? null : fact(key, keySource, keyConfidence, locale);

/** `-14.2 LUFS`, with the peak where it is known. */
export function loudnessOf(
  { loudnessLufs, peakDb }: Pick<Sound, 'loudnessLufs' | 'peakDb'>,
  locale: string,
): string | null {
  if (loudnessLufs === null) return null;
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const peak = peakDb === null ? '' : ` (${tenths.format(peakDb)} dBFS)`;
  return `${tenths.format(loudnessLufs)} LUFS${peak}`;
}

export const brightnessOf = ({ brightnessHz }: Pick<Sound, 'brightnessHz'>, locale: string): string | null =>
  brightnessHz === null
    ? null
    : brightnessHz < 1000
      ? `${new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(brightnessHz)} Hz`
      : `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(brightnessHz / 1000)} kHz`;

const fact = (value: string, source: Music['bpmSource'], confidence: number | null, locale: string): MusicFact => ({
  value,
  estimated: source === 'estimated',
  confidence: confidence === null ? null : formatPercent(confidence, locale),
});

type Editable = keyof BulkEdit['patch'];
/** What the server says with a value that people change. */
const BESIDE: { readonly [Name in Editable]?: readonly (keyof Sound)[] } = {
  artist: ['artists'],
  bpm: ['bpmSource', 'bpmConfidence'],
  key: ['keySource', 'keyConfidence'],
};

/** The sound with these values of one that has been changed alike. */
export function withValuesOf(sound: Sound, saved: Sound, names: readonly Editable[]): Sound {
  const all = names.flatMap((name) => [name, ...(BESIDE[name] ?? [])]);
  return { ...sound, ...Object.fromEntries(all.map((name) => [name, saved[name]])) };
}

/** The sound with its own tags changed as the server changes them: those read from the file stay. */
export function withTags(
  sound: Sound,
  { add, remove, ownOnly = false }: { add: readonly string[]; remove: readonly string[]; ownOnly?: boolean },
): Sound {
  const gone = new Set(remove.map((name) => name.toLowerCase()));
  const left = sound.tags.filter(
    ({ name, source }) => source === 'file' || (ownOnly && source !== 'user') || !gone.has(name.toLowerCase()),
  );
  const own = new Set(left.filter(({ source }) => source === 'user').map(({ name }) => name.toLowerCase()));
  const fresh = add.filter((name) => !own.has(name.toLowerCase()));
  return { ...sound, tags: [...fresh.map((name) => ({ name, source: 'user' as const, score: null })), ...left] };
}
