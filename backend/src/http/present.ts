import type { z } from '@hono/zod-openapi';
import type { Job } from '../domain/ingest/ingest.types.js';
import { albumIdOf, albumKeyOf } from '../domain/library/albums.js';
import type { TagOutcome } from '../domain/library/bulk.ports.js';
import type { Sound, SoundFilters } from '../domain/library/library.types.js';
import { inTimeZone } from '../domain/library/days.js';
import { format, formatPart } from '../domain/search/query-language.js';
import type { QueryPart } from '../domain/search/query-parts.js';
import type { ReadQuery } from '../domain/search/query.reader.js';
import type { SearchAnswer } from '../domain/search/search.types.js';
import { germanName } from '../domain/tagging/german-names.js';
import type { jobSchema } from './schemas/job.js';
import type { parsedSchema, searchAnswerSchema } from './schemas/search.js';
import type { bulkTaggedSchema, soundSchema } from './schemas/sound.js';
import { toError } from './present-reasons.js';

/** A sound as clients see it: every field named here, so that nothing internal slips out. */
export const toSound = (sound: Sound): z.infer<typeof soundSchema> => ({
  id: sound.id,
  filename: sound.filename,
  title: sound.title,
  artist: sound.artist,
  artists: sound.artists,
  album: sound.album,
  genre: sound.genre,
  author: sound.author,
  licence: sound.licence,
  cover: sound.cover,
  albumId: sound.albumKey && albumIdOf(sound.albumKey),
  albumArtist: sound.albumArtist,
  disc: sound.disc,
  track: sound.track,
  recorded: sound.recorded,
  description: sound.description,
  tags: sound.tags.map((tag) => (tag.source === 'auto' ? { ...tag, german: germanName(tag.name) } : tag)),
  folders: sound.folders,
  durationS: sound.durationS,
  sampleRateHz: sound.sampleRateHz,
  bitsPerSample: sound.bitsPerSample,
  channels: sound.channels,
  codec: sound.codec,
  bitRateKbps: sound.bitRateKbps,
  sizeBytes: sound.sizeBytes,
  bpm: sound.bpm,
  bpmSource: sound.bpmSource,
  bpmConfidence: sound.bpmConfidence,
  key: sound.key,
  keySource: sound.keySource,
  keyConfidence: sound.keyConfidence,
  kind: sound.kind,
  loudnessLufs: sound.loudnessLufs,
  peakDb: sound.peakDb,
  brightnessHz: sound.brightnessHz,
  inPlace: sound.inPlace,
  sha256: sound.sha256,
  damaged: sound.damaged,
  status: sound.status,
  ...toError(sound.error),
  ownerId: sound.ownerId,
  visibility: sound.visibility,
  createdAt: sound.createdAt,
  updatedAt: sound.updatedAt,
});

export const toJob = (job: Job): z.infer<typeof jobSchema> => ({
  jobId: job.id,
  soundId: job.soundId,
  state: job.state,
  stage: job.stage,
  progress: job.progress,
  attempts: job.attempts,
  ...toError(job.error),
  createdAt: job.createdAt,
  startedAt: job.startedAt,
  finishedAt: job.finishedAt,
});

/** How a text was read, with what would be left of it without each part. */
export const toParsed = (parsed: ReadQuery): z.infer<typeof parsedSchema> => ({
  canonical: format(parsed),
  text: parsed.text,
  like: parsed.like.map(({ soundId, startS, endS, weight, aspects }) => ({ soundId, startS, endS, weight, aspects })),
  clips: parsed.clips,
  names: parsed.names,
  filters: defined(parsed.filters),
  hints: parsed.hints,
  literal: parsed.literal,
  parts: parsed.parts.map((part) => ({
    kind: part.kind,
    typed: formatPart(part),
    without: format({ parts: parsed.parts.filter((other) => other !== part) }),
    ...detailsOf(part, parsed.nameOf(part)),
  })),
});

type Details = Omit<z.infer<typeof parsedSchema>['parts'][number], 'kind' | 'typed' | 'without'>;

function detailsOf(part: QueryPart, name: string | undefined): Details {
  switch (part.kind) {
    case 'name':
      return { text: part.text };
    case 'filter':
      return { text: part.value, negated: part.negated, filters: defined(part.filters) };
    case 'term':
      return { text: part.text, ...weightOf(part) };
    case 'sound':
      return { text: name ?? '', ...part.span, ...weightOf(part) };
    case 'clip':
      return { text: name ?? '', clipId: part.clipId, ...weightOf(part) };
  }
}

/** Any size of weight will do to see what stands before it. */
const SOME = 1.5;

function weightOf(part: Extract<QueryPart, { weight: number }>): Pick<Details, 'weight' | 'reweighted'> {
  const typed = (weight: number): string => formatPart({ ...part, weight });
  const before = (text: string): string => text.slice(0, -`^${SOME}`.length);
  return {
    weight: part.weight,
    reweighted: { plus: before(typed(SOME)), minus: before(typed(-SOME)), one: typed(1), minusOne: typed(-1) },
  };
}

/** Without what is not set. */
const defined = (filters: SoundFilters): NonNullable<z.infer<typeof parsedSchema>['parts'][number]['filters']> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));

export const toAnswer = (answer: SearchAnswer, parsed?: ReadQuery): z.infer<typeof searchAnswerSchema> => ({
  query: answer.query,
  model: answer.model,
  tookMs: answer.tookMs,
  total: answer.total,
  fitting: answer.fitting,
  moreFit: answer.moreFit,
  verdict: answer.verdict,
  wordsOnly: answer.wordsOnly,
  results: answer.results.map(({ sound, copies, score, relevance, fits, matches, notes, reasons }) => ({
    sound: toSound(sound),
    copies,
    score,
    relevance,
    fits,
    matches: matches.map(({ startS, endS, score }) => ({ startS, endS, score })),
    notes,
    reasons,
  })),
  ...(parsed ? { parsed: toParsed(parsed) } : {}),
});

/** The filters among the query parameters, where the lists of tags and collections are called `tag` and `collection`. */
export const filtersOf = ({
  tag,
  collection,
  folder,
  note,
  albumId,
  tz,
  ...query
}: Omit<SoundFilters, 'tags' | 'collections' | 'folders' | 'notes' | 'albumKey'> & {
  albumId?: string | undefined;
  folder?: string[] | undefined;
  note?: string[] | undefined;
  tag?: string[] | undefined;
  collection?: string[] | undefined;
  tz?: string | undefined;
}): SoundFilters =>
  inTimeZone(
    {
      minDurationS: query.minDurationS,
      maxDurationS: query.maxDurationS,
      minBpm: query.minBpm,
      maxBpm: query.maxBpm,
      key: query.key,
      genre: query.genre,
      author: query.author,
      licence: query.licence,
      artist: query.artist,
      albumKey: albumId === undefined ? undefined : albumKeyOf(albumId),
      format: query.format,
      channels: query.channels,
      kind: query.kind,
      minLoudness: query.minLoudness,
      maxLoudness: query.maxLoudness,
      minBrightness: query.minBrightness,
      maxBrightness: query.maxBrightness,
      minSampleRateHz: query.minSampleRateHz,
      maxSampleRateHz: query.maxSampleRateHz,
      minBitsPerSample: query.minBitsPerSample,
      maxBitsPerSample: query.maxBitsPerSample,
      recordedAfter: query.recordedAfter,
      recordedBefore: query.recordedBefore,
      addedAfter: query.addedAfter,
      addedBefore: query.addedBefore,
      status: query.status,
      damaged: query.damaged,
      favourite: query.favourite,
      minStars: query.minStars,
      maxStars: query.maxStars,
      colour: query.colour,
      owner: query.owner,
      visibility: query.visibility,
      tags: tag,
      collections: collection,
      folders: folder,
      notes: note,
    },
    tz,
  );

/** What became of a change of many tags. */
export function toTagged({ done, notFound, fromFile, full, undo }: TagOutcome): z.infer<typeof bulkTaggedSchema> {
  const failed = [
    ...notFound.map((id) => ({ id, code: 'not_found' as const })),
    ...fromFile.map((id) => ({ id, code: 'from_file' as const })),
    ...full.map((id) => ({ id, code: 'too_many' as const })),
  ];
  const back = undo.map(({ add, remove, ...rest }) => ({ ...rest, add: [...add], remove: [...remove] }));
  return { changed: done.length, failed, undo: back };
}
