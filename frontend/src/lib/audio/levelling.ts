/** What is as loud as this is left alone: loud enough for a dry hit, with room above it. LUFS. */
const TARGET_LUFS = -18;
/** Silence with some noise is not to be made loud. */
const MOST_DB = 18;

interface Measured {
  loudnessLufs: number | null;
  peakDb: number | null;
}

/**
 * How much louder a sound is to be played to be as loud as others, dB; its peaks stay below full scale.
 * @returns 0 for what was not measured
 */
export function levelDb({ loudnessLufs, peakDb }: Measured): number {
  if (loudnessLufs === null) return 0;
  const wanted = Math.min(TARGET_LUFS - loudnessLufs, MOST_DB);
  return wanted > 0 ? Math.max(0, Math.min(wanted, -(peakDb ?? 0))) : wanted;
}

/** Makes an audio element louder than it can be by itself; as long as that is not wanted, it stays as it is. */
export class Boost {
  #context: AudioContext | null = null;
  #gain: GainNode | null = null;

  /** @param factor from 1 up */
  set(audio: HTMLAudioElement, factor: number): void {
    if (!this.#gain) {
      if (factor <= 1) return;
      this.#context = new AudioContext({ latencyHint: 'interactive' });
      this.#gain = this.#context.createGain();
      this.#context.createMediaElementSource(audio).connect(this.#gain).connect(this.#context.destination);
    }
    this.#gain.gain.value = factor;
    this.wake();
  }

  /** A browser lets nothing be heard before somebody has touched the page. */
  wake(): void {
    if (this.#context?.state === 'suspended') void this.#context.resume();
  }

  close(): void {
    void this.#context?.close();
    this.#context = null;
    this.#gain = null;
  }
}
