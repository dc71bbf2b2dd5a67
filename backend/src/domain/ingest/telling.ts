import { DomainError } from '../errors.js';
import type { CoverMaker } from '../library/covers.ports.js';
import type { Chapter, FileTags } from '../library/library.types.js';
import type { Log } from '../log.js';
import type { ReadTags, TagReader } from './ingest.ports.js';

/** Shorter sounds have none: they are not looked for. */
const CHAPTERS_FROM_S = 10;

export const NO_TAGS: ReadTags = {
  title: null,
  artist: null,
  artists: [],
  album: null,
  genre: null,
  bpm: null,
  key: null,
  description: null,
  author: null,
  licence: null,
  albumArtist: null,
  disc: null,
  track: null,
  recorded: null,
  picture: null,
  keywords: [],
};

interface Told {
  fileTags: FileTags;
  chapters: Chapter[];
  cover: Awaited<ReturnType<CoverMaker['make']>> | null;
}

/**
 * What a file says of itself: tags, chapters, cover.
 * @param durationS the file's, where it is known
 * @param options.lastAttempt a sound without its tags is better than none: what could not be looked at is left out, and the log says so
 * @throws DomainError `not_ready` (transient) when the machine could not look, and there is another attempt
 */
export async function tellOf(
  { tags, covers, logger }: { tags: TagReader; covers: CoverMaker; logger: Log },
  path: string,
  durationS: number | null,
  { soundId, lastAttempt }: { soundId: string; lastAttempt: boolean },
): Promise<Told> {
  const orElse = <T>(none: T, what: string) => {
    return (error: unknown): T => {
      if (!lastAttempt || !(error instanceof DomainError && error.transient)) throw error;
      logger.warn(
        { soundId, err: error },
        `${what} could not be read in time and are left out; processing again reads them`,
      );
      return none;
    };
  };
  const hasChapters = (durationS ?? Infinity) >= CHAPTERS_FROM_S;
  const [{ picture, ...fileTags }, chapters] = await Promise.all([
    tags.read(path).catch(orElse(NO_TAGS, 'tags')),
    hasChapters ? tags.chapters(path).catch(orElse<Chapter[]>([], 'chapters')) : [],
  ]);
  return { fileTags, chapters, cover: picture && (await covers.make(picture)) };
}
