import { fold } from '../search/words.js';

/** The ending of a file's name in lower case, without its dot; empty where it has none. */
export const extensionOf = (filename: string): string => /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? '';

export const stemOf = (filename: string): string => filename.replace(/\.[a-z0-9]{1,8}$/i, '');

/** What a sound is sorted by when the title is asked for: its title, else its file name. */
export const titleFolded = (title: string | null, filename: string): string => fold(title ?? stemOf(filename));
