import type { Awaitable } from '../awaitable.js';
import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { cleanLine } from './clean-text.js';
import type { SoundKey } from './library.types.js';

/** A folder that sounds came from, with the folders above it: `Drums/Kicks`. */
export interface OriginFolder {
  path: string;
  /** The last part of the path. */
  name: string;
  /** Sounds in it and in the folders below. */
  sounds: number;
  /** Whether there are folders below. */
  hasFolders: boolean;
}

/** Where sounds came from; the same bytes may have come from several places. */
export interface OriginRepository {
  /** Known places are not told twice; nothing for a sound that does not exist. @returns whether it was not known yet */
  add(soundId: string, origin: { folder: string; filename: string }): Awaitable<boolean>;
  /** Every folder at or below this one, with a sound in it; a sound of several files is told once for each folder. */
  below(folder: string): Awaitable<{ folder: string; soundKey: SoundKey }[]>;
}

const MAX_PARTS = 24;
const MAX_LENGTH = 500;

/** The folders in a path that a browser or a folder of the server gave, without the file; empty for a file by itself. */
export function folderOf(path: string): string {
  const parts = path
    .split(/[\\/]/)
    .slice(0, -1)
    .map((part) => cleanLine(part).slice(0, 200))
    .filter((part) => part !== '' && part !== '.' && part !== '..' && !/^[a-z]:$/i.test(part));
  return parts.slice(-MAX_PARTS).join('/').slice(-MAX_LENGTH).replace(/^\/+/, '');
}

/** The folders that sounds came from, as a tree. */
export class OriginsService {
  constructor(private readonly origins: Seen<Pick<OriginRepository, 'below'>>) {}

  /** The folders right below one, by name; with an empty path those at the top. */
  async folders(actor: Actor, under: string): Promise<OriginFolder[]> {
    demand(actor, 'read');
    const prefix = under === '' ? '' : `${under}/`;
    const found = new Map<string, { keys: Set<SoundKey>; hasFolders: boolean }>();
    for (const { folder, soundKey } of await this.origins(viewerOf(actor)).below(under)) {
      if (!folder.startsWith(prefix)) continue;
      const [name = '', ...deeper] = folder.slice(prefix.length).split('/');
      const child = found.get(name) ?? { keys: new Set(), hasFolders: false };
      found.set(name, child);
      child.keys.add(soundKey);
      child.hasFolders ||= deeper.length > 0;
    }
    const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
    return [...found]
      .map(([name, { keys, hasFolders }]) => ({ path: `${prefix}${name}`, name, sounds: keys.size, hasFolders }))
      .sort((a, b) => byName.compare(a.name, b.name));
  }
}
