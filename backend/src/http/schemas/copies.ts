import { z } from '@hono/zod-openapi';
import { queryNumber } from './common.js';
import { soundSchema } from './sound.js';

const bestId = z.string().openapi({
  description:
    'Id of the best one: without loss before lossy, then by bit rate, sample rate, bit depth and length, then the oldest.',
});
const freeableBytes = z.int().openapi({ description: 'Bytes that are free when only the best are kept.' });

export const copiesSchema = z
  .object({ bestId, items: z.array(soundSchema).openapi({ description: 'The other sounds, best first.' }) })
  .openapi('Copies');

export const duplicatesQuery = z.object({
  limit: queryNumber(z.int().min(1).max(200).default(50)).openapi({ description: 'Groups to return.' }),
  offset: queryNumber(z.int().min(0).default(0)).openapi({ description: 'Groups to skip.' }),
});

export const duplicatesSchema = z
  .object({
    groups: z
      .array(
        z.object({
          bestId,
          freeableBytes,
          sounds: z.array(soundSchema).openapi({ description: 'At least two, best first.' }),
        }),
      )
      .openapi({ description: 'Those first that take the most space without need.' }),
    total: z.int().openapi({ description: 'Groups of all pages together.' }),
    extraSounds: z.int().openapi({ description: 'Sounds of all groups that are not the best of theirs.' }),
    freeableBytes,
  })
  .openapi('Duplicates');
