/** A sound counts as played after so many seconds, or half of it. */
const ENOUGH_S = 5;
/** The position moves on by less than this between two reports, also in a hidden tab; more is a jump. */
const LONGEST_STEP_S = 2;

/** Tells when somebody really listened to a sound: once from its start to its end, however often it is paused. */
export class PlayCounter {
  #soundId: string | null = null;
  #position = 0;
  #listenedS = 0;
  #counted = false;
  readonly #report: (soundId: string) => void;

  constructor(report: (soundId: string) => void) {
    this.#report = report;
  }

  /** @param soundId null for what is not in the library */
  begin(soundId: string | null, startS: number): void {
    this.#soundId = soundId;
    this.#position = startS;
    this.#listenedS = 0;
    this.#counted = false;
  }

  moved(positionS: number, durationS: number): void {
    const step = positionS - this.#position;
    this.#position = positionS;
    if (this.#soundId === null || this.#counted || step <= 0 || step > LONGEST_STEP_S) return;
    this.#listenedS += step;
    if (this.#listenedS < Math.min(ENOUGH_S, durationS > 0 ? durationS / 2 : ENOUGH_S)) return;
    this.#counted = true;
    this.#report(this.#soundId);
  }

  ended(): void {
    this.begin(this.#soundId, 0);
  }
}
