import type { Waveform } from '$lib/api/types';

export interface WaveformColours {
  base: string;
  played: string;
  match: string;
}

export interface WaveformPicture {
  width: number;
  height: number;
  colours: WaveformColours;
  /** 0..1; null when the sound is not the one playing. */
  progress: number | null;
  /** Marked stretches as fractions 0..1. */
  marks: { from: number; to: number }[];
}

const BAR = 2;
const GAP = 1;

export function coloursOf(element: Element): WaveformColours {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return { base: colour('--wave'), played: colour('--wave-played'), match: colour('--wave-match') };
}

/** Draws bars around the middle line: each bar spans the lowest to the highest sample of its stretch. */
export function drawWaveform(canvas: HTMLCanvasElement, waveform: Waveform | null, picture: WaveformPicture): void {
  const { width, height, colours, progress, marks } = picture;
  const context = canvas.getContext('2d');
  if (!context || width <= 0 || height <= 0) return;
  const scale = devicePixelRatio || 1;
  const pixels = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (canvas.width !== pixels.width || canvas.height !== pixels.height) Object.assign(canvas, pixels);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const bars = Math.max(1, Math.floor((width + GAP) / (BAR + GAP)));
  const middle = height / 2;
  const loudest = waveform ? Math.max(0.02, ...waveform.max, ...waveform.min.map((value) => -value)) : 1;
  // Quiet sounds are drawn larger, but not so much that noise looks like music.
  const gain = Math.min(1 / loudest, 4) * (middle - 1);
  for (let bar = 0; bar < bars; bar += 1) {
    const at = (bar + 0.5) / bars;
    const [low, high] = waveform ? extremes(waveform, bar / bars, (bar + 1) / bars) : [0, 0];
    const top = Math.max(1, high * gain);
    const bottom = Math.max(1, -low * gain);
    const marked = marks.some((mark) => mark.from < (bar + 1) / bars && mark.to > bar / bars);
    const played = progress !== null && at <= progress;
    context.fillStyle = marked ? colours.match : played ? colours.played : colours.base;
    context.globalAlpha = progress !== null && marked && !played ? 0.6 : 1;
    context.beginPath();
    context.roundRect(bar * (BAR + GAP), middle - top, BAR, top + bottom, 1);
    context.fill();
  }
  context.globalAlpha = 1;
  if (progress !== null) {
    context.fillStyle = colours.played;
    context.fillRect(Math.min(width - 1, progress * width), 0, 1, height);
  }
}

function extremes(waveform: Waveform, from: number, to: number): [number, number] {
  const { points, min, max } = waveform;
  const first = Math.min(points - 1, Math.floor(from * points));
  const end = Math.max(first + 1, Math.min(points, Math.ceil(to * points)));
  let low = 0;
  let high = 0;
  for (let i = first; i < end; i += 1) {
    low = Math.min(low, min[i] ?? 0);
    high = Math.max(high, max[i] ?? 0);
  }
  return [low, high];
}
