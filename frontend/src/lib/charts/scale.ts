/** The next round number (1, 2 or 5 times a power of ten) at or above `value`; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

export interface Point {
  x: number;
  y: number | null;
}

/** SVG path through the points, broken where there is no value; a lone point becomes a short dash. */
export function linePath(points: readonly Point[]): string {
  let path = '';
  let drawing = false;
  points.forEach(({ x, y }, index) => {
    if (y === null) {
      drawing = false;
      return;
    }
    const at = `${round(x)} ${round(y)}`;
    path += drawing ? `L${at}` : `M${at}`;
    if (!drawing && (points[index + 1]?.y ?? null) === null) path += 'h2';
    drawing = true;
  });
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;
