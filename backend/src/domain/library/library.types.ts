import type { Access, Visibility } from '../accounts/viewer.js';

export type SoundStatus = 'processing' | 'ready' | 'failed';
export type TagSource = 'file' | 'auto' | 'user';

export interface Tag {
  name: string;
  /** Confidence 0..1 of an automatic tag; null for tags from the file or the user. */
  score: number | null;
  source: TagSource;
}

/** A dense positive integer that stands for a sound inside the index and the database; never leaves the API. */
export type SoundKey = number;

/** What decoding and probing tell of a file. Seconds, hertz, kbit/s. */
export interface AudioFacts {
  durationS: number | null;
  sampleRateHz: number | null;
  channels: number | null;
  codec: string | null;
  bitRateKbps: number | null;
  /** Bits of each sample; null for lossy codecs, which have none of a size. */
  bitsPerSample: number | null;
}

/** How a file becomes the one channel that is searched, drawn and played. */
export interface Hearing {
  /** Which of its audio tracks, from 0. */
  track: number;
  /** What each channel of the track counts; null while that is not known. */
  weights: number[] | null;
}

export const CHANNEL_LAYOUTS = ['mono', 'stereo', 'surround'] as const;
/** One channel, two, or more. */
export type ChannelLayout = (typeof CHANNEL_LAYOUTS)[number];

/** What the tags inside a file say. */
export interface FileTags {
  title: string | null;
  /** All artists in one text. */
  artist: string | null;
  artists: string[];
  album: string | null;
  genre: string | null;
  bpm: number | null;
  /** Musical key as in `C`, `F#`, `Am`, `Bbm`. */
  key: string | null;
  /** Remarks: what was written about the recording. May have several lines. */
  description: string | null;
  /** Who made it: composed, recorded or wrote the file. */
  author: string | null;
  /** Under which terms it may be used, or whose the rights are. */
  licence: string | null;
  /** Whose album it is, where that is said. */
  albumArtist: string | null;
  /** Which disc and track of it, from 1. */
  disc: number | null;
  track: number | null;
  /** When it was recorded, as exactly as that is said: `2019`, `2019-03` or `2019-03-14`. */
  recorded: string | null;
  keywords: string[];
}

export const SOUND_KINDS = ['one-shot', 'loop', 'long'] as const;
/** One hit or note; what goes on when it is played again and again; a recording of a minute or more. */
export type SoundKind = (typeof SOUND_KINDS)[number];

export const SOUND_COLOURS = ['red', 'orange', 'amber', 'green', 'teal', 'blue', 'violet', 'pink'] as const;
/** What people mark sounds with, for themselves. */
export type SoundColour = (typeof SOUND_COLOURS)[number];

/** Where a tempo or key comes from; what a person says counts before what the file says, and that before an estimate. */
export type FactSource = 'tag' | 'estimated' | 'user';

/** A part of a recording as its file names it; seconds. */
export interface Chapter {
  startS: number;
  endS: number;
  /** Empty for one without. */
  title: string;
}

export interface Sound extends AudioFacts {
  id: string;
  /** Internal; see {@link SoundKey}. */
  soundKey: SoundKey;
  filename: string;
  title: string | null;
  artist: string | null;
  /** Each of the artists that the text names. */
  artists: string[];
  album: string | null;
  genre: string | null;
  /** What was written about it; may have several lines. */
  description: string | null;
  /** Who made it. */
  author: string | null;
  /** Under which terms it may be used. */
  licence: string | null;
  /** Id of the picture in its file; see `Cover`. */
  cover: string | null;
  /** Whose album it is, and which disc and track of it, as the file says. */
  albumArtist: string | null;
  /** The same for all sounds of an album; see `albums.ts`. */
  albumKey: string | null;
  disc: number | null;
  track: number | null;
  /** When it was recorded, as exactly as its file says: `2019`, `2019-03` or `2019-03-14`. */
  recorded: string | null;
  tags: Tag[];
  /** The folders that it came from, such as `Drums/Kicks`. */
  folders: string[];
  bpm: number | null;
  bpmSource: FactSource | null;
  /** 0..1 of an estimate, else null. */
  bpmConfidence: number | null;
  key: string | null;
  keySource: FactSource | null;
  keyConfidence: number | null;
  /** Null where it cannot be told. */
  kind: SoundKind | null;
  /** Integrated, LUFS; null for silence and while not measured. */
  loudnessLufs: number | null;
  /** Of the loudest sample, dBFS. */
  peakDb: number | null;
  /** Middle of the spectrum, Hz. */
  brightnessHz: number | null;
  /** Where a file that the library has no copy of is; null for one in the library itself. */
  inPlace: { state: 'there' | 'missing' | 'unplugged'; since: string } | null;
  sizeBytes: number;
  /** Lower-case hex digest of the stored bytes; also the file's name in the audio store. */
  sha256: string;
  /** Internal; null for what has not been listened to since this is kept. */
  hearing: Hearing | null;
  /** How much of the sound could not be read, 0..1; null for one that is whole. */
  damaged: number | null;
  status: SoundStatus;
  /** Why processing failed, for people; null unless `status` is `failed`. */
  error: string | null;
  /** Whose it is. */
  ownerId: string;
  visibility: Visibility;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
}

export interface NewSound extends AudioFacts {
  id: string;
  filename: string;
  sizeBytes: number;
  sha256: string;
  /** What is known of it before it is listened to. */
  hearing?: Hearing | null;
  /** Without it, it is the first account's, and everybody's to see. */
  access?: Access;
}

/** How many tags of their own people may give one sound. */
export const MAX_OWN_TAGS = 200;

/** Fields a person may change; null clears a field, undefined leaves it. */
export interface SoundPatch {
  title?: string | null | undefined;
  artist?: string | null | undefined;
  album?: string | null | undefined;
  genre?: string | null | undefined;
  description?: string | null | undefined;
  author?: string | null | undefined;
  licence?: string | null | undefined;
  bpm?: number | null | undefined;
  key?: string | null | undefined;
  /** The user's whole list of own tags. Tags of other sources stay. */
  tags?: string[] | undefined;
  /** Automatic tags that are wrong here: they go, and do not come back when the sound is tagged anew. */
  rejectTags?: string[] | undefined;
  /** Takes rejections back. */
  acceptTags?: string[] | undefined;
}

/** All given conditions must hold. Text compares without case; ranges include their ends. */
export interface SoundFilters {
  minDurationS?: number | undefined;
  maxDurationS?: number | undefined;
  /** With both ends given, an estimated tempo also meets them by its half or double. */
  minBpm?: number | undefined;
  maxBpm?: number | undefined;
  /** However it is spelled: `F#` is `Gb`. */
  key?: string | undefined;
  genre?: string | undefined;
  artist?: string | undefined;
  /** These hold the text. */
  author?: string | undefined;
  licence?: string | undefined;
  /** Every listed tag must be present. */
  tags?: string[] | undefined;
  /** The words of each must stand side by side, in this order, in one of the sound's names or tags. */
  phrases?: string[] | undefined;
  /** Names of collections; the sound must be in every one. */
  collections?: string[] | undefined;
  /** The sound came from each of these folders, or from below: the end of a path, or with a slash before it all of it. */
  folders?: string[] | undefined;
  /** As `phrases`, in the title, in the file name, or in either; an asterisk at the end stands for any ending. */
  title?: string[] | undefined;
  album?: string[] | undefined;
  /** One album, exactly; see `albums.ts`. */
  albumKey?: string | undefined;
  filename?: string[] | undefined;
  name?: string[] | undefined;
  /** As `title`, in one of the sound's markers. */
  notes?: string[] | undefined;
  /** Codec or container, e.g. `flac`, `mp3`, `wav`. */
  format?: string | undefined;
  channels?: ChannelLayout | undefined;
  kind?: SoundKind | undefined;
  /** LUFS. */
  minLoudness?: number | undefined;
  maxLoudness?: number | undefined;
  /** Hz. */
  minBrightness?: number | undefined;
  maxBrightness?: number | undefined;
  /** Samples a second and channel, as the file says. */
  minSampleRateHz?: number | undefined;
  maxSampleRateHz?: number | undefined;
  minBitsPerSample?: number | undefined;
  maxBitsPerSample?: number | undefined;
  /** A year, a month or a day; ends count. */
  recordedAfter?: string | undefined;
  recordedBefore?: string | undefined;
  /** ISO 8601. */
  addedAfter?: string | undefined;
  addedBefore?: string | undefined;
  status?: SoundStatus | undefined;
  /** Whether parts of it could not be read. */
  damaged?: boolean | undefined;
  /** Whether it is a favourite of the rater; and how many stars, 1 to 5, they gave it. */
  favourite?: boolean | undefined;
  minStars?: number | undefined;
  maxStars?: number | undefined;
  /** The colour that the rater gave it. */
  colour?: SoundColour | undefined;
  /** Whose they are: name or id of an account, `me` for whoever asks. */
  owner?: string | undefined;
  visibility?: Visibility | undefined;
  /** Whose favourites, stars and sounds are meant: services say it. */
  raterId?: string | undefined;
  /** None of these may hold as a whole. What is not known of a sound does not hold. */
  not?: SoundFilters[] | undefined;
}

/** Whoever asks, as the owner that is looked for. */
export const ME = 'me';

export const SOUND_SORTS = [
  'added',
  'title',
  'artist',
  'duration',
  'size',
  'bpm',
  'key',
  'loudness',
  'brightness',
  'track',
  'recorded',
] as const;
export type SoundSort = (typeof SOUND_SORTS)[number];

export interface ListRequest {
  filters: SoundFilters;
  /** Plain words that names, tags, artist… must contain (prefix match). */
  text?: string | undefined;
  sort: SoundSort;
  order: 'asc' | 'desc';
  limit: number;
  /** Opaque, from the previous page. */
  cursor?: string | undefined;
  /** How many to leave out, where there is no cursor. */
  offset?: number | undefined;
}

/** What a list is sorted by at some place of it: what its sounds begin with there, when they were added … */
export interface ListPlace {
  offset: number;
  /** Null from where on sounds have none. */
  value: string | number | null;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
}

/** Waveform overview: interleaved minimum and maximum per bucket, -127..127 of full scale. */
export interface Peaks {
  bucketS: number;
  /** Length 2 × buckets: min0, max0, min1, max1, … */
  minMax: Int8Array;
}
