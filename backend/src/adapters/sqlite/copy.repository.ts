import type { CopyRepository } from '../../domain/copies/copies.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Database } from './database.js';

const LOSSLESS = "coalesce(codec IN ('flac', 'alac', 'wavpack', 'ape', 'tta') OR codec GLOB 'pcm_[sf]*', FALSE)";
/** Best first: without loss, then by bits, by what can be heard of the highs, by how much there is, then the oldest. */
const BEST_FIRST = `${LOSSLESS} DESC, iif(${LOSSLESS}, 0, bit_rate_kbps) DESC, sample_rate_hz DESC,
  round(duration_s, 1) DESC, sound_key`;

interface MemberRow {
  sound_key: SoundKey;
  copy_group: number;
}

export class SqliteCopyRepository implements CopyRepository {
  constructor(private readonly db: Database) {}

  groups(): SoundKey[][] {
    const rows = this.db
      .prepare<[], MemberRow>(
        `SELECT sound_key, copy_group FROM library WHERE copy_group IS NOT NULL ORDER BY copy_group, ${BEST_FIRST}`,
      )
      .all();
    return [...grouped(rows).values()].filter((group) => group.length > 1);
  }

  largest(limit: number, offset: number): Awaited<ReturnType<CopyRepository['largest']>> {
    const rows = this.db
      .prepare<[], MemberRow & { size_bytes: number }>(
        `SELECT sound_key, copy_group, size_bytes FROM library WHERE copy_group IS NOT NULL
         ORDER BY copy_group, ${BEST_FIRST}`,
      )
      .all();
    const sizes = new Map(rows.map((row) => [row.sound_key, row.size_bytes]));
    const groups = [...grouped(rows).values()]
      .filter((group) => group.length > 1)
      .map((keys) => ({ keys, freeableBytes: keys.slice(1).reduce((sum, key) => sum + sizes.get(key)!, 0) }))
      .sort((a, b) => b.freeableBytes - a.freeableBytes || a.keys[0]! - b.keys[0]!);
    return {
      groups: groups.slice(offset, offset + limit),
      total: groups.length,
      extraSounds: groups.reduce((sum, { keys }) => sum + keys.length - 1, 0),
      freeableBytes: groups.reduce((sum, group) => sum + group.freeableBytes, 0),
    };
  }

  groupOf(key: SoundKey): SoundKey[] {
    const group = this.db
      .prepare<[number], SoundKey>(
        `SELECT sound_key FROM library WHERE copy_group = (SELECT copy_group FROM library WHERE sound_key = ?)
         ORDER BY ${BEST_FIRST}`,
      )
      .pluck()
      .all(key);
    return group.length > 0 ? group : [key];
  }

  counts(keys: readonly SoundKey[]): Map<SoundKey, number> {
    const rows = this.db
      .prepare<[string], { key: SoundKey; copies: number }>(
        `SELECT sound_key AS key,
                (SELECT count(*) - 1 FROM library AS others WHERE others.copy_group = sounds.copy_group) AS copies
         FROM library AS sounds WHERE copy_group IS NOT NULL AND sound_key IN (SELECT value FROM json_each(?))`,
      )
      .all(JSON.stringify(keys));
    return new Map(rows.filter(({ copies }) => copies > 0).map(({ key, copies }) => [key, copies]));
  }
}

function grouped(rows: readonly MemberRow[]): Map<number, SoundKey[]> {
  const groups = new Map<number, SoundKey[]>();
  for (const { sound_key: key, copy_group: group } of rows) {
    const keys = groups.get(group);
    if (keys) keys.push(key);
    else groups.set(group, [key]);
  }
  return groups;
}
