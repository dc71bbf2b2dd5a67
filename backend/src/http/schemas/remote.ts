import { z } from '@hono/zod-openapi';
import type { ProcessedSound } from '../../domain/ingest/ingest.types.js';
import { COVER_ID, MAX_COVER_BYTES } from '../../domain/library/covers.ports.js';
import { SOUND_KINDS } from '../../domain/library/library.types.js';

import { PARTIAL_DATE } from './common.js';

const base64 = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .openapi({ format: 'byte', description });
/** The first bytes of every JPEG are `/9j/` in base64. */
const jpeg = base64('A square JPEG.')
  .max(Math.ceil((MAX_COVER_BYTES * 4) / 3))
  .startsWith('/9j/');
const number = z.number();
const textOrNull = z.string().max(100_000).nullable();
const estimate = { confidence: number.min(0).max(1) };

const facts = z.object({
  durationS: number.nullable(),
  sampleRateHz: number.nullable(),
  channels: number.nullable(),
  codec: z.string().max(100).nullable(),
  bitRateKbps: number.nullable(),
  bitsPerSample: number.nullable().default(null),
});
const hearing = z.object({ track: z.int().min(0), weights: z.array(number).max(1000).nullable() });

export const remoteParams = z.object({ id: z.string().max(200) });
export const heldSchema = z.object({ token: z.string().max(100) });

export const wantedSchema = z
  .object({
    program: z
      .string()
      .openapi({ description: 'Version of the program and of its analysis.', example: '0.2.0, analysis 2' }),
    model: z.object({ id: z.string(), key: z.string().openapi({ description: 'With the hash of its weights.' }) }),
  })
  .openapi('RemoteWanted');

export const takeSchema = z.object({ program: z.string().max(200), modelKey: z.string().max(300) });

export const remoteJobSchema = z
  .object({
    jobId: z.string(),
    token: z.string().openapi({ description: 'Says with every call that this worker has the job.' }),
    attempt: z.int(),
    lastAttempt: z.boolean(),
    starts: z.int().openapi({ description: 'How often the job has been started.' }),
    generation: z.int(),
    createdAt: z.string(),
    sound: facts.extend({
      id: z.string(),
      sha256: z.string(),
      filename: z.string(),
      sizeBytes: z.int(),
      hearing: hearing.nullable(),
    }),
    trace: z
      .object({ traceparent: z.string(), tracestate: z.string().optional() })
      .optional()
      .openapi({ description: 'The trace that the work goes on with (W3C Trace Context), where there is one.' }),
  })
  .openapi('RemoteJob');
export const takenSchema = z.object({ job: remoteJobSchema.nullable() }).openapi('RemoteTaken');

export const reportSchema = heldSchema.extend({
  stage: z.enum(['reading', 'embedding', 'saving']),
  progress: number.min(0).max(1),
});
export const goOnSchema = z.object({
  wanted: z.boolean().openapi({ description: 'False: stop, nobody wants it any more.' }),
});
export const endSchema = heldSchema.extend({
  outcome: z.enum(['failed', 'again', 'skipped']),
  error: z.string().max(10_000),
});
export const savedSchema = z.object({ saved: z.boolean() });

export const resultSchema = heldSchema
  .extend({
    modelKey: z.string().max(300),
    facts,
    hearing: hearing.nullable(),
    damaged: number.nullable(),
    loudness: z.object({ lufs: number.nullable(), peakDb: number.nullable() }).nullable(),
    fileTags: z.object({
      title: textOrNull,
      artist: textOrNull,
      artists: z.array(z.string()).max(1000),
      album: textOrNull,
      genre: textOrNull,
      bpm: number.nullable(),
      key: z.string().max(100).nullable(),
      description: textOrNull,
      author: textOrNull.default(null),
      licence: textOrNull.default(null),
      albumArtist: textOrNull.default(null),
      disc: z.int().min(1).max(9_999).nullable().default(null),
      track: z.int().min(1).max(9_999).nullable().default(null),
      recorded: z.string().regex(PARTIAL_DATE).nullable().default(null),
      keywords: z.array(z.string()).max(10_000),
    }),
    cover: z
      .object({ id: z.string().regex(COVER_ID), small: jpeg, large: jpeg })
      .nullable()
      .default(null)
      .openapi({ description: 'The picture in the file, made small.' }),
    peaks: z.object({ bucketS: number, minMax: base64('Bytes with a sign: least and greatest of each bucket.') }),
    analysis: z.object({
      version: z.int(),
      kind: z.enum(SOUND_KINDS).nullable(),
      brightnessHz: number.nullable(),
      tempo: z.object({ bpm: number, ...estimate }).nullable(),
      key: z.object({ key: z.string().max(10), ...estimate }).nullable(),
      fingerprint: z.object({ frameS: number, levels: base64('Levels of a fingerprint.') }).nullable(),
      heard: base64('What it is compared by: float32, little-endian.').nullable(),
    }),
    segments: z
      .array(
        z.object({
          index: z.int().min(0),
          startS: number.min(0),
          endS: number.min(0),
          vector: base64('Float32, little-endian.'),
        }),
      )
      .min(1),
  })
  .openapi('RemoteResult');

export type RemoteJson = z.infer<typeof resultSchema>;

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64');

function floatsOf(text: string): Float32Array {
  const bytes = bytesOf(text);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~3)));
}

/** What came as text. */
export function toProcessed({ token: _, peaks, cover, analysis, segments, ...rest }: RemoteJson): ProcessedSound {
  const fingerprint = analysis.fingerprint && {
    frameS: analysis.fingerprint.frameS,
    levels: new Uint8Array(bytesOf(analysis.fingerprint.levels)),
  };
  return {
    ...rest,
    cover: cover && { id: cover.id, small: bytesOf(cover.small), large: bytesOf(cover.large) },
    peaks: { bucketS: peaks.bucketS, minMax: new Int8Array(bytesOf(peaks.minMax)) },
    analysis: { ...analysis, fingerprint, heard: analysis.heard === null ? null : floatsOf(analysis.heard) },
    segments: segments.map(({ vector, ...segment }) => ({ ...segment, vector: floatsOf(vector) })),
  };
}
