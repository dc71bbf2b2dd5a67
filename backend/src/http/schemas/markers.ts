import { z } from '@hono/zod-openapi';
import { cleanParagraphs } from '../../domain/library/clean-text.js';
import { MARKER_FORMATS } from '../../domain/markers/marker-files.js';
import { MARKER_COLOURS, MAX_MARKER_TEXT, MAX_MARKERS } from '../../domain/markers/markers.types.js';
import { soundIdParams, timestamp } from './common.js';

const seconds = z.number().min(0).max(1e7);
const startS = seconds.openapi({ description: 'Where it is, or begins; seconds.', example: 83.2 });
const endS = seconds.nullable().openapi({ description: 'Where a stretch ends; null for a place.', example: 91 });
const text = z
  .string()
  .overwrite(cleanParagraphs)
  .max(MAX_MARKER_TEXT)
  .openapi({ description: 'What was noted there; may be empty, and have several lines.', example: 'Second take' });
const colour = z.enum(MARKER_COLOURS).nullable();

export const markerSchema = z
  .object({
    id: z.string().openapi({ description: 'UUID.' }),
    source: z
      .enum(['own', 'file'])
      .openapi({ description: 'Set by a person, or read from the file (chapters), which cannot be changed.' }),
    startS,
    endS,
    text,
    colour,
    createdAt: timestamp('When it was set.'),
    updatedAt: timestamp('When it last changed.'),
  })
  .openapi('Marker');

export const markersSchema = z
  .object({ items: z.array(markerSchema).openapi({ description: 'In order of time.' }) })
  .openapi('Markers');

export const takenMarkersSchema = markersSchema
  .extend({
    known: z.int().openapi({
      description: 'How many were there already, in the same place with the same text, and are not added again.',
    }),
    unread: z
      .array(z.string())
      .openapi({ description: 'Names of columns with something in them that was not understood, and not taken over.' }),
  })
  .openapi('TakenMarkers');

const forwards = {
  check: ({ startS: from, endS: to }: { startS?: number | undefined; endS?: number | null | undefined }) =>
    from === undefined || to === undefined || to === null || from < to,
  options: { error: 'must be greater than startS', path: ['endS'] },
};

const newFields = { startS, endS: endS.default(null), text: text.default(''), colour: colour.default(null) };

export const newMarkerSchema = z
  .strictObject(newFields)
  .refine(forwards.check, forwards.options)
  .openapi('NewMarker', {
    description: `A sound may have ${MAX_MARKERS} of them. What ends behind the end of the sound ends with it.`,
    example: { startS: 83.2, endS: 91, text: 'Second take' },
  });

export const markerPatchSchema = z
  .strictObject({ startS: startS.optional(), endS: endS.optional(), text: text.optional(), colour: colour.optional() })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'must have at least one field to change' })
  .refine(forwards.check, forwards.options)
  .openapi('MarkerPatch', {
    description: 'Fields left out stay as they are.',
    example: { text: 'Third take' },
    minProperties: 1,
  });

export const markerIdParams = soundIdParams.extend({
  markerId: z
    .string()
    .max(100)
    .openapi({ param: { name: 'markerId', in: 'path' }, description: 'Id of a marker (UUID).' }),
});

export const markerExportQuery = z.object({
  format: z.enum([...MARKER_FORMATS, 'wav', 'flac']).openapi({
    description:
      'A table; labels of Audacity; what the region and marker manager of Reaper imports; WebVTT; or a ZIP of the marked stretches as WAV or FLAC.',
  }),
});

export const markerImportSchema = z
  .strictObject({
    text: z.string().min(1).max(1_000_000).openapi({
      description:
        'The file: labels of Audacity, WebVTT, or a table with a head that names Start, End (or Length), Text (or Name) and Color, in English or German, parted by commas, semicolons or tabs. Times in seconds or as on a clock.',
      example: '83.2\t91\tSecond take\n',
    }),
  })
  .openapi('MarkerImport');
