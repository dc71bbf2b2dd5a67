import { expect, it } from 'vitest';
import { artistsOf, artistText } from './artists.js';

it.each([
  ['AC/DC', ['AC/DC']],
  ['Simon & Garfunkel', ['Simon & Garfunkel']],
  ['Tyler, The Creator', ['Tyler, The Creator']],
  ['Björk; Thom Yorke', ['Björk', 'Thom Yorke']],
  ['AC/DC / Au/Ra', ['AC/DC', 'Au/Ra']],
  ['First Artist/Second Artist', ['First Artist', 'Second Artist']],
  ['Gorillaz feat. De La Soul', ['Gorillaz', 'De La Soul']],
  ['Gorillaz (ft. De La Soul)', ['Gorillaz', 'De La Soul']],
  ['A; B; A', ['A', 'B']],
  ['Drift', ['Drift']],
  [null, []],
])('%j is by %j', (text, artists) => {
  expect(artistsOf(text)).toEqual(artists);
  expect(artistsOf(artistText(artists))).toEqual(artists);
});
