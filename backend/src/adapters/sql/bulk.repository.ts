import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { artistsOf } from '../../domain/library/artists.js';
import type {
  BulkRepository,
  FieldChange,
  FieldOutcome,
  FieldUndo,
  TagChange,
  TagOutcome,
  TagUndo,
} from '../../domain/library/bulk.ports.js';
import { beforeOf, edit, takeBack, type Before } from '../../domain/library/edits.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import { planTags, type TagPlan } from '../../domain/library/tag-change.js';
import { seenBy } from './access.js';
import { every } from './sound.condition.js';
import { List, type Sql, type Storage } from './dialect.js';
import { holdSounds } from './held-sounds.js';
import { columnsOf, editableOf } from './music.rows.js';
import { editedOf, indexWords, insertTags, writeMetadata } from './sound.rows.js';
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
      await holdSounds(tx, { ids });
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

  changeFields(ids: readonly string[], patch: FieldChange, before?: Before): Promise<FieldOutcome> {
    const fields = Object.entries(patch).flatMap(([name, value]) =>
      value === undefined ? [] : [name as keyof FieldChange],
    );
    return this.sql.transaction(async (tx): Promise<FieldOutcome> => {
      const outcome: FieldOutcome = { done: [], notFound: [], undo: [] };
      const undos = new Map<string, FieldUndo>();
      await holdSounds(tx, { ids });
      const rows = await tx.db
        .selectFrom('library')
        .selectAll()
        .where('id', 'in', tx.dialect.texts(new List(ids)))
        .where(every(seenBy(this.viewer)))
        .execute();
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const id of ids) {
        const row = byId.get(id);
        if (!row) {
          outcome.notFound.push(id);
          continue;
        }
        outcome.done.push(id);
        const [current, edited] = [editableOf(row), editedOf(row)];
        const { next, edited: after } = before
          ? takeBack(current, edited, patch, before)
          : edit(current, edited, patch);
        const isSame = JSON.stringify(next) === JSON.stringify(current) && after.size === edited.size;
        if (isSame) continue;
        const { sound_key: key, filename } = row;
        const artists = patch.artist === undefined ? undefined : artistsOf(next.artist);
        await writeMetadata(tx, key, { filename, ...columnsOf(next) }, artists);
        await tx.db
          .updateTable('sounds')
          .set({ edited: JSON.stringify([...after].sort()), updated_at: now() })
          .where('sound_key', '=', key)
          .execute();
        await indexWords(tx, key);
        const back = Object.fromEntries(fields.map((name) => [name, current[name]])) as FieldChange;
        const was = beforeOf(current, edited, fields);
        const signature = JSON.stringify([back, was]);
        const undo = undos.get(signature) ?? { ids: [], patch: back, before: was };
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
