import type { DecodedFile, SoundFile } from '../library/library.service.js';

/** A way to hear something of the library without an account, for whoever has the link. */
export interface ShareLink {
  id: string;
  ownerId: string;
  kind: 'sound' | 'collection';
  /** Id of the sound or the collection. */
  subjectId: string;
  /** What it was called when the link was made. */
  name: string;
  /** The moment that is shared, in seconds; null for all of it. */
  part: { startS: number; endS: number } | null;
  /** Whether it may be taken along as a file. */
  download: boolean;
  hasPassword: boolean;
  createdAt: string;
  /** Null: never. */
  expiresAt: string | null;
  /** How often it was opened, and when the last time. */
  opened: number;
  openedAt: string | null;
}

export interface NewLink {
  kind: ShareLink['kind'];
  subjectId: string;
  part: ShareLink['part'];
  download: boolean;
  password: string | null;
  expiresAt: string | null;
}

/** What a guest is told of a sound. */
export interface SharedSound {
  id: string;
  name: string;
  artist: string | null;
  /** Of a moment its own. */
  durationS: number | null;
  /** Whether its file has a picture; of a moment none is given. */
  hasCover: boolean;
}

/** What a guest hears. Of a moment, with a mark by which it can be told from others, and a name for its file: not those of the sound. */
export interface SharedFile {
  file: SoundFile | DecodedFile;
  mark: string | null;
  filename: string | null;
}
