import { expect, it } from 'vitest';
import type { Sound } from '$lib/api/types';
import { promptsFrom } from './prompts';

const byName = ({ name }: Sound['tags'][number]): string => name;

const sound = (filename: string, tags: Sound['tags'] = []): Sound =>
  ({ filename, title: null, tags, status: 'ready' }) as Partial<Sound> as Sound;

it('prompts come from names and tags that say something', () => {
  const field = { name: 'field recording', score: null, source: 'user' as const };
  const encoder = { name: 'made by some tool', score: null, source: 'file' as const };
  expect(
    promptsFrom(
      [sound('rain_on_tin-roof.wav', [field, encoder]), sound('clip-0001.wav'), sound('Rain on tin roof.flac')],
      byName,
    ),
  ).toEqual(['field recording', 'rain on tin roof']);
});

it('prompts of different kinds come before more of the same', () => {
  const names = ['vinyl_scratch', 'vinyl_hiss', 'tabla_ghe', 'vinyl_rewind', 'drum_roll', 'guitar_chord', 'piano_note'];
  expect(
    promptsFrom(
      names.map((name) => sound(`${name}.wav`)),
      byName,
    ),
  ).toEqual(['vinyl scratch', 'tabla ghe', 'drum roll', 'guitar chord', 'piano note']);
});

it('what a sound is tagged with comes before names, and names of parts that say nothing are left out', () => {
  const kick = { name: 'kick', score: 0.9, source: 'auto' as const };
  const names = ['bd_zum.wav', 'bass_woodsy_c.wav', 'church bells.wav'];
  expect(
    promptsFrom(
      names.map((name) => sound(name, [kick])),
      byName,
    ),
  ).toEqual(['kick', 'church bells']);
});

it('a sound that failed is no example', () => {
  expect(promptsFrom([{ ...sound('broken church bell.wav'), status: 'failed' }], byName)).toEqual([]);
});

it('tags are called as on the page', () => {
  const noise = { name: 'noise', german: 'Rauschen', score: 0.9, source: 'auto' as const };
  const german = ({ name, german }: Sound['tags'][number]): string => german ?? name;
  expect(promptsFrom([sound('clip-0001.wav', [noise])], german)).toEqual(['Rauschen']);
});

it('what somebody gave to all of them is no example', () => {
  const demo = { name: 'demo', score: null, source: 'user' as const };
  expect(promptsFrom([sound('soft bell.wav', [demo]), sound('drum loop.wav', [demo])], byName)).toEqual([
    'soft bell',
    'drum loop',
  ]);
});
