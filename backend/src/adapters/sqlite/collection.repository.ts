import { z } from 'zod';
import type { CollectionRepository } from '../../domain/collections/collections.ports.js';
import type {
  Added,
  Collection,
  CollectionListRequest,
  CollectionPatch,
  Removed,
} from '../../domain/collections/collections.types.js';
import { DomainError } from '../../domain/errors.js';
import type { Page, Sound, SoundKey } from '../../domain/library/library.types.js';
import { fold } from '../../domain/search/words.js';
import type { Database } from './database.js';
import { IN_LIBRARY, toSounds, type SoundRow } from './sound.rows.js';

interface CollectionRow {
  collection_key: number;
  id: string;
  name: string;
  name_folded: string;
  description: string | null;
  created_at: string;
  updated_at: string;
  sounds: number;
  duration_s: number;
}

const SELECT = `
  SELECT collections.*,
    (SELECT count(*) FROM collection_sounds
     WHERE collection_key = collections.collection_key AND ${IN_LIBRARY}) AS sounds,
    (SELECT coalesce(sum(duration_s), 0.0) FROM collection_sounds JOIN library USING (sound_key)
     WHERE collection_key = collections.collection_key) AS duration_s
  FROM collections`;

export class SqliteCollectionRepository implements CollectionRepository {
  constructor(private readonly db: Database) {}

  list({ text, soundId, limit, cursor }: CollectionListRequest): Page<Collection> {
    const where: string[] = [];
    const params: string[] = [];
    const words = fold(text?.trim() ?? '');
    if (words !== '') {
      where.push('instr(name_folded, ?)');
      params.push(words);
    }
    if (soundId !== undefined) {
      where.push(
        'collection_key IN (SELECT collection_key FROM collection_sounds JOIN library AS sounds USING (sound_key) WHERE sounds.id = ?)',
      );
      params.push(soundId);
    }
    const joined = (): string => (where.length > 0 ? `WHERE ${where.join(' AND ')}` : '');
    const total = this.db
      .prepare<string[], number>(`SELECT count(*) FROM collections ${joined()}`)
      .pluck()
      .get(...params)!;
    if (cursor !== undefined) {
      where.push('name_folded > ?');
      params.push(decode(cursor, z.string()));
    }
    const rows = this.db
      .prepare<unknown[], CollectionRow>(`${SELECT} ${joined()} ORDER BY name_folded LIMIT ?`)
      .all(...params, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(toCollection),
      nextCursor: rows.length > limit && last ? encode(last.name_folded) : null,
      total,
    };
  }

  get(id: string): Collection | null {
    const row = this.db.prepare<[string], CollectionRow>(`${SELECT} WHERE id = ?`).get(id);
    return row ? toCollection(row) : null;
  }

  named(name: string): Collection | null {
    const row = this.db.prepare<[string], CollectionRow>(`${SELECT} WHERE name_folded = ?`).get(fold(name.trim()));
    return row ? toCollection(row) : null;
  }

  create({ id, name, description }: { id: string; name: string; description: string | null }): Collection {
    const now = new Date().toISOString();
    this.db
      .prepare(
        'INSERT INTO collections (id, name, name_folded, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(id, name.trim(), fold(name.trim()), description, now, now);
    return this.get(id)!;
  }

  update(id: string, patch: CollectionPatch): Collection | null {
    const before = this.get(id);
    if (!before) return null;
    const name = (patch.name ?? before.name).trim();
    const description = patch.description === undefined ? before.description : patch.description;
    this.db
      .prepare('UPDATE collections SET name = ?, name_folded = ?, description = ?, updated_at = ? WHERE id = ?')
      .run(name, fold(name), description, new Date().toISOString(), id);
    return this.get(id);
  }

  delete(id: string): boolean {
    return this.db.prepare('DELETE FROM collections WHERE id = ?').run(id).changes > 0;
  }

  sounds(id: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Page<Sound> {
    const key = this.keyOf(id);
    const after = cursor === undefined ? -1 : decode(cursor, z.int());
    const total = this.db
      .prepare<[number], number>(`SELECT count(*) FROM collection_sounds WHERE collection_key = ? AND ${IN_LIBRARY}`)
      .pluck()
      .get(key)!;
    const rows = this.db
      .prepare<[number, number, number], SoundRow & { position: number }>(
        `SELECT sounds.*, position FROM collection_sounds JOIN library AS sounds USING (sound_key)
         WHERE collection_key = ? AND position > ? ORDER BY position LIMIT ?`,
      )
      .all(key, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: toSounds(this.db, page),
      nextCursor: rows.length > limit && last ? encode(last.position) : null,
      total,
    };
  }

  add(id: string, soundIds: readonly string[]): Added {
    return this.changing(id, (key) => {
      const outcome: Added = { added: [], already: [], notFound: [] };
      const order = this.order(key);
      const present = new Set(order);
      const found = this.soundKeys(soundIds);
      for (const soundId of new Set(soundIds)) {
        const soundKey = found.get(soundId);
        if (soundKey === undefined) outcome.notFound.push(soundId);
        else if (present.has(soundKey)) outcome.already.push(soundId);
        else {
          order.push(soundKey);
          outcome.added.push(soundId);
        }
      }
      this.write(key, order);
      return outcome;
    });
  }

  remove(id: string, soundIds: readonly string[]): Removed {
    return this.changing(id, (key) => {
      const outcome: Removed = { removed: [], notFound: [] };
      const order = this.order(key);
      const present = new Set(order);
      const found = this.soundKeys(soundIds);
      const leaving = new Set<SoundKey>();
      for (const soundId of new Set(soundIds)) {
        const soundKey = found.get(soundId);
        if (soundKey === undefined || !present.has(soundKey)) outcome.notFound.push(soundId);
        else {
          leaving.add(soundKey);
          outcome.removed.push(soundId);
        }
      }
      this.write(
        key,
        order.filter((soundKey) => !leaving.has(soundKey)),
      );
      return outcome;
    });
  }

  move(id: string, soundIds: readonly string[], before: string | null): void {
    this.changing(id, (key) => {
      const order = this.order(key);
      const present = new Set(order);
      const found = this.soundKeys(before === null ? soundIds : [...soundIds, before]);
      const moving = new Set(soundIds.flatMap((soundId) => found.get(soundId) ?? []).filter((one) => present.has(one)));
      const target = before === null ? undefined : found.get(before);
      // Before one that moves itself means before the next one that stays.
      let at = target === undefined ? -1 : order.indexOf(target);
      while (at >= 0 && at < order.length && moving.has(order[at]!)) at += 1;
      const anchor = at < 0 ? undefined : order[at];
      const rest = order.filter((soundKey) => !moving.has(soundKey));
      rest.splice(anchor === undefined ? rest.length : rest.indexOf(anchor), 0, ...moving);
      this.write(key, rest);
    });
  }

  private changing<T>(id: string, change: (key: number) => T): T {
    return this.db
      .transaction(() => {
        const key = this.keyOf(id);
        const outcome = change(key);
        this.db
          .prepare('UPDATE collections SET updated_at = ? WHERE collection_key = ?')
          .run(new Date().toISOString(), key);
        return outcome;
      })
      .immediate();
  }

  private keyOf(id: string): number {
    return (
      this.db.prepare<[string], number>('SELECT collection_key FROM collections WHERE id = ?').pluck().get(id) ?? 0
    );
  }

  private order(key: number): SoundKey[] {
    return this.db
      .prepare<[number], SoundKey>('SELECT sound_key FROM collection_sounds WHERE collection_key = ? ORDER BY position')
      .pluck()
      .all(key);
  }

  private write(key: number, order: readonly SoundKey[]): void {
    this.db.prepare('DELETE FROM collection_sounds WHERE collection_key = ?').run(key);
    this.db
      .prepare(
        'INSERT INTO collection_sounds (collection_key, sound_key, position) SELECT ?, value, key FROM json_each(?)',
      )
      .run(key, JSON.stringify(order));
  }

  private soundKeys(ids: readonly string[]): Map<string, SoundKey> {
    const rows = this.db
      .prepare<[string], { id: string; sound_key: SoundKey }>(
        'SELECT id, sound_key FROM library WHERE id IN (SELECT value FROM json_each(?))',
      )
      .all(JSON.stringify(ids));
    return new Map(rows.map((row) => [row.id, row.sound_key]));
  }
}

const toCollection = (row: CollectionRow): Collection => ({
  id: row.id,
  name: row.name,
  description: row.description,
  sounds: row.sounds,
  durationS: row.duration_s,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const encode = (value: string | number): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new DomainError(
      'invalid_input',
      'This page marker does not belong to this list. Start from the first page.',
      { fields: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
    );
  }
}
