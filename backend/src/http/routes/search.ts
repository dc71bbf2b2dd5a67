import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { notFound } from '../../domain/errors.js';
import { inTimeZone } from '../../domain/library/days.js';
import type { SentClip } from '../../domain/search/clip.service.js';
import type { SearchRequest } from '../../domain/search/search.types.js';
import { withTyped } from '../../domain/search/query.reader.js';
import * as contract from '../contract/search.js';
import type { AppDeps, AppEnv, Clips } from '../deps.js';
import { jsonText, parseJson } from '../json.js';
import { jsonOrMultipart } from '../middleware/bodies.js';
import type { HttpMetrics } from '../metrics.js';
import { readMultipart } from '../multipart.js';
import { filtersOf, toAnswer, toParsed } from '../present.js';
import { HttpProblem, InvalidInput } from '../problem.js';
import { advancedSearchSchema } from '../schemas/search.js';
import { because } from '../../domain/reasons.js';

const MAX_CLIPS = 8;

const TIME = '"tookMs":0';

/** The text before and after the figure that differs each time. In a string it would have a backslash before its marks. */
function aroundTime(json: string): [string, string] {
  const at = json.indexOf(TIME);
  return [json.slice(0, at + TIME.length - 1), json.slice(at + TIME.length)];
}

/** Searching, and what was searched. */
export function searchRoutes(
  app: OpenAPIHono<AppEnv>,
  { search, clips, suggestions }: AppDeps,
  metrics: HttpMetrics,
): void {
  app.openapi(contract.search, async (c) => {
    const { q, limit, offset, mode, copies, sort, order, history, ...filters } = c.req.valid('query');
    const actor = c.get('actor');
    const recorded = history === 'true' && !c.get('foreign');
    const asked = `${recorded} ${new URL(c.req.url).search}`;
    const { answer, tookMs } = await search.repeatable(actor, asked, async (read) => {
      const parsed = await read(q, filters.tz);
      const ordered = sort === 'relevance' ? {} : { sort: { by: sort, order } };
      const page = { mode, limit, offset, showCopies: copies === 'show', ...ordered };
      const given = { text: [], like: [], clips: [], filters: filtersOf(filters), ...page };
      return {
        request: inZone(withTyped({ ...given, recorded }, q, parsed), filters.tz),
        make: (found) => aroundTime(JSON.stringify(toAnswer({ ...found, tookMs: 0 }, parsed))),
      };
    });
    metrics.search('text', tookMs);
    return jsonText<ReturnType<typeof toAnswer>>(c, answer.join(String(tookMs)));
  });

  app.use(contract.advancedSearch.path, jsonOrMultipart());
  app.openapi(contract.advancedSearch, async (c) => {
    const multipart = c.req.header('content-type')?.toLowerCase().startsWith('multipart/');
    const { q, tz, ...given } = multipart
      ? await readQueryWithClips(c, clips)
      : toRequest(parseAdvanced(parseJson(await c.req.text())), []);
    if (q === undefined && given.text.length + given.like.length + given.clips.length === 0) {
      throw new HttpProblem('invalid_input', because('search_by_nothing'));
    }
    const parsed = q === undefined ? undefined : await search.read(c.get('actor'), q, tz);
    const request = q !== undefined && parsed ? withTyped(given, q, parsed) : given;
    const answer = await search.search(c.get('actor'), inZone(request, tz));
    metrics.search('advanced', answer.tookMs);
    return c.json(toAnswer(answer, parsed), 200);
  });

  app.openapi(contract.parseQuery, async (c) => {
    const { q, tz } = c.req.valid('query');
    return c.json(toParsed(await search.read(c.get('actor'), q, tz)), 200);
  });

  app.openapi(contract.sendClips, async (c) => {
    const sent: SentClip[] = [];
    await readMultipart(c, {
      fileField: 'audio',
      maxFiles: MAX_CLIPS,
      onFile: async (name, source) => void sent.push(await clips.keep(c.get('actor'), name, source, c.req.raw.signal)),
    });
    if (sent.length === 0) throw new HttpProblem('invalid_input', because('clips_without_audio'));
    return c.json({ clips: sent }, 201);
  });

  app.openapi(contract.suggestions, async (c) => {
    const { q, cursor, limit } = c.req.valid('query');
    return c.json(
      { items: await suggestions.suggest(c.get('actor'), q, Math.min(cursor ?? q.length, q.length), limit) },
      200,
    );
  });

  app.openapi(contract.history, async (c) =>
    c.json({ items: await search.history(c.get('actor'), c.req.valid('query').limit) }, 200),
  );

  app.openapi(contract.clearHistory, async (c) => {
    await search.deleteHistory(c.get('actor'));
    return c.body(null, 204);
  });

  app.openapi(contract.deleteHistoryEntry, async (c) => {
    const { id } = c.req.valid('param');
    if (!(await search.deleteHistory(c.get('actor'), id))) throw notFound('entry of the history', String(id));
    return c.body(null, 204);
  });
}

type Clip = { vector: Float32Array; name: string };
type Advanced = z.output<typeof advancedSearchSchema>;

const parseAdvanced = (value: unknown): Advanced => {
  const parsed = advancedSearchSchema.safeParse(value);
  if (!parsed.success) throw new InvalidInput(parsed.error.issues);
  return parsed.data;
};

type Query = SearchRequest & { q?: string | undefined; tz: string };

const inZone = (request: SearchRequest, timeZone: string): SearchRequest => ({
  ...request,
  filters: inTimeZone(request.filters, timeZone),
});

const toRequest = ({ audioWeights, filters, copies, ...rest }: Advanced, clips: Clip[]): Query => ({
  ...rest,
  showCopies: copies === 'show',
  filters: filters ?? {},
  clips: clips.map((clip, index) => ({ ...clip, weight: audioWeights[index] ?? 1 })),
});

/** The parts may come in any order; each clip is embedded as it arrives and not kept. */
async function readQueryWithClips(c: Context<AppEnv>, clips: Clips): Promise<Query> {
  const found: Clip[] = [];
  let query = '{}';
  await readMultipart(c, {
    fileField: 'audio',
    maxFiles: MAX_CLIPS,
    onFile: async (name, source) => {
      const { vector } = await clips.embed(c.get('actor'), name, source, c.req.raw.signal);
      found.push({ vector, name });
    },
    onField: (name, value) => {
      if (name === 'query') query = value;
    },
  });
  return toRequest(parseAdvanced(parseJson(query, 'The part "query"')), found);
}
