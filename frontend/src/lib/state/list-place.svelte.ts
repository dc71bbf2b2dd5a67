/** Until a list that scrolled is taken to stand still. */
const STILL_MS = 120;

/** Where in a long list the window stands; the list that is drawn keeps it up to date. */
export class ListPlace {
  /** How many sounds come before the first that is seen. */
  top = $state(0);
  /** How far below the top of the window the list begins, in pixels; 0 once it began above. */
  head = $state(0);
  /** Nothing scrolls: what is costly to draw may be drawn. */
  still = $state(true);
  /** Brings this sound to the top of the window. */
  reach: (offset: number) => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  moved(): void {
    this.still = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.still = true), STILL_MS);
  }
}
