import { MAX_OWN_TAGS, type TagSource } from './library.types.js';

export interface PresentTag {
  source: TagSource;
  folded: string;
  name: string;
}

/** What a change of tags does to one sound. */
export interface TagPlan {
  end: 'done' | 'fromFile' | 'full';
  /** Own tags that it gets. */
  add: { folded: string; name: string }[];
  /** Folded names of own tags that go. */
  drop: string[];
  /** Automatic tags that are rejected, as the change writes them. */
  reject: string[];
  /** Names of what goes, for taking it back. */
  lost: string[];
}

/** Tags of the file stay, automatic ones are rejected (unless only own ones are meant), and none gets more than it may have. */
export function planTags(
  present: readonly PresentTag[],
  adding: ReadonlyMap<string, string>,
  removing: ReadonlyMap<string, string>,
  ownOnly: boolean,
): TagPlan {
  const own = new Set(present.filter(({ source }) => source === 'user').map(({ folded }) => folded));
  const add = [...adding].filter(([folded]) => !own.has(folded)).map(([folded, name]) => ({ folded, name }));
  const leaving = present.filter(
    ({ folded, source }) => removing.has(folded) && source !== 'file' && (!ownOnly || source === 'user'),
  );
  const drop = leaving.filter(({ source }) => source === 'user').map(({ folded }) => folded);
  if (own.size + add.length - drop.length > MAX_OWN_TAGS) {
    return { end: 'full', add: [], drop: [], reject: [], lost: [] };
  }
  const stays = !ownOnly && present.some(({ source, folded }) => source === 'file' && removing.has(folded));
  return {
    end: stays ? 'fromFile' : 'done',
    add,
    drop,
    reject: leaving.filter(({ source }) => source === 'auto').map(({ folded }) => removing.get(folded)!),
    lost: [...new Set(leaving.map(({ name }) => name))],
  };
}
