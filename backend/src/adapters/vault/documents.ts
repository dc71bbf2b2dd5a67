import { z } from 'zod';

const known = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int().min(0) });

/** `vault.json`, the first file of all. */
export const labelSchema = z.object({
  format: z.int(),
  id: z.string(),
  createdAt: z.string(),
  keys: z
    .object({ cipher: z.literal('aes-256-gcm'), kdf: z.literal('scrypt'), salt: z.string().regex(/^[0-9a-f]{32}$/) })
    .nullable(),
  /** What the right key makes of the id. */
  proof: z.string().nullable(),
});
export type Label = z.infer<typeof labelSchema>;

/** What is in a backup. */
export const contentsSchema = z.object({ database: z.array(known), files: z.array(known) });
export type Contents = z.infer<typeof contentsSchema>;

/** One backup. */
export const snapshotSchema = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  programVersion: z.string(),
  databaseVersion: z.int(),
  model: z.string().nullable(),
  sounds: z.int(),
  audioBytes: z.number(),
  databaseBytes: z.number(),
  addedBytes: z.number(),
  tookMs: z.number(),
  missing: z.array(z.string()),
  /** Absent of old. */
  inPlace: z.int().optional(),
  contents: known,
});
export type Snapshot = z.infer<typeof snapshotSchema>;
