import { expect, it } from 'vitest';
import type { Sound } from '$lib/api/types';
import { promptsFrom } from './prompts';

const sound = (filename: string, tags: Sound['tags'] = []): Sound =>
  ({ filename, title: null, tags, status: 'ready' }) as Partial<Sound> as Sound;

it('prompts come from names and tags that say something', () => {
  const field = { name: 'field recording', score: null, source: 'user' as const };
  const encoder = { name: 'made by some tool', score: null, source: 'file' as const };
  expect(
    promptsFrom([
      sound('rain_on_tin-roof.wav', [field, encoder]),
      sound('clip-0001.wav'),
      sound('Rain on tin roof.flac'),
    ]),
  ).toEqual(['rain on tin roof', 'field recording']);
});

it('prompts of different kinds come before more of the same', () => {
  const names = ['vinyl_scratch', 'vinyl_hiss', 'tabla_ghe', 'vinyl_rewind', 'drum_roll', 'guitar_chord', 'piano_note'];
  expect(promptsFrom(names.map((name) => sound(`${name}.wav`)))).toEqual([
    'vinyl scratch',
    'tabla ghe',
    'drum roll',
    'guitar chord',
    'piano note',
  ]);
});

it('a sound that failed is no example', () => {
  expect(promptsFrom([{ ...sound('broken church bell.wav'), status: 'failed' }])).toEqual([]);
});
