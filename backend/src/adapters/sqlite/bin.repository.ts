import { z } from 'zod';
import { DomainError } from '../../domain/errors.js';
import type { BinnedSound, BinRepository } from '../../domain/library/bin.ports.js';
import type { Page, Sound } from '../../domain/library/library.types.js';
import type { Database } from './database.js';
import { lacksActiveModel, queueEmbeddingOf } from './model.state.js';
import { indexWords, toSounds, type SoundRow } from './sound.rows.js';
import { wordsChanged } from './vocabulary.js';

type BinRow = SoundRow & { deleted_at: string };

const IN_BIN = 'FROM bin JOIN sounds USING (sound_key)';
const AMONG = 'sounds.id IN (SELECT value FROM json_each(?))';

export class SqliteBinRepository implements BinRepository {
  constructor(private readonly db: Database) {}

  put(ids: readonly string[]): string[] {
    return this.db
      .transaction((): string[] => {
        const found = this.db
          .prepare<[string], { sound_key: number; id: string }>(
            `SELECT sound_key, id FROM library AS sounds WHERE ${AMONG}`,
          )
          .all(JSON.stringify(ids));
        const put = this.db.prepare('INSERT INTO bin (sound_key, deleted_at) VALUES (?, ?)');
        const now = new Date().toISOString();
        for (const { sound_key: key } of found) put.run(key, now);
        wordsChanged(this.db);
        return found.map(({ id }) => id);
      })
      .immediate();
  }

  list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Page<BinnedSound> {
    const after = cursor === undefined ? { at: '\u{FFFF}', key: 0 } : decode(cursor);
    const rows = this.db
      .prepare<[typeof after & { limit: number }], BinRow>(
        `SELECT sounds.*, deleted_at ${IN_BIN} WHERE (deleted_at, sound_key) < (@at, @key)
         ORDER BY deleted_at DESC, sound_key DESC LIMIT @limit`,
      )
      .all({ ...after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const sounds = toSounds(this.db, page);
    return {
      items: page.map(({ deleted_at: deletedAt }, place) => ({ sound: sounds[place]!, deletedAt })),
      nextCursor: rows.length > limit && last ? encode({ at: last.deleted_at, key: last.sound_key }) : null,
      total: this.sums().sounds,
    };
  }

  sums(): { sounds: number; bytes: number } {
    return this.db
      .prepare<[], { sounds: number; bytes: number }>(
        `SELECT count(*) AS sounds, coalesce(sum(size_bytes), 0) AS bytes ${IN_BIN}`,
      )
      .get()!;
  }

  findBySha256(sha256: string): Sound | null {
    const row = this.db.prepare<[string], SoundRow>(`SELECT sounds.* ${IN_BIN} WHERE sha256 = ?`).get(sha256);
    return row ? (toSounds(this.db, [row])[0] ?? null) : null;
  }

  ids(limit: number, before = '\u{FFFF}'): string[] {
    return this.db
      .prepare<[string, number], string>(
        `SELECT id ${IN_BIN} WHERE deleted_at <= ? ORDER BY deleted_at, sound_key LIMIT ?`,
      )
      .pluck()
      .all(before, limit);
  }

  hashes(): string[] {
    return this.db.prepare<[], string>(`SELECT sha256 ${IN_BIN}`).pluck().all();
  }

  restore(ids: readonly string[]): Awaited<ReturnType<BinRepository['restore']>> {
    return this.db
      .transaction((): Awaited<ReturnType<BinRepository['restore']>> => {
        const rows = this.db.prepare<[string], SoundRow>(`SELECT sounds.* ${IN_BIN} WHERE ${AMONG}`);
        const found = rows.all(JSON.stringify(ids));
        const openJobs: string[] = [];
        for (const { sound_key: key } of found) openJobs.push(...this.restoreOne(key));
        const unheard = found.filter(({ sound_key: key }) => lacksActiveModel(this.db, key));
        return { restored: found.map(({ id }) => id), openJobs, unheard: unheard.map(({ id }) => id) };
      })
      .immediate();
  }

  hashesOf(ids: readonly string[]): string[] {
    return this.db
      .prepare<[string], string>(`SELECT sha256 FROM sounds WHERE ${AMONG}`)
      .pluck()
      .all(JSON.stringify(ids));
  }

  erase(ids: readonly string[], from: 'bin' | 'anywhere'): { id: string; sha256: string; sizeBytes: number }[] {
    const inBin = 'EXISTS (SELECT 1 FROM bin WHERE bin.sound_key = sounds.sound_key)';
    const among = from === 'bin' ? `${AMONG} AND ${inBin}` : AMONG;
    return this.db
      .transaction(() => {
        const gone = this.db
          .prepare<[string], { id: string; sha256: string; sizeBytes: number }>(
            `DELETE FROM sounds WHERE ${among} RETURNING id, sha256, size_bytes AS sizeBytes`,
          )
          .all(JSON.stringify(ids));
        wordsChanged(this.db);
        return gone;
      })
      .immediate();
  }

  isUsed(sha256: string): boolean {
    return this.db.prepare('SELECT 1 FROM sounds WHERE sha256 = ?').get(sha256) !== undefined;
  }

  leftovers(): string[] {
    return this.db.prepare<[], string>('SELECT sha256 FROM leftovers').pluck().all();
  }

  forgetLeftovers(hashes: readonly string[]): void {
    this.db
      .prepare('DELETE FROM leftovers WHERE sha256 IN (SELECT value FROM json_each(?))')
      .run(JSON.stringify(hashes));
  }

  /** @returns ids of its jobs that had not ended: they wait again */
  private restoreOne(key: number): string[] {
    this.db.prepare('DELETE FROM bin WHERE sound_key = ?').run(key);
    this.db
      .prepare('DELETE FROM index_changes WHERE segment_id IN (SELECT id FROM segments WHERE sound_key = ?)')
      .run(key);
    this.db
      .prepare(
        "INSERT INTO index_changes (op, segment_id) SELECT 'add', id FROM segments WHERE sound_key = ? ORDER BY id",
      )
      .run(key);
    indexWords(this.db, key);
    const ready = this.db.prepare("SELECT 1 FROM sounds WHERE sound_key = ? AND status = 'ready'").get(key);
    if (ready) queueEmbeddingOf(this.db, key);
    return this.db
      .prepare<[number], string>(
        `UPDATE jobs SET state = 'queued', stage = 'waiting', progress = 0
         WHERE sound_key = ? AND state IN ('queued', 'active') RETURNING id`,
      )
      .pluck()
      .all(key);
  }
}

const cursorSchema = z.object({ at: z.string(), key: z.int() });

const encode = (cursor: z.infer<typeof cursorSchema>): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

function decode(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new DomainError(
      'invalid_input',
      'This page marker does not belong to this list. Start from the first page.',
      { fields: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
    );
  }
}
