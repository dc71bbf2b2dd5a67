import { z } from '@hono/zod-openapi';
import { CATALOGUE_SORTS } from '../../domain/library/catalogue.ports.js';
import { COVER_SIZES } from '../../domain/library/covers.ports.js';
import { lookedFor, queryNumber, queryText } from './common.js';

const cover = z.string().nullable().openapi({ description: 'Id of a cover of one of the sounds; see `/covers/{id}`.' });
const sounds = z.int().openapi({ description: 'How many sounds there are of it, as far as one may see them.' });

export const artistSchema = z
  .object({
    name: z.string(),
    sounds,
    albums: z.int().openapi({ description: 'On how many albums.' }),
    cover,
  })
  .openapi('Artist', { example: { name: 'Ann', sounds: 12, albums: 2, cover: '5f70bf18a086007016e948b04aed3b82' } });

export const albumSchema = z
  .object({
    id: z.string().openapi({ description: 'As `albumId` of its sounds.' }),
    name: z.string(),
    artist: z.string().nullable().openapi({
      description: 'Whose it is: as its files say, else the artist of all its sounds. Null for several, or nobody.',
    }),
    sounds,
    durationS: z.number().openapi({ description: 'Of all its sounds together, seconds.' }),
    cover,
  })
  .openapi('Album');

const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: z.int().openapi({ description: 'Of all pages together.' }) });

export const artistsSchema = page(artistSchema).openapi('Artists');
export const albumsSchema = page(albumSchema).openapi('Albums');

const pageQuery = {
  q: queryText(lookedFor(200).optional()).openapi({ description: 'What the name holds.' }),
  sort: queryText(z.enum(CATALOGUE_SORTS).default('name')).openapi({
    description: 'By name, most sounds first, or what got a sound last first.',
  }),
  limit: queryNumber(z.int().min(1).max(500).default(60)),
  offset: queryNumber(z.int().min(0).max(1_000_000).default(0)),
};

export const artistsQuery = z.object({
  ...pageQuery,
  name: queryText(z.string().trim().max(500).optional()).openapi({
    description: 'This one alone; upper and lower case are the same.',
  }),
});

export const albumsQuery = z.object({
  ...pageQuery,
  q: pageQuery.q.openapi({ description: 'What the name holds, or the name of whose it is.' }),
  artist: queryText(z.string().trim().max(500).optional()).openapi({ description: 'With a sound of this artist.' }),
  id: queryText(z.string().max(3000).optional()).openapi({ description: 'This one alone.' }),
});

export const coverParams = z.object({
  id: z
    .string()
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' }, description: '`cover` of a sound, an artist or an album.' }),
});

export const coverQuery = z.object({
  size: queryText(z.enum(COVER_SIZES.map(String)).default('400')).openapi({
    description: 'Side of the square, pixels; less where the picture in the file is smaller.',
  }),
});
