import type { BulkRepository, TagChange, TagOutcome, TagUndo } from '../../domain/library/bulk.ports.js';
import { MAX_OWN_TAGS, type SoundKey } from '../../domain/library/library.types.js';
import { fold } from '../../domain/search/words.js';
import type { Database } from './database.js';
import { indexWords, type SoundRow } from './sound.rows.js';
import { rejectTags } from './tag.rows.js';

export class SqliteBulkRepository implements BulkRepository {
  constructor(private readonly db: Database) {}

  changeTags(ids: readonly string[], { add, remove, ownOnly = false }: TagChange): TagOutcome {
    const adding = named(add);
    const removing = named(remove);
    return this.db
      .transaction((): TagOutcome => {
        const outcome: TagOutcome = { done: [], notFound: [], fromFile: [], full: [], undo: [] };
        const undos = new Map<string, TagUndo>();
        const keys = new Map(this.rows(ids).map((row) => [row.id, row.sound_key]));
        for (const id of ids) {
          const key = keys.get(id);
          if (key === undefined) {
            outcome.notFound.push(id);
            continue;
          }
          const { end, gained, lost } = this.changeOne(key, adding, removing, ownOnly);
          outcome[end].push(id);
          if (gained.length + lost.length === 0) continue;
          const signature = JSON.stringify([gained, lost]);
          const undo = undos.get(signature) ?? { ids: [], add: lost, remove: gained, ownOnly: true };
          undo.ids.push(id);
          undos.set(signature, undo);
        }
        return { ...outcome, undo: [...undos.values()] };
      })
      .immediate();
  }

  private changeOne(
    key: SoundKey,
    adding: ReadonlyMap<string, string>,
    removing: ReadonlyMap<string, string>,
    ownOnly: boolean,
  ): { end: 'done' | 'fromFile' | 'full'; gained: string[]; lost: string[] } {
    const tags = this.db
      .prepare<[SoundKey], { source: string; name_folded: string; name: string }>(
        'SELECT source, name_folded, name FROM tags WHERE sound_key = ?',
      )
      .all(key);
    const own = new Set(tags.filter(({ source }) => source === 'user').map((tag) => tag.name_folded));
    const fresh = [...adding].filter(([folded]) => !own.has(folded));
    const leaving = tags.filter(
      ({ name_folded, source }) => removing.has(name_folded) && source !== 'file' && (!ownOnly || source === 'user'),
    );
    const leavingOwn = leaving.filter(({ source }) => source === 'user').length;
    if (own.size + fresh.length - leavingOwn > MAX_OWN_TAGS) return { end: 'full', gained: [], lost: [] };
    if (fresh.length + leaving.length > 0) {
      const insert = this.db.prepare(
        "INSERT INTO tags (sound_key, source, name_folded, name) VALUES (?, 'user', ?, ?)",
      );
      const drop = this.db.prepare("DELETE FROM tags WHERE sound_key = ? AND source = 'user' AND name_folded = ?");
      for (const [folded, name] of fresh) insert.run(key, folded, name);
      for (const { source, name_folded } of leaving) {
        if (source === 'user') drop.run(key, name_folded);
        else rejectTags(this.db, key, [removing.get(name_folded)!]);
      }
      this.db.prepare('UPDATE sounds SET updated_at = ? WHERE sound_key = ?').run(new Date().toISOString(), key);
      indexWords(this.db, key);
    }
    const stays = !ownOnly && tags.some(({ source, name_folded }) => source === 'file' && removing.has(name_folded));
    return {
      end: stays ? 'fromFile' : 'done',
      gained: fresh.map(([, name]) => name),
      lost: [...new Set(leaving.map(({ name }) => name))],
    };
  }

  private rows(ids: readonly string[]): SoundRow[] {
    return this.db
      .prepare<[string], SoundRow>('SELECT * FROM library WHERE id IN (SELECT value FROM json_each(?))')
      .all(JSON.stringify(ids));
  }
}

const named = (names: readonly string[]): Map<string, string> =>
  new Map(names.map((name) => [fold(name.trim()), name.trim()] as const).filter(([folded]) => folded !== ''));
