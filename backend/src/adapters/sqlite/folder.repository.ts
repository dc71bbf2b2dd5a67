import type { FolderRepository } from '../../domain/folders/folders.ports.js';
import type { FileOutcome, Folder, FolderFile } from '../../domain/folders/folders.types.js';
import type { Database } from './database.js';

interface FolderRow {
  id: string;
  path: string;
  watch: number;
  recursive: number;
  created_at: string;
  scanned_at: string | null;
  pending: number;
  error: string | null;
}

const FILE = `path, size_bytes AS sizeBytes, modified_ms AS modifiedMs, outcome, reason, sound_id AS soundId`;

export class SqliteFolderRepository implements FolderRepository {
  constructor(private readonly db: Database) {}

  list(): Folder[] {
    const rows = this.db.prepare<[], FolderRow>('SELECT * FROM folders ORDER BY path').all();
    return rows.map((row) => this.toFolder(row));
  }

  get(id: string): Folder | null {
    const row = this.db.prepare<[string], FolderRow>('SELECT * FROM folders WHERE id = ?').get(id);
    return row ? this.toFolder(row) : null;
  }

  add({ path, watch, recursive }: Pick<Folder, 'path' | 'watch' | 'recursive'>): Folder | null {
    const id = crypto.randomUUID();
    const { changes } = this.db
      .prepare('INSERT OR IGNORE INTO folders (id, path, watch, recursive, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(id, path, Number(watch), Number(recursive), new Date().toISOString());
    return changes === 0 ? null : this.get(id);
  }

  change(id: string, { watch, recursive }: Partial<Pick<Folder, 'watch' | 'recursive'>>): void {
    const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value));
    this.db
      .prepare('UPDATE folders SET watch = coalesce(?, watch), recursive = coalesce(?, recursive) WHERE id = ?')
      .run(flag(watch), flag(recursive), id);
  }

  remove(id: string): void {
    this.db.prepare('DELETE FROM folders WHERE id = ?').run(id);
  }

  beginScan(id: string): void {
    this.db.prepare('UPDATE folders SET pending = 1 WHERE id = ?').run(id);
  }

  endScan(id: string, { finished, error }: { finished: boolean; error: string | null }): void {
    this.db
      .prepare('UPDATE folders SET pending = 0, error = ?, scanned_at = coalesce(?, scanned_at) WHERE id = ?')
      .run(error, finished ? new Date().toISOString() : null, id);
  }

  files(id: string): Map<string, FolderFile> {
    const rows = this.db.prepare<[string], FolderFile>(`SELECT ${FILE} FROM folder_files WHERE folder_id = ?`);
    return new Map(rows.all(id).map((file) => [file.path, file]));
  }

  page(id: string, request: { outcome: FileOutcome | null; after: string | null; limit: number }): FolderFile[] {
    return this.db
      .prepare<[typeof request & { id: string }], FolderFile>(
        `SELECT ${FILE} FROM folder_files
         WHERE folder_id = @id AND outcome = coalesce(@outcome, outcome) AND path > coalesce(@after, '')
         ORDER BY path LIMIT @limit`,
      )
      .all({ id, ...request });
  }

  record(id: string, file: FolderFile): void {
    this.db
      .prepare(
        `INSERT INTO folder_files (folder_id, path, size_bytes, modified_ms, outcome, reason, sound_id)
         SELECT id, ?, ?, ?, ?, ?, ? FROM folders WHERE id = ?
         ON CONFLICT DO UPDATE SET size_bytes = excluded.size_bytes, modified_ms = excluded.modified_ms,
           outcome = excluded.outcome, reason = excluded.reason, sound_id = excluded.sound_id`,
      )
      .run(file.path, file.sizeBytes, file.modifiedMs, file.outcome, file.reason, file.soundId, id);
  }

  filesOf(soundId: string): number {
    return this.db
      .prepare<[string], number>('SELECT count(*) FROM folder_files WHERE sound_id = ?')
      .pluck()
      .get(soundId)!;
  }

  forget(id: string, paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.db
      .prepare('DELETE FROM folder_files WHERE folder_id = ? AND path IN (SELECT value FROM json_each(?))')
      .run(id, JSON.stringify(paths));
  }

  private toFolder(row: FolderRow): Folder {
    const counts: Record<FileOutcome, number> = { imported: 0, duplicate: 0, rejected: 0 };
    const rows = this.db
      .prepare<[string], { outcome: FileOutcome; files: number }>(
        'SELECT outcome, count(*) AS files FROM folder_files WHERE folder_id = ? GROUP BY outcome',
      )
      .all(row.id);
    for (const { outcome, files } of rows) counts[outcome] = files;
    return {
      id: row.id,
      path: row.path,
      watch: row.watch === 1,
      recursive: row.recursive === 1,
      createdAt: row.created_at,
      scannedAt: row.scanned_at,
      pending: row.pending === 1,
      error: row.error,
      counts,
    };
  }
}
