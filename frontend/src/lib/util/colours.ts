import type { Rating } from '$lib/api/types';

export type SoundColour = NonNullable<Rating['colour']>;

export const COLOURS = [
  'red',
  'orange',
  'amber',
  'green',
  'teal',
  'blue',
  'violet',
  'pink',
] as const satisfies SoundColour[];

export const colourOf = (colour: SoundColour): string => `var(--mark-${colour})`;
