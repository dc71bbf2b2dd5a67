import type { AnalysisRepository } from '../../domain/analysis/analysis.ports.js';
import type { SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { Database } from './database.js';
import { musicFacts, taggedValues } from './music.rows.js';
import { writeMetadata, type SoundRow } from './sound.rows.js';

const PENDING = "status = 'ready' AND analysis_version IS NOT ?";

export class SqliteAnalysisRepository implements AnalysisRepository {
  constructor(private readonly db: Database) {}

  pending(version: number, limit: number): string[] {
    return this.db
      .prepare<[number, number], string>(`SELECT id FROM sounds WHERE ${PENDING} ORDER BY sound_key DESC LIMIT ?`)
      .pluck()
      .all(version, limit);
  }

  isPending(soundId: string, version: number): boolean {
    return this.db.prepare(`SELECT 1 FROM sounds WHERE ${PENDING} AND id = ?`).get(version, soundId) !== undefined;
  }

  save(soundId: string, analysis: SoundAnalysis): boolean {
    return this.db
      .transaction((): boolean => {
        const row = this.db
          .prepare<[string], SoundRow>("SELECT * FROM sounds WHERE id = ? AND status = 'ready'")
          .get(soundId);
        if (!row) return false;
        writeMetadata(this.db, { ...row, ...musicFacts(row, taggedValues(row), analysis) });
        this.db
          .prepare('UPDATE sounds SET analysis_version = ? WHERE sound_key = ?')
          .run(analysis.version, row.sound_key);
        return true;
      })
      .immediate();
  }
}
