/** Keeps the `limit` best of many scored keys: a heap with the worst on top. Equal scores: the smaller key is better. */
export class TopList {
  private readonly keys: number[] = [];
  private readonly scores: number[] = [];

  constructor(private readonly limit: number) {}

  /** Whether this would be kept. */
  private beats(score: number, key: number, at: number): boolean {
    return score > this.scores[at]! || (score === this.scores[at]! && key < this.keys[at]!);
  }

  push(key: number, score: number): void {
    const { keys, scores } = this;
    if (keys.length < this.limit) {
      keys.push(key);
      scores.push(score);
      this.up(keys.length - 1);
    } else if (this.limit > 0 && this.beats(score, key, 0)) {
      keys[0] = key;
      scores[0] = score;
      this.down(0);
    }
  }

  /** What a score must beat to be kept; −∞ while there is room. */
  worst(): number {
    return this.keys.length < this.limit ? -Infinity : (this.scores[0] ?? Infinity);
  }

  /** Keys with their scores, best first. */
  sorted(): { key: number; score: number }[] {
    return this.keys
      .map((key, at) => ({ key, score: this.scores[at]! }))
      .sort((a, b) => b.score - a.score || a.key - b.key);
  }

  private up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.beats(this.scores[parent]!, this.keys[parent]!, at)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private down(start: number): void {
    let at = start;
    for (;;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.keys.length && this.beats(this.scores[worst]!, this.keys[worst]!, child)) worst = child;
      }
      if (worst === at) return;
      this.swap(at, worst);
      at = worst;
    }
  }

  private swap(a: number, b: number): void {
    [this.keys[a], this.keys[b]] = [this.keys[b]!, this.keys[a]!];
    [this.scores[a], this.scores[b]] = [this.scores[b]!, this.scores[a]!];
  }
}
