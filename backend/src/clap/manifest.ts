import { z } from 'zod';

/** A relative path that stays inside the model's folder, with forward slashes on every platform. */
const relativePath = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (value) =>
      !value.includes('\\') &&
      !value.includes('\0') &&
      !value.includes(':') &&
      value.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be a relative path inside the model folder',
  );

const modelFile = z.object({
  path: relativePath,
  /** Lower-case hex; null where the publisher's hash is not known, which switches verification of that file off. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
    .nullable(),
  sizeBytes: z.number().int().positive().nullable(),
});

const pinnedFile = modelFile.extend({ sha256: modelFile.shape.sha256.unwrap() });

const powerOfTwo = z
  .number()
  .int()
  .min(64)
  .max(65_536)
  .refine((value) => Number.isInteger(Math.log2(value)), 'must be a power of two');

const mel = z
  .object({
    nFft: powerOfTwo,
    winLength: z.number().int().positive(),
    hopLength: z.number().int().positive(),
    melBins: z.number().int().min(1).max(512),
    fMinHz: z.number().min(0),
    fMaxHz: z.number().positive(),
    melScale: z.enum(['slaney', 'htk']),
    melNorm: z.literal('slaney').nullable(),
    power: z.union([z.literal(1), z.literal(2)]),
    logFloor: z.number().positive(),
  })
  .refine((value) => value.winLength <= value.nFft, { message: 'must not exceed nFft', path: ['winLength'] })
  .refine((value) => value.fMinHz < value.fMaxHz, { message: 'must be below fMaxHz', path: ['fMinHz'] });

const audioCommon = {
  inputName: z.string().min(1),
  outputName: z.string().min(1),
  sampleRateHz: z.number().int().min(1000).max(384_000),
  windowS: z.number().positive().max(600),
  padding: z.enum(['none', 'repeatpad', 'zero']),
};

const audio = z.discriminatedUnion('input', [
  z.object({ input: z.literal('mel'), ...audioCommon, minFrames: z.number().int().min(1).default(1), mel }),
  z.object({ input: z.literal('waveform'), ...audioCommon, minSamples: z.number().int().min(1).default(1) }),
]);

const text = z.object({
  idsName: z.string().min(1),
  /** Null for a graph that finds the padding by itself. */
  maskName: z.string().min(1).nullable(),
  outputName: z.string().min(1),
  maxTokens: z.number().int().min(2).max(8192),
  padTokenId: z.number().int().min(0),
  /** Texts per run. 1 for dynamically quantised graphs, where one text would change the rounding of another. */
  maxBatch: z.number().int().min(1).max(256).default(32),
});

const manifestSchema = z
  .object({
    schemaVersion: z.literal(1),
    id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be letters, digits, dots, dashes'),
    name: z.string().min(1),
    version: z.string().min(1),
    description: z.string(),
    license: z.string().min(1),
    source: z.string(),
    dimension: z.number().int().min(1).max(8192),
    files: z.object({
      audio: pinnedFile,
      text: modelFile,
      tokenizer: modelFile,
      background: modelFile.optional(),
      words: modelFile.optional(),
    }),
    audio,
    text,
    calibration: z.object({
      mean: z.number(),
      std: z.number().positive(),
      relevantZ: z.number(),
      slope: z.number().positive(),
      rawShare: z.number().min(0).max(1).default(0),
      verdictFrom: z.object({ good: z.number().min(0).max(1), weak: z.number().min(0).max(1) }).optional(),
    }),
  })
  .refine(
    ({ audio: face }) =>
      face.input === 'waveform' || face.padding === 'none' || face.windowS * face.sampleRateHz > face.mel.nFft,
    { message: 'must be longer than one frame', path: ['audio', 'windowS'] },
  )
  .refine(({ audio: face }) => face.input === 'waveform' || face.mel.fMaxHz <= face.sampleRateHz / 2, {
    message: 'must not exceed half the sample rate',
    path: ['audio', 'mel', 'fMaxHz'],
  });

/** What a model is and how it is fed; every field is documented in models/README.md. */
export type Manifest = z.infer<typeof manifestSchema>;
export type AudioFace = Manifest['audio'];
export type TextFace = Manifest['text'];
export type MelFace = Extract<AudioFace, { input: 'mel' }>['mel'];
export type ModelFile = z.infer<typeof modelFile>;
export type ModelFileRole = keyof Manifest['files'];

/** Checks a parsed manifest.json. The failure lists each bad field in one line for a person to read. */
export function parseManifest(value: unknown): { ok: true; manifest: Manifest } | { ok: false; problem: string } {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return { ok: true, manifest: parsed.data };
  return {
    ok: false,
    problem: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`).join('; '),
  };
}
