/** How often a stage of processing was gone through, and how long that took altogether. */
export interface StageTime {
  runs: number;
  seconds: number;
}

/**
 * Adds up how long the stages of processing take: `reading` (facts and tags of a file), `decoding` (waiting for samples), `model`
 * (everything else until all vectors are there), `saving`.
 */
export class StageClock {
  readonly #stages: Record<string, StageTime> = {};

  add(stage: 'reading' | 'decoding' | 'model' | 'saving', ms: number): void {
    const sum = (this.#stages[stage] ??= { runs: 0, seconds: 0 });
    sum.runs++;
    sum.seconds += ms / 1000;
  }

  readonly sums = (): Readonly<Record<string, StageTime>> => this.#stages;
}
