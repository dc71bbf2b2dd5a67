import type { Actor } from '../../src/domain/accounts/actor.js';
import type { Access, Seen } from '../../src/domain/accounts/viewer.js';

/** A port that shows everybody the same. */
export const forAll =
  <Port>(port: Port): Seen<Port> =>
  () =>
    port;

/** How things are kept where nothing is kept from anybody. */
export const openToAll = {
  ofSounds: (): Map<string, Access> => new Map(),
  ofCollections: (): Map<string, Access> => new Map(),
  forNew: ({ ownerId }: Actor): Promise<Access> => Promise.resolve({ ownerId, visibility: 'public', people: [] }),
};
