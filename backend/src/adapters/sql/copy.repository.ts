import { sql as raw } from 'kysely';
import { bestFirst, type CopyFacts } from '../../domain/copies/best.js';
import type { CopyRepository } from '../../domain/copies/copies.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import { List, type Sql, type Storage } from './dialect.js';
import { hot } from './hot.js';

type Member = CopyFacts & { copyGroup: number; sizeBytes: number };

const allMembers = hot(({ db }: Sql) => members(db).where('copy_group', 'is not', null).orderBy('copy_group'));
const groupMembers = hot(({ db }: Sql, key: SoundKey) =>
  members(db).where('copy_group', '=', (eb) =>
    eb.selectFrom('library').select('copy_group').where('sound_key', '=', key),
  ),
);
const copyCounts = hot(({ db, dialect }: Sql, keys: List<number>) =>
  raw<{ key: SoundKey; copies: number }>`
      SELECT sound_key AS key,
             (SELECT count(*) - 1 FROM library AS others WHERE others.copy_group = sounds.copy_group) AS copies
      FROM library AS sounds WHERE copy_group IS NOT NULL AND sound_key IN ${dialect.keys(keys)}`.compile(db),
);

const members = (db: Sql['db']) =>
  db
    .selectFrom('library')
    .select([
      'sound_key as soundKey',
      'copy_group as copyGroup',
      'size_bytes as sizeBytes',
      'codec',
      'bit_rate_kbps as bitRateKbps',
      'sample_rate_hz as sampleRateHz',
      'duration_s as durationS',
    ])
    .$narrowType<{ copyGroup: number }>();

export class SqlCopyRepository implements CopyRepository {
  constructor(private readonly sql: Storage) {}

  async groups(): Promise<SoundKey[][]> {
    return (await this.all()).map((group) => group.map(({ soundKey }) => soundKey));
  }

  async largest(limit: number, offset: number): Promise<Awaited<ReturnType<CopyRepository['largest']>>> {
    const groups = (await this.all())
      .map((group) => ({
        keys: group.map(({ soundKey }) => soundKey),
        freeableBytes: group.slice(1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      }))
      .sort((a, b) => b.freeableBytes - a.freeableBytes || a.keys[0]! - b.keys[0]!);
    return {
      groups: groups.slice(offset, offset + limit),
      total: groups.length,
      extraSounds: groups.reduce((sum, { keys }) => sum + keys.length - 1, 0),
      freeableBytes: groups.reduce((sum, group) => sum + group.freeableBytes, 0),
    };
  }

  async groupOf(key: SoundKey): Promise<SoundKey[]> {
    const group = (await groupMembers(this.sql, key)).sort(bestFirst).map(({ soundKey }) => soundKey);
    return group.length > 0 ? group : [key];
  }

  async counts(keys: readonly SoundKey[]): Promise<Map<SoundKey, number>> {
    const rows = await copyCounts(this.sql, new List(keys));
    return new Map(rows.filter(({ copies }) => copies > 0).map(({ key, copies }) => [key, copies]));
  }

  /** Groups of several, the best of each first. */
  private async all(): Promise<Member[][]> {
    const groups = new Map<number, Member[]>();
    for (const member of await allMembers(this.sql)) {
      const group = groups.get(member.copyGroup);
      if (group) group.push(member);
      else groups.set(member.copyGroup, [member]);
    }
    return [...groups.values()].filter((group) => group.length > 1).map((group) => group.sort(bestFirst));
  }
}
