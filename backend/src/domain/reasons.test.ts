import { describe, expect, it } from 'vitest';
import { DomainError } from './errors.js';
import { because, inEnglish, state, told } from './reasons.js';

describe('reasons', () => {
  const tooLong = because('sound_too_long', { lengthS: 45_000, limitS: 5400 });

  it('are said with their values in fitting units', () => {
    expect(inEnglish([tooLong])).toBe(
      'The sound is 12.5 hours long, more than the limit of 90 minutes. Split it, or raise MAX_DURATION_H.',
    );
    expect(inEnglish([because('install_no_space', { neededBytes: 160_400_000, freeBytes: 4_200_000 })])).toContain(
      'needs 160 MB on the disk, but only 4.2 MB are free',
    );
  });

  it('tell of one thing as of one', () => {
    expect(inEnglish([because('quota_sounds', { most: 1 })])).toContain('You may keep 1 sound here');
    expect(inEnglish([because('quota_sounds', { most: 2 })])).toContain('You may keep 2 sounds here');
    expect(inEnglish([because('file_cut_off_after', { afterS: 1 })])).toContain('after 1 second of sound');
  });

  it('survive being kept', () => {
    const kept = state(tooLong, because('file_empty'));
    expect(told(kept)).toEqual({
      text: inEnglish([tooLong, because('file_empty')]),
      reasons: [tooLong, because('file_empty')],
    });
  });

  it.each(['The disk is full.', '', '[{broken', '[{"id":"of_tomorrow","params":{}}]'])(
    'are not read into %j',
    (text) => {
      expect(told(text).reasons).toEqual([]);
    },
  );

  it('leave no value of a stranger standing for another', () => {
    expect(inEnglish([because('host_not_allowed', { host: '{host}$&' })])).toContain('under the name "{host}$&"');
  });

  it('are what an error says', () => {
    const error = new DomainError('too_long', tooLong);
    expect(error.message).toBe(inEnglish([tooLong]));
    expect(told(error.stated).reasons).toEqual([tooLong]);
    expect(new DomainError('internal', 'Of the log only.').stated).toBe('Of the log only.');
  });
});
