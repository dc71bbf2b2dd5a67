import { describe, expect, it } from 'vitest';
import { de } from '$lib/i18n/de';
import { en } from '$lib/i18n/en';
import { filterLabels } from './filter-labels';

describe('filter labels', () => {
  it('word a range by the ends that are given', () => {
    expect(filterLabels({ minDurationS: 1, maxDurationS: 5 }, en.filters, 'en')).toEqual(['Length 1–5 s']);
    expect(filterLabels({ minBpm: 90 }, en.filters, 'en')).toEqual(['Tempo from 90 BPM']);
    expect(filterLabels({ kind: 'one-shot', maxLoudness: -14 }, en.filters, 'en')).toEqual([
      'Loudness up to -14 LUFS',
      'One-shot',
    ]);
    expect(filterLabels({ minBitsPerSample: 24, maxBitsPerSample: 24 }, en.filters, 'en')).toEqual([
      'Bit depth: 24 bit',
    ]);
    expect(filterLabels({ minBitsPerSample: 20 }, de.filters, 'de')).toEqual(['Bittiefe ab 20 Bit']);
    expect(filterLabels({ minBitsPerSample: 17 }, en.filters, 'en')).toEqual(['Bit depth more than 16 bit']);
    expect(filterLabels({ maxBitsPerSample: 23 }, de.filters, 'de')).toEqual(['Bittiefe unter 24 Bit']);
    expect(filterLabels({ minSampleRateHz: 44_100 }, de.filters, 'de')).toEqual(['Abtastrate ab 44,1 kHz']);
    expect(filterLabels({ recordedAfter: '2019-01-01', recordedBefore: '2019-12-31' }, en.filters, 'en')).toEqual([
      'Recorded: 2019',
    ]);
    expect(filterLabels({ recordedAfter: '2019-03-01', recordedBefore: '2019-04-30' }, en.filters, 'en')).toEqual([
      'Recorded 2019-03–2019-04',
    ]);
    expect(filterLabels({ recordedBefore: '2009-12-31' }, de.filters, 'de')).toEqual(['Aufgenommen bis 2009']);
    expect(filterLabels({ format: 'wav,flac' }, en.filters, 'en')).toEqual(['Format: wav, flac']);
    expect(filterLabels({ maxBpm: 120, tag: ['a', 'b'] }, en.filters, 'en')).toEqual([
      'Tempo up to 120 BPM',
      'Tag: a',
      'Tag: b',
    ]);
  });

  it('write numbers as the language does', () => {
    expect(filterLabels({ maxDurationS: 0.4, minBpm: 97.5, maxBpm: 120 }, de.filters, 'de')).toEqual([
      'Länge bis 0,4 s',
      'Tempo 97,5–120 BPM',
    ]);
    expect(filterLabels({ minBrightness: 3000 }, de.filters, 'de')).toEqual(['Helligkeit ab 3.000 Hz']);
    expect(filterLabels({ addedAfter: '2026-01-01' }, en.filters, 'en')).toEqual(['Added from 2026-01-01']);
  });
});
