import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { BulkRepository, TagChange, TagOutcome, TagUndo } from '../../domain/library/bulk.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import { planTags, type TagPlan } from '../../domain/library/tag-change.js';
import { seenBy } from './access.js';
import { every } from './sound.condition.js';
import { List, type Sql, type Storage } from './dialect.js';
import { indexWords, insertTags } from './sound.rows.js';
import { namesByFold, rejectTags } from './tag.rows.js';
import { now } from './values.js';

export class SqlBulkRepository implements BulkRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  changeTags(ids: readonly string[], { add, remove, ownOnly = false }: TagChange): Promise<TagOutcome> {
    const adding = namesByFold(add);
    const removing = namesByFold(remove);
    return this.sql.transaction(async (tx): Promise<TagOutcome> => {
      const outcome: TagOutcome = { done: [], notFound: [], fromFile: [], full: [], undo: [] };
      const undos = new Map<string, TagUndo>();
      const rows = await tx.db
        .selectFrom('library')
        .select(['id', 'sound_key'])
        .where('id', 'in', tx.dialect.texts(new List(ids)))
        .where(every(seenBy(this.viewer)))
        .execute();
      const keys = new Map(rows.map((row) => [row.id, row.sound_key]));
      for (const id of ids) {
        const key = keys.get(id);
        if (key === undefined) {
          outcome.notFound.push(id);
          continue;
        }
        const plan = planTags(await tagsOf(tx, key), adding, removing, ownOnly);
        outcome[plan.end].push(id);
        const gained = plan.add.map(({ name }) => name);
        if (gained.length + plan.lost.length === 0) continue;
        await apply(tx, key, plan);
        const signature = JSON.stringify([gained, plan.lost]);
        const undo = undos.get(signature) ?? { ids: [], add: plan.lost, remove: gained, ownOnly: true };
        undo.ids.push(id);
        undos.set(signature, undo);
      }
      return { ...outcome, undo: [...undos.values()] };
    });
  }
}

const tagsOf = ({ db }: Sql, key: SoundKey) =>
  db.selectFrom('tags').select(['source', 'name_folded as folded', 'name']).where('sound_key', '=', key).execute();

async function apply(tx: Sql, key: SoundKey, { add, drop, reject }: TagPlan): Promise<void> {
  await insertTags(
    tx,
    add.map(({ folded, name }) => ({ sound_key: key, source: 'user', name_folded: folded, name })),
  );
  for (const folded of drop) {
    await tx.db
      .deleteFrom('tags')
      .where('sound_key', '=', key)
      .where('source', '=', 'user')
      .where('name_folded', '=', folded)
      .execute();
  }
  await rejectTags(tx, key, reject);
  await tx.db.updateTable('sounds').set({ updated_at: now() }).where('sound_key', '=', key).execute();
  await indexWords(tx, key);
}
