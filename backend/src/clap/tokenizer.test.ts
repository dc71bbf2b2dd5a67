import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './tokenizer.js';

const fixture = new URL('../../test/golden/fixtures/tiny-clap/tokenizer.json', import.meta.url);
const json = JSON.parse(readFileSync(fixture, 'utf8')) as object;
const start = 0;
const pad = 1;
const end = 2;

describe('createTokenizer', () => {
  it('pads a batch to its longest text and masks the padding', () => {
    const { ids, mask, length } = createTokenizer(json, { maxTokens: 64, padTokenId: pad })(['', 'church bell']);
    expect(length).toBeGreaterThan(2);
    expect(ids.slice(0, length)).toEqual([start, end, ...new Array<number>(length - 2).fill(pad)]);
    expect(mask.slice(0, length)).toEqual([1, 1, ...new Array<number>(length - 2).fill(0)]);
    expect(mask.slice(length)).toEqual(new Array<number>(length).fill(1));
  });

  it('cuts a long text but keeps its special tokens', () => {
    const { ids, length } = createTokenizer(json, { maxTokens: 8, padTokenId: pad })(['rain '.repeat(600)]);
    expect(length).toBe(8);
    expect([ids[0], ids[7]]).toEqual([start, end]);
  });

  it('has one padding token for a text of which no token is left', () => {
    const bare = createTokenizer({ ...json, post_processor: null }, { maxTokens: 8, padTokenId: pad });
    expect(bare([''])).toEqual({ ids: [pad], mask: [0], length: 1, known: [true] });
  });

  it('tells which texts it knows nothing of', () => {
    const bundled = JSON.parse(
      readFileSync(new URL('../../../models/compact-clap/tokenizer.json', import.meta.url), 'utf8'),
    ) as object;
    const tokenize = createTokenizer(bundled, { maxTokens: 64, padTokenId: 0 });
    expect(tokenize(['rain', '雨', '雨 rain', '', 'Glöckchen', '🎹']).known).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
    ]);
    const others = ['asdfghjkl', 'qwertz', 'pluie sur un toit en tôle', 'дождь', 'perro ladrando'];
    expect(tokenize(others).known).toEqual(others.map(() => false));
    const said = ['Glas das gerieben wird', 'etwas das scheppert', 'ein Reißverschluss der zugezogen wird'];
    expect(tokenize(said).known).toEqual(said.map(() => true));
    const abroad = [
      'le son de la pluie sur le toit',
      'il suono della pioggia',
      'cane che abbaia',
      'sonido de campana',
      'bebê chorando',
    ];
    expect(tokenize(abroad).known).toEqual(abroad.map(() => false));
    const home = [
      'der Vierbeiner des Nachbarn schlägt an',
      'la la la, someone singing',
      'piñata',
      'café',
      'lo-fi beat',
      'do re mi',
      'a van',
    ];
    expect(tokenize(home).known).toEqual(home.map(() => true));
    const read = ['strange robot noise', 'Kaffeemühle', 'bd 808', 'theremin', 'strange asdfg noise'];
    expect(tokenize(read).known).toEqual(read.map(() => true));
  });

  it('goes by the list of words that a model was taught, where it came with one', () => {
    const bundled = new URL('../../../models/compact-clap/', import.meta.url);
    const taught = new Set(readFileSync(new URL('words.txt', bundled), 'utf8').split('\n'));
    const tokenize = createTokenizer(JSON.parse(readFileSync(new URL('tokenizer.json', bundled), 'utf8')) as object, {
      maxTokens: 64,
      padTokenId: 0,
      taught,
    });
    const read = [
      'Wachhund',
      'Gekicher',
      'pfrrrt',
      'marmot',
      'marmots',
      'Katzenmiauen',
      'Publikumsapplaus',
      'Tür die zuschlägt',
    ];
    expect(tokenize(read).known).toEqual(read.map(() => true));
    const unread = [
      'blorpt zindle',
      'snorbledack',
      'plimbustrade',
      'trueno lejano',
      'knarrande dörr',
      'xqzrbtvn'.repeat(9),
    ];
    expect(tokenize(unread).known).toEqual(unread.map(() => false));
  });
});
