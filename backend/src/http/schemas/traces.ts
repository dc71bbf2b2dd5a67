import { z } from '@hono/zod-openapi';

const DAY_MS = 86_400_000;
const id = (digits: number, what: string) =>
  z
    .string()
    .regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`))
    .openapi({
      description: `${digits} hexadecimal digits, not all zero: ${what}.`,
      example: '4bf92f35'.repeat(digits / 8),
    });

/** What pages do. A call is named by its method: where it goes stands in `path`. */
const NAMES = ['page load', 'open page', 'search', 'upload', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

const stepSchema = z
  .strictObject({
    traceId: id(32, 'the trace'),
    spanId: id(16, 'the step'),
    parentId: id(16, 'the step that it is below').optional(),
    name: z.enum(NAMES),
    startMs: z.number().min(0).openapi({ description: 'Milliseconds since 1970, by the clock of the browser.' }),
    durationMs: z.number().min(0).max(DAY_MS),
    failed: z.boolean().optional(),
    path: z
      .string()
      .regex(/^\/[^?#]{0,300}$/)
      .optional()
      .openapi({
        description: 'Of a call its path, of a page its route; without what is asked.',
        example: '/api/v1/search',
      }),
    status: z.int().min(100).max(599).optional().openapi({ description: 'Of the answer to a call.' }),
    firstPaintMs: z
      .number()
      .min(0)
      .max(DAY_MS)
      .optional()
      .openapi({ description: 'Until something was seen of the page.' }),
  })
  .openapi('TracedStep');

export const tracesSchema = z
  .strictObject({
    sentAtMs: z.number().min(0).openapi({ description: 'Now, by the clock of the browser: clocks differ.' }),
    steps: z.array(stepSchema).min(1).max(100),
  })
  .openapi('Traces');
