import { sql as raw } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { bestFirst, type CopyFacts } from '../../domain/copies/best.js';
import type { CopyRepository } from '../../domain/copies/copies.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import { seenBy } from './access.js';
import { List, type Sql, type Storage } from './dialect.js';
import { hot } from './hot.js';
import { every } from './sound.condition.js';

type Member = CopyFacts & { copyGroup: number; sizeBytes: number };

const allMembers = hot(({ db }: Sql) => members(db).where('copy_group', 'is not', null).orderBy('copy_group'));
const groupMembers = ({ db }: Sql, viewer: Viewer, key: SoundKey): Promise<Member[]> =>
  members(db)
    .where('copy_group', '=', (eb) => eb.selectFrom('library').select('copy_group').where('sound_key', '=', key))
    .where(every(seenBy(viewer)))
    .execute();
const copyCounts = ({ dialect }: Sql, viewer: Viewer, keys: List<number>) => {
  const seen = every([raw`others.copy_group = sounds.copy_group`, ...seenBy(viewer, 'others')]);
  return raw<{ key: SoundKey; copies: number }>`
      SELECT sound_key AS key, (SELECT count(*) - 1 FROM library AS others WHERE ${seen}) AS copies
      FROM library AS sounds WHERE copy_group IS NOT NULL AND sound_key IN ${dialect.keys(keys)}`;
};
const allCopyCounts = hot((sql: Sql, keys: List<number>) => copyCounts(sql, EVERYTHING, keys).compile(sql.db));

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
      'bits_per_sample as bitsPerSample',
      'duration_s as durationS',
    ])
    .$narrowType<{ copyGroup: number }>();

export class SqlCopyRepository implements CopyRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

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
    const group = (await groupMembers(this.sql, this.viewer, key)).sort(bestFirst).map(({ soundKey }) => soundKey);
    return group.length > 0 ? group : [key];
  }

  async counts(keys: readonly SoundKey[]): Promise<Map<SoundKey, number>> {
    const rows =
      this.viewer.id === null
        ? await allCopyCounts(this.sql, new List(keys))
        : (await copyCounts(this.sql, this.viewer, new List(keys)).execute(this.sql.db)).rows;
    return new Map(rows.filter(({ copies }) => copies > 0).map(({ key, copies }) => [key, copies]));
  }

  private members(): Promise<Member[]> {
    if (this.viewer.id === null) return allMembers(this.sql);
    const seen = every(seenBy(this.viewer));
    return members(this.sql.db).where('copy_group', 'is not', null).where(seen).orderBy('copy_group').execute();
  }

  /** Groups of several, the best of each first. */
  private async all(): Promise<Member[][]> {
    const groups = new Map<number, Member[]>();
    for (const member of await this.members()) {
      const group = groups.get(member.copyGroup);
      if (group) group.push(member);
      else groups.set(member.copyGroup, [member]);
    }
    return [...groups.values()].filter((group) => group.length > 1).map((group) => group.sort(bestFirst));
  }
}
