import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { TagWord } from '../../domain/tagging/tagging.types.js';
import { germanName } from '../../domain/tagging/german-names.js';
import type { VocabularyState } from '../../domain/tagging/tagging.service.js';
import * as contract from '../contract/tags.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { known } from '../known-id.js';
import type { vocabularySchema } from '../schemas/tag.js';

/** The tags of the library, and the words that automatic ones are chosen from. */
export function tagsRoutes(app: OpenAPIHono<AppEnv>, { tagging, timelines }: AppDeps): void {
  app.openapi(contract.listTags, async (c) => {
    const { q, limit } = c.req.valid('query');
    const { items, total } = await tagging.counts(c.get('actor'), q, limit);
    return c.json({ items: items.map((item) => ({ ...item, german: germanName(item.name) })), total }, 200);
  });

  app.openapi(contract.getVocabulary, async (c) => c.json(toVocabulary(await tagging.vocabulary(c.get('actor'))), 200));

  app.openapi(contract.putVocabulary, async (c) =>
    c.json(toVocabulary(await tagging.changeVocabulary(c.get('actor'), c.req.valid('json'))), 200),
  );

  app.openapi(contract.retag, async (c) => {
    const { soundIds, forgetRejected } = c.req.valid('json');
    return c.json(await tagging.retag(c.get('actor'), soundIds ?? null, { rejected: forgetRejected }), 202);
  });

  app.openapi(contract.timeline, async (c) => {
    const lanes = await timelines.timeline(c.get('actor'), known(c.req.valid('param').id));
    return c.json({ lanes: lanes.map((lane) => ({ ...lane, german: germanName(lane.name) })) }, 200);
  });
}

const toWord = ({ name, prompts }: TagWord) => ({ name, prompts: [...prompts] });

const toVocabulary = (state: VocabularyState): z.infer<typeof vocabularySchema> => ({
  version: state.version,
  groups: state.groups.map(({ id, words }) => ({
    id,
    words: words.map((word) => ({ ...toWord(word), german: germanName(word.name) })),
  })),
  disabledGroups: [...state.disabledGroups],
  removed: [...state.removed],
  own: state.own.map(toWord),
  progress: state.progress,
});
