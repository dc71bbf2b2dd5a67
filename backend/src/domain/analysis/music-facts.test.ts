import { describe, expect, it } from 'vitest';
import { decideMusic, taggedMusic, type MusicFacts } from './music-facts.js';

const nothing: MusicFacts = {
  bpm: null,
  bpmSource: null,
  bpmConfidence: null,
  key: null,
  keySource: null,
  keyConfidence: null,
};
const heard = { tempo: { bpm: 97, confidence: 0.9 }, key: { key: 'Em', confidence: 0.8 } };

describe('tempo and key', () => {
  it('are what a person says, else what the tags say, else what was heard', () => {
    const none = { bpm: null, key: null };
    expect(decideMusic(nothing, new Set(), none, heard)).toMatchObject({ bpm: 97, bpmSource: 'estimated', key: 'Em' });
    const tagged = decideMusic(nothing, new Set(), { bpm: 120, key: null }, heard);
    expect(tagged).toMatchObject({ bpm: 120, bpmSource: 'tag', bpmConfidence: null, keySource: 'estimated' });
    const own = { ...tagged, bpm: 60 };
    expect(decideMusic(own, new Set(['bpm']), { bpm: 120, key: 'C' }, heard)).toMatchObject({
      bpm: 60,
      bpmSource: 'user',
      key: 'C',
      keySource: 'tag',
    });
  });

  it('stay empty where a person has cleared them', () => {
    const cleared = decideMusic(nothing, new Set(['bpm', 'key']), { bpm: 120, key: 'C' }, heard);
    expect(cleared).toEqual(nothing);
  });

  it('keep what the tags said when a sound is only heard again', () => {
    expect(taggedMusic({ ...nothing, bpm: 90, bpmSource: 'tag', key: 'C', keySource: 'estimated' })).toEqual({
      bpm: 90,
      key: null,
    });
  });
});
