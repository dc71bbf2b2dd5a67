import type { AspectWeights } from '$lib/api/types';

/** What a search by example may go by, as the sliders stand. */
export const COMPARED = ['overall', 'timbre', 'pitch', 'rhythm', 'loudness'] as const;
export type Compared = (typeof COMPARED)[number];

const usually = (name: Compared): number => (name === 'overall' ? 1 : 0);

/** How much one of them counts. */
export const countOf = (weights: AspectWeights, name: Compared): number => weights[name] ?? usually(name);

export const isUsual = (weights: AspectWeights): boolean =>
  COMPARED.every((name) => countOf(weights, name) === usually(name));

/** Something must count for anything to be found. */
export const countsAny = (weights: AspectWeights): boolean => COMPARED.some((name) => countOf(weights, name) > 0);

/** As it follows an example: `~overall:0~rhythm:2`; empty for what is usual. */
export const aspectText = (weights: AspectWeights): string =>
  COMPARED.filter((name) => countOf(weights, name) !== usually(name))
    .map((name) => `~${name}${countOf(weights, name) === 1 ? '' : `:${countOf(weights, name)}`}`)
    .join('');

/** An example as it is typed, like in these aspects. */
export const typedWithAspects = (typed: string, weights: AspectWeights): string =>
  typed.replace(/(?:~[^\s^]*)?(\^[\d.]+)?$/u, `${aspectText(weights)}$1`);
