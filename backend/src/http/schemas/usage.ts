import { z } from '@hono/zod-openapi';
import { moment, queryNumber, timestamp } from './common.js';
import { soundSchema } from './sound.js';

const latencySchema = z
  .object({ p50: z.number(), p95: z.number() })
  .nullable()
  .openapi({ description: 'How long searches took, milliseconds; null without a search.' });

const counts = {
  searches: z.int(),
  unanswered: z.int().openapi({ description: 'Searches that nothing fitted: their verdict was `none`.' }),
  plays: z.int(),
  uploads: z.int().openapi({ description: 'Sounds added that are still there.' }),
  latencyMs: latencySchema,
};

const queryCounts = z.array(
  z.object({
    query: z.string().openapi({ example: 'rain on a tin roof' }),
    count: z.int(),
    lastAt: timestamp('Last.'),
  }),
);

export const usageQuery = z.object({
  days: queryNumber(z.int().min(1).max(366).default(30)).openapi({
    description: 'How many days to look back, today included.',
  }),
  utcOffsetMin: queryNumber(z.int().min(-840).max(840).default(0)).openapi({
    description: 'Minutes that your clock is ahead of UTC: where a day begins.',
  }),
});

export const usageSchema = z
  .object({
    days: z.int(),
    step: z
      .enum(['hour', 'day', 'week'])
      .openapi({ description: 'What a point stands for: hours up to 2 days, days up to 92, else weeks.' }),
    ...counts,
    points: z
      .array(z.object({ from: timestamp('First moment of the hour, day or week.'), ...counts }))
      .openapi({ description: 'Oldest first, without gaps.' }),
    topQueries: queryCounts.openapi({ description: 'Most frequent first.' }),
    unansweredQueries: queryCounts.openapi({ description: 'Those that nothing fitted, most frequent first.' }),
    topSounds: z
      .array(z.object({ sound: soundSchema, plays: z.int(), lastAt: timestamp('Last.') }))
      .openapi({ description: 'Most played first.' }),
    recorded: z
      .object({
        on: z.boolean().openapi({ description: 'False when `USAGE_DAYS` is 0.' }),
        keptDays: z.int().openapi({ description: 'Older searches and plays are forgotten (`USAGE_DAYS`).' }),
        searches: z.int(),
        plays: z.int(),
        oldestAt: timestamp('The oldest one.').nullable(),
      })
      .openapi({ description: 'What is kept altogether, in the database of this installation only.' }),
  })
  .openapi('Usage');

export const forgetQuery = z.object({
  before: moment('start').optional().openapi({
    description: 'Forget only what is older, such as `2026-01-31`. Without it everything is forgotten.',
  }),
});

export const forgottenSchema = z
  .object({ searches: z.int(), plays: z.int() })
  .openapi('ForgottenUsage', { description: 'How many were forgotten.' });

export const playedSchema = z
  .object({ counted: z.boolean() })
  .openapi('Played', { description: 'False when it was just counted, or nothing is recorded here.' });
