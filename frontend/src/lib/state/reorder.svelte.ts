interface Parts {
  /** Of all that is in the list, in its order. */
  keys: () => readonly string[];
  /** Every row is this high, in pixels; the first one begins where the element does. */
  rowHeight: () => number;
  element: () => HTMLElement | undefined;
  /** What scrolls, where it is not the window. */
  scroller?: () => HTMLElement | undefined;
  /** @param to a place in the list */
  move: (key: string, to: number) => void;
}

/** So near to the edge of what scrolls it scrolls while something is dragged. */
const EDGE_PX = 72;
const INNER_EDGE_PX = 24;

/** Putting a list in order by a handle of each row. The pointer is followed over the whole window: a row may scroll out of what is drawn. */
export class Reorder {
  /** What is dragged, and where it would be put. */
  drag = $state.raw<{ key: string; to: number } | null>(null);
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(key: string): void {
    this.drag = { key, to: this.#parts.keys().indexOf(key) };
  }

  /** The line that shows where it would be put. */
  markOf(place: number): 'above' | 'below' | null {
    if (this.drag?.to !== place) return null;
    const from = this.#parts.keys().indexOf(this.drag.key);
    return from === place ? null : place < from ? 'above' : 'below';
  }

  readonly onpointermove = ({ clientY }: PointerEvent): void => {
    if (!this.drag) return;
    this.#scroll(clientY);
    const { element, keys, rowHeight } = this.#parts;
    const under = Math.floor((clientY - (element()?.getBoundingClientRect().top ?? 0)) / rowHeight());
    this.drag = { ...this.drag, to: Math.min(keys().length - 1, Math.max(0, under)) };
  };

  readonly onpointerup = (): void => this.#end(true);
  readonly onpointercancel = (): void => this.#end(false);

  readonly onkeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.drag) return;
    event.preventDefault();
    this.#end(false);
  };

  #end(here: boolean): void {
    const { drag } = this;
    this.drag = null;
    if (!drag || !here) return;
    const from = this.#parts.keys().indexOf(drag.key);
    if (from >= 0 && from !== drag.to) this.#parts.move(drag.key, drag.to);
  }

  #scroll(clientY: number): void {
    const scroller = this.#parts.scroller?.();
    const { top, bottom } = scroller?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight - EDGE_PX };
    const edge = scroller ? INNER_EDGE_PX : EDGE_PX;
    const by = clientY < top + edge ? -edge / 6 : clientY > bottom - edge ? edge / 6 : 0;
    if (by !== 0) (scroller ?? window).scrollBy(0, by);
  }
}
