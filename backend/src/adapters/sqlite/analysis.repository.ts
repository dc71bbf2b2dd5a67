import type { AnalysisRepository } from '../../domain/analysis/analysis.ports.js';
import type { SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { Database } from './database.js';
import { musicFacts, taggedValues } from './music.rows.js';
import { findCopies, keepPrint } from './print.rows.js';
import { writeMetadata, type SoundRow } from './sound.rows.js';

const PENDING = "status = 'ready' AND analysis_version IS NOT ?";

export class SqliteAnalysisRepository implements AnalysisRepository {
  constructor(private readonly db: Database) {}

  pending(version: number, limit: number): string[] {
    return this.db
      .prepare<[number, number], string>(`SELECT id FROM library WHERE ${PENDING} ORDER BY sound_key DESC LIMIT ?`)
      .pluck()
      .all(version, limit);
  }

  progress(version: number): { ready: number; heard: number } {
    return this.db
      .prepare<[number], { ready: number; heard: number }>(
        "SELECT count(*) AS ready, count(*) FILTER (WHERE analysis_version IS ?) AS heard FROM library WHERE status = 'ready'",
      )
      .get(version)!;
  }

  isPending(soundId: string, version: number): boolean {
    return this.db.prepare(`SELECT 1 FROM library WHERE ${PENDING} AND id = ?`).get(version, soundId) !== undefined;
  }

  save(soundId: string, analysis: SoundAnalysis): boolean {
    const own = this.db.prepare<[string], number>('SELECT sound_key FROM sounds WHERE id = ?').pluck().get(soundId);
    const copies = findCopies(this.db, own, analysis.print);
    return this.db
      .transaction((): boolean => {
        const row = this.db
          .prepare<[string], SoundRow>("SELECT * FROM library WHERE id = ? AND status = 'ready'")
          .get(soundId);
        if (!row) return false;
        writeMetadata(this.db, { ...row, ...musicFacts(row, taggedValues(row), analysis) });
        this.db
          .prepare('UPDATE sounds SET analysis_version = ? WHERE sound_key = ?')
          .run(analysis.version, row.sound_key);
        keepPrint(this.db, row.sound_key, copies);
        return true;
      })
      .immediate();
  }
}
