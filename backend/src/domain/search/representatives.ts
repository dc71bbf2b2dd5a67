import type { SoundKey } from '../library/library.types.js';
import type { KeywordHit } from './search.types.js';

interface Ranked {
  key: SoundKey;
  hit: KeywordHit | undefined;
}

/** Of sounds that are copies of each other, which one stands in an answer for all. */
export class Representatives {
  private readonly groups = new Map<SoundKey, readonly SoundKey[]>();
  private hiddenOfAll: readonly SoundKey[] | null = null;

  /** @param groups of copies, the best of each first */
  constructor(groups: readonly (readonly SoundKey[])[]) {
    for (const group of groups) for (const key of group) this.groups.set(key, group);
  }

  /** How many sounds have copies. */
  get size(): number {
    return this.groups.size;
  }

  /** These sounds with all their copies. */
  withCopies(keys: readonly SoundKey[]): SoundKey[] {
    return [...new Set(keys.flatMap((key) => this.groups.get(key) ?? [key]))];
  }

  /** Copies of something better, among those allowed; null allows all. */
  hidden(allow: Int32Array | null): readonly SoundKey[] {
    if (allow === null)
      return (this.hiddenOfAll ??= [...new Set(this.groups.values())].flatMap((group) => group.slice(1)));
    const allowed = new Set(allow);
    return [...new Set(this.groups.values())].flatMap((group) => group.filter((key) => allowed.has(key)).slice(1));
  }

  /**
   * One candidate of each group, at the place of its first: the best copy of those that the words fit as well.
   * @param candidates best first
   */
  collapse<T extends Ranked>(candidates: readonly T[]): T[] {
    if (this.groups.size === 0) return [...candidates];
    const members = new Map<readonly SoundKey[], Map<SoundKey, T>>();
    for (const candidate of candidates) {
      const group = this.groups.get(candidate.key);
      if (!group) continue;
      members.set(group, (members.get(group) ?? new Map<SoundKey, T>()).set(candidate.key, candidate));
    }
    const shown = new Set<readonly SoundKey[]>();
    return candidates.flatMap((candidate) => {
      const group = this.groups.get(candidate.key);
      if (!group) return [candidate];
      if (shown.has(group)) return [];
      shown.add(group);
      const present = group.flatMap((key) => members.get(group)!.get(key) ?? []);
      return [present.find((other) => fitsAsWell(other, candidate)) ?? candidate];
    });
  }
}

const fitsAsWell = ({ hit: a }: Ranked, { hit: b }: Ranked): boolean =>
  a?.coverage === b?.coverage && a?.exact === b?.exact;
