/** Slaney's mel scale, as the server draws in. */
const toMel = (hz: number): number => (hz < 1000 ? (3 * hz) / 200 : 15 + Math.log(hz / 1000) / (Math.log(6.4) / 27));

/** Of the server's pictures. */
export const ROWS = 128;
export const LOWEST_HZ = 50;
export const HIGHEST_HZ = 14_000;

/** Where a frequency lies in the picture: 0 is the top (14 kHz), 1 the bottom (50 Hz). */
export const heightOf = (hz: number): number =>
  (toMel(HIGHEST_HZ) - toMel(hz)) / (toMel(HIGHEST_HZ) - toMel(LOWEST_HZ));

type Colour = readonly [red: number, green: number, blue: number];

/** 256 colours from the quietest to the loudest, evenly between `stops`. RGBA. */
export function palette(stops: readonly Colour[]): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256 * 4);
  for (let level = 0; level < 256; level += 1) {
    const at = (level / 255) * (stops.length - 1);
    const from = stops[Math.min(stops.length - 1, Math.floor(at))] ?? [0, 0, 0];
    const to = stops[Math.min(stops.length - 1, Math.floor(at) + 1)] ?? from;
    const share = at - Math.floor(at);
    from.forEach((value, channel) => {
      table[level * 4 + channel] = value + ((to[channel] ?? value) - value) * share;
    });
    table[level * 4 + 3] = 255;
  }
  return table;
}

/** Colours of the theme as the screen shows them; any CSS notation. */
function coloursOf(element: Element, names: readonly string[]): Colour[] {
  const style = getComputedStyle(element);
  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  return names.map((name) => {
    if (!pixel) return [0, 0, 0];
    pixel.fillStyle = style.getPropertyValue(name).trim();
    pixel.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = pixel.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  });
}

/** A grey picture, and where it lies: fractions of the canvas. */
export interface Piece {
  picture: ImageBitmap;
  from: number;
  to: number;
}

/** Draws grey pictures, later ones over earlier ones, in the colours of the theme; the canvas takes the size that is given. */
export function drawPieces(canvas: HTMLCanvasElement, pieces: readonly Piece[], width: number): void {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  canvas.width = Math.max(1, width);
  canvas.height = ROWS;
  // Smoothed at its edges, a picture would let through what is below it.
  const pixel = (share: number): number => Math.round(share * canvas.width);
  for (const { picture, from, to } of pieces) {
    context.drawImage(picture, pixel(from), 0, pixel(to) - pixel(from), ROWS);
  }
  paint(canvas, context, context.getImageData(0, 0, canvas.width, ROWS));
}

/** Draws grey levels, `columns` to a row, in the colours of the theme; the canvas takes their size. */
export function drawLevels(canvas: HTMLCanvasElement, levels: Uint8ClampedArray, columns: number): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  canvas.width = columns;
  canvas.height = levels.length / columns;
  const image = context.createImageData(canvas.width, canvas.height);
  levels.forEach((level, i) => {
    image.data[4 * i] = level;
    image.data[4 * i + 3] = 255;
  });
  paint(canvas, context, image);
}

/** What nothing was drawn on stays clear. */
function paint(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, image: ImageData): void {
  const colours = new Uint32Array(
    palette(coloursOf(canvas, ['--bg-deep', '--bg-deep', '--wave', '--accent', '--text'])).buffer,
  );
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < pixels.length; at += 1) {
    if (image.data[4 * at + 3]) pixels[at] = colours[image.data[4 * at]!]!;
  }
  context.putImageData(image, 0, 0);
}
