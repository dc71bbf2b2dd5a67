const ROW = 18;
const SPEED = 22;
const TICK = 2.6;

/** A repeatable pseudo-random number 0..1 for a pair of whole numbers. */
function noise(a: number, b: number): number {
  const x = Math.sin(a * 127.1 + b * 311.7) * 43758.5453;
  return x - Math.floor(x);
}

/**
 * A calm raster of firing neurons, one row each, that drifts by: slow waves pass over the rows and make neighbours fire
 * together. Where a wave is strongest the spikes glow in the accent colour.
 */
export class SpikeField {
  readonly #context: CanvasRenderingContext2D | null;
  readonly #colours: { rest: string; glow: string };

  constructor(
    canvas: HTMLCanvasElement,
    readonly width: number,
    readonly height: number,
  ) {
    const scale = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    this.#context = canvas.getContext('2d');
    this.#context?.scale(scale, scale);
    const style = getComputedStyle(canvas);
    this.#colours = { rest: style.getPropertyValue('--wave').trim(), glow: style.getPropertyValue('--accent').trim() };
  }

  /** @param time seconds on any clock that goes forward */
  draw(time: number): void {
    const context = this.#context;
    if (!context) return;
    context.clearRect(0, 0, this.width, this.height);
    const shift = time * SPEED;
    const rows = Math.ceil(this.height / ROW);
    const step = 9;
    const first = Math.floor(shift / step);
    const columns = Math.ceil(this.width / step) + 1;
    for (let row = 0; row < rows; row += 1) {
      for (let i = 0; i < columns; i += 1) {
        const slot = first + i;
        const wave = this.#wave(slot * step, row);
        if (noise(slot, row) > 0.06 + 0.62 * wave ** 3) continue;
        const x = slot * step - shift + noise(row, slot) * step;
        const bright = wave > 0.72;
        context.globalAlpha = bright ? 0.25 + 0.75 * (wave - 0.72) * 3.5 : 0.28 + 0.3 * wave;
        context.fillStyle = bright ? this.#colours.glow : this.#colours.rest;
        context.fillRect(x, row * ROW + 4, TICK / 2, TICK * 3);
      }
    }
    context.globalAlpha = 1;
  }

  /** 0..1: how excited a place of the raster is. */
  #wave(x: number, row: number): number {
    const a = Math.sin(x / 210 + row * 0.34);
    const b = Math.sin(x / 97 - row * 0.21 + 1.7);
    const c = Math.sin(x / 520 + row * 0.09 + 4);
    return 0.5 + (a * 0.5 + b * 0.28 + c * 0.22) / 2;
  }
}
