import type { Access } from './accounts/viewer.js';

/** Sounds that one change of a collection names at most: ten thousand events are kept, here and in Redis. */
export const MOST_NAMED = 100;

/** A sound of the library came, changed or went. */
export interface SoundChange {
  change: 'created' | 'updated' | 'deleted' | 'restored';
  soundId: string;
  /** How it was kept, of one that is gone for good or is kept otherwise now: who knew of it. */
  access?: Access;
}

export interface CollectionChange {
  change: 'created' | 'updated' | 'deleted';
  collectionId: string;
  /** As of a sound. */
  access?: Access;
  /**
   * Where nothing but its sounds changed, which: not of interest to who sees none of these. Of more than {@link MOST_NAMED} all
   * are told who see the collection.
   */
  soundIds?: readonly string[];
}

/** Something that has changed. It says what changed, not how it is now: whoever wants to know that reads it. */
export type AppEvent =
  | { kind: 'job'; jobId: string }
  | ({ kind: 'sound' } & SoundChange)
  | ({ kind: 'collection' } & CollectionChange)
  | { kind: 'folder'; folderId: string }
  /** Which models there are, what is being installed, and the change from one to another. */
  | { kind: 'model' }
  /** The vector index of one of the API processes. */
  | { kind: 'index'; state: string; segments: number }
  | { kind: 'maintenance' }
  /** Favourites and stars, or saved searches, of somebody. */
  | { kind: 'personal'; about: 'ratings' | 'searches'; ownerId: string }
  /** The words for tags. */
  | { kind: 'vocabulary' }
  /** How far the words are applied to the sounds: they were to these. */
  | { kind: 'tagging'; soundIds?: readonly string[] }
  /** More happened than can be told: whatever is shown has to be read anew. */
  | { kind: 'reset' };

export interface StampedEvent {
  /** Its place in the order of all events; empty for one that could only be told in this process yet. */
  id: string;
  event: AppEvent;
}

/** Tells every process. Never fails and never waits; several changes of one thing may be told as one. */
export interface EventSink {
  tell(event: AppEvent): void;
}

/** What all processes told, in one order. */
export interface EventLog {
  /** Calls back with each event, whichever process told it, until the returned function is called. */
  subscribe(listener: (told: StampedEvent) => void): () => void;
  /** Id of the newest event; empty while that is not known. */
  latestId(): string;
  /** What came after the event with this id, oldest first; null when that is too long ago, or the id is none. */
  since(id: string): readonly StampedEvent[] | null;
}

/** What an event is about: of several about the same thing the last one counts. */
export function subjectOf(event: AppEvent): string {
  switch (event.kind) {
    case 'job':
      return `job ${event.jobId}`;
    case 'sound':
      return `sound ${event.soundId}`;
    case 'collection':
      return `collection ${event.collectionId}`;
    case 'personal':
      return `personal ${event.about} ${event.ownerId}`;
    case 'folder':
      return `folder ${event.folderId}`;
    default:
      return event.kind;
  }
}

/** Two events about the same thing as one: what came is new also when it has changed since. */
export function merged(earlier: AppEvent | undefined, later: AppEvent): AppEvent {
  const isNew = earlier && 'change' in earlier && earlier.change === 'created';
  if (isNew && 'change' in later && later.change === 'updated') return earlier;
  if (earlier?.kind === 'tagging' && later.kind === 'tagging') {
    return { ...later, soundIds: [...new Set([...(earlier.soundIds ?? []), ...(later.soundIds ?? [])])] };
  }
  if (earlier?.kind === 'collection' && later.kind === 'collection' && later.soundIds) {
    const { soundIds, ...whole } = later;
    if (!earlier.soundIds) return { ...whole, ...(earlier.access && { access: earlier.access }) };
    const named = [...new Set([...earlier.soundIds, ...soundIds])];
    return named.length > MOST_NAMED ? whole : { ...later, soundIds: named };
  }
  // Who knew of it before the first of the changes has to hear of it.
  const known = earlier && 'access' in earlier ? earlier.access : undefined;
  return known && 'change' in later ? { ...later, access: known } : later;
}
