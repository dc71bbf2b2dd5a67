import { describe, expect, it } from 'vitest';
import { licenceName } from './licence.js';

describe('the name of a licence', () => {
  it.each([
    ['https://creativecommons.org/licenses/by/4.0/', 'CC BY 4.0'],
    ['http://www.creativecommons.org/licenses/by-nc-sa/3.0/de/', 'CC BY-NC-SA 3.0'],
    [
      '2019 Ann. Licensed to the public under https://creativecommons.org/licenses/by-sa/4.0/ verify at …',
      'CC BY-SA 4.0',
    ],
    ['https://creativecommons.org/publicdomain/zero/1.0/', 'CC0 1.0'],
    ['https://creativecommons.org/publicdomain/mark/1.0/', 'Public Domain'],
    ['https://creativecommons.org/licenses/by', 'CC BY'],
    ['© 2024 Ann, all rights reserved', '© 2024 Ann, all rights reserved'],
    ['Royalty free', 'Royalty free'],
  ])('of %s is %s', (text, name) => {
    expect(licenceName(text)).toBe(name);
  });
});
