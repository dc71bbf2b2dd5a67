import { describe, expect, it } from 'vitest';
import { mendingOf } from './legacy-text.js';

/** Texts as they were in a file, in hex where Node cannot write the encoding. */
const latin1 = (hex: string): string => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1');
const mend = async (text: string, ...others: string[]): Promise<string> => (await mendingOf([text, ...others]))(text);

describe('mendingOf', () => {
  it.each([
    'Größe',
    'Café',
    'Übung für Flöte',
    'Þórður Ágætis byrjun',
    'Motörhead',
    'été à Liège',
    'naïve façade',
    'Ñuñoa ¿Qué?',
    'ÄÖÜ',
    'ÆØÅ',
    'Áéíóú',
    'ÀÉÈ',
    'Ééé',
    '100 °C © 2020 ½',
    '«Ça»',
    'plain',
    'Größe 雨',
    'Привет',
    'می\u200cخواهم',
  ])('leaves %s as it is', async (text) => {
    expect(await mend(text)).toBe(text);
  });

  it.each(['Größe Übung', 'Björk', '雨の音', 'Ночь 🌙', 'naïve – “quoted”'])(
    'reads %s that was UTF-8 taken as Latin-1 or Windows-1252',
    async (text) => {
      const bytes = Buffer.from(text);
      expect(await mend(bytes.toString('latin1'))).toBe(text);
      expect(await mend(new TextDecoder('windows-1252').decode(bytes))).toBe(text);
    },
  );

  it('reads Windows-1252 where Latin-1 has control characters', async () => {
    expect(await mend('It\x92s \x93fine\x94 \x96 5\x80')).toBe('It’s “fine” – 5€');
  });

  it.each([
    ['Shift-JIS', '8365 8358 8367', 'テスト'],
    ['Shift-JIS', '89 4A 82 CC 89 B9', '雨の音'],
    ['Shift-JIS', '93 8C 8B 9E', '東京'],
    ['Shift-JIS', '82B3 82AD 82E7 82CC 89D4 82AA 8DE7 82AD', 'さくらの花が咲く'],
    ['EUC-JP', 'A4B5 A4AF A4E9 A4CE B2D6 A4AC BAE9 A4AF', 'さくらの花が咲く'],
    ['Big5', 'A4D1 AAC5', '天空'],
    ['Windows-1251', 'CF F0 E8 E2 E5 F2', 'Привет'],
    ['Windows-1251', 'C4 EE E6 E4 FC 20 ED E0 20 EA F0 FB F8 E5', 'Дождь на крыше'],
    ['KOI8-R', 'E4 CF D6 C4 D8 20 CE C1 20 CB D2 D9 DB C5', 'Дождь на крыше'],
    ['EUC-KR', 'BB E7 B6 FB', '사랑'],
    ['EUC-JP', 'A5 C6 A5 B9 A5 C8', 'テスト'],
    ['GBK', 'CF C2 D3 EA B5 C4 C9 F9 D2 F4', '下雨的声音'],
    ['Big5', 'A4 55 AB 42 AA BA C1 6E AD B5', '下雨的聲音'],
    ['Windows-1253', 'C2 F1 EF F7 DE', 'Βροχή'],
  ])('recognises %s', async (_, hex, text) => {
    expect(await mend(latin1(hex))).toBe(text);
  });

  it('goes by all texts of a file: a short one by the longer, a Western one stays', async () => {
    const long = latin1('C4 EE E6 E4 FC 20 ED E0 20 EA F0 FB F8 E5');
    const readable = await mendingOf([latin1('CA C8 CD CE'), 'Bj\xf6rk', long]);
    expect(readable(latin1('CA C8 CD CE'))).toBe('КИНО');
    expect(readable('Bj\xf6rk')).toBe('Björk');
  });
});
