import type { z } from '@hono/zod-openapi';
import type { Job } from '../domain/ingest/ingest.types.js';
import type { Sound, SoundFilters } from '../domain/library/library.types.js';
import { format, formatPart, type ParsedQuery } from '../domain/search/query-language.js';
import type { SearchAnswer } from '../domain/search/search.types.js';
import type { jobSchema } from './schemas/job.js';
import type { searchAnswerSchema } from './schemas/search.js';
import type { soundSchema } from './schemas/sound.js';

/** A sound as clients see it: every field named here, so that nothing internal slips out. */
export const toSound = (sound: Sound): z.infer<typeof soundSchema> => ({
  id: sound.id,
  filename: sound.filename,
  title: sound.title,
  artist: sound.artist,
  album: sound.album,
  genre: sound.genre,
  tags: sound.tags,
  durationS: sound.durationS,
  sampleRateHz: sound.sampleRateHz,
  channels: sound.channels,
  codec: sound.codec,
  bitRateKbps: sound.bitRateKbps,
  sizeBytes: sound.sizeBytes,
  bpm: sound.bpm,
  key: sound.key,
  sha256: sound.sha256,
  status: sound.status,
  error: sound.error,
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
  error: job.error,
  createdAt: job.createdAt,
  startedAt: job.startedAt,
  finishedAt: job.finishedAt,
});

/** How a text was read, with what would be left of it without each part. */
const toParsed = (parsed: ParsedQuery): NonNullable<z.infer<typeof searchAnswerSchema>['parsed']> => ({
  canonical: format(parsed),
  text: parsed.text,
  names: parsed.names,
  filters: defined(parsed.filters),
  hints: parsed.hints,
  parts: parsed.parts.map((part) => ({
    kind: part.kind,
    typed: formatPart(part),
    without: format({ parts: parsed.parts.filter((other) => other !== part) }),
    text: part.kind === 'filter' ? part.value : part.text,
    ...(part.kind === 'wish' ? { weight: part.weight } : {}),
    ...(part.kind === 'filter' ? { filters: defined(part.filters) } : {}),
  })),
});

/** Without what is not set. */
const defined = (filters: SoundFilters): { [K in keyof SoundFilters]: Exclude<SoundFilters[K], undefined> } =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));

export const toAnswer = (answer: SearchAnswer, parsed?: ParsedQuery): z.infer<typeof searchAnswerSchema> => ({
  query: answer.query,
  model: answer.model,
  tookMs: answer.tookMs,
  total: answer.total,
  verdict: answer.verdict,
  wordsOnly: answer.wordsOnly,
  results: answer.results.map(({ sound, score, relevance, matches, reasons }) => ({
    sound: toSound(sound),
    score,
    relevance,
    matches: matches.map(({ startS, endS, score }) => ({ startS, endS, score })),
    reasons,
  })),
  ...(parsed ? { parsed: toParsed(parsed) } : {}),
});

/** The filters among the query parameters, where the lists of tags and collections are called `tag` and `collection`. */
export const filtersOf = ({
  tag,
  collection,
  ...query
}: Omit<SoundFilters, 'tags' | 'collections'> & {
  tag?: string[] | undefined;
  collection?: string[] | undefined;
}): SoundFilters => ({
  minDurationS: query.minDurationS,
  maxDurationS: query.maxDurationS,
  minBpm: query.minBpm,
  maxBpm: query.maxBpm,
  key: query.key,
  genre: query.genre,
  artist: query.artist,
  format: query.format,
  addedAfter: query.addedAfter,
  addedBefore: query.addedBefore,
  status: query.status,
  tags: tag,
  collections: collection,
});
