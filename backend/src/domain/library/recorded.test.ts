import { expect, it } from 'vitest';
import { recordedOf } from './recorded.js';

it.each<[text: string, recorded: string | null]>([
  ['2019', '2019'],
  [' 2019 ', '2019'],
  ['2019-03', '2019-03'],
  ['2019-03-14', '2019-03-14'],
  ['2019-03-14T10:00:00Z', '2019-03-14'],
  ['2019:03:14', '2019-03-14'],
  ['2019/03/14', '2019-03-14'],
  ['20190314', '2019-03-14'],
  ['14.3.2019', '2019-03-14'],
  ['2019-00-00', '2019'],
  ['2019-02-30', '2019-02'],
  ['1932', '1932'],
  ['0000', null],
  ['1066', null],
  ['20191', null],
  ['last summer', null],
  ['', null],
])('%j is %s', (text, recorded) => {
  expect(recordedOf(text)).toBe(recorded);
});
