/**
 * How the channels of a sound become one: the mean of those that hold anything; where that loses what the channels hold (a
 * channel of reversed polarity, wide stereo), the mean with signs turned; where that loses something too, the strongest
 * channel. A channel's place in the room (front, rear, bass) does not count: all of them are heard.
 *
 * "Loses" is judged from energies, of the samples and of their differences (in which highs weigh more, about as they do in
 * hearing), over the whole sound, and in stereo over its blocks too, so that single sounds of a long recording count.
 */
export interface ChannelMeter {
  /** @param frames interleaved samples, finite; whole frames only */
  push(frames: Float32Array): void;
  /** A weight for each channel, by all that was pushed so far. */
  weights(): number[];
}

/** Energy below this share of the strongest channel's is none: the channel is empty. */
const EMPTY = 1e-9;
/** Of the energy that unrelated channels would have in the mix. Less has cancelled itself out. */
const COLLAPSED = 0.25;
const COLLAPSED_BLOCK = 0.1;
/** So much of the blocks that are not quiet may lose themselves; beats between tones that are slightly apart do now and then. */
const COLLAPSED_BLOCKS = 0.2;
/** Blocks this far below the loudest are quiet. Energy, 40 dB. */
const QUIET_BLOCK = 1e-4;
/** A channel that the mix holds less than this of (1: as if the others were unrelated) is not heard in it. */
const UNHEARD = 0.2;
/** Channels that are more alike than this in the negative are opposites. Correlation. */
const OPPOSITE = -0.3;

/** Sums of products of each pair of channels; a full square, for simple loops. */
type Products = Float64Array;

export function createChannelMeter(channels: number, sampleRateHz: number): ChannelMeter {
  if (channels === 1) return { push: () => undefined, weights: () => [1] };
  const blockFrames = Math.max(1, Math.round(sampleRateHz / 4));
  // Of many channels some of the frames tell enough: pairs grow with the square of their number.
  const stride = Math.max(1, Math.floor(channels / 4));
  const total = [new Float64Array(channels ** 2), new Float64Array(channels ** 2)] as const;
  const block = [new Float64Array(channels ** 2), new Float64Array(channels ** 2)] as const;
  const previous = new Float32Array(channels);
  const difference = new Float32Array(channels);
  const even = new Array<number>(channels).fill(1 / channels);
  const turned = channels === 2 ? [0.5, -0.5] : null;
  const blocks: { energy: number; even: boolean; turned: boolean }[] = [];
  let framesInBlock = 0;
  let frame = 0;

  const closeBlock = (): void => {
    const energy = energies(block[0], channels).reduce((sum, value) => sum + value, 0);
    if (turned && energy > 0) {
      const lost = (weights: readonly number[]): boolean =>
        block.some((products) => kept(products, weights) < COLLAPSED_BLOCK);
      blocks.push({ energy, even: lost(even), turned: lost(turned) });
    }
    for (const [band, products] of block.entries()) {
      const sums = total[band as 0 | 1];
      for (let i = 0; i < products.length; i++) sums[i]! += products[i]!;
      products.fill(0);
    }
    framesInBlock = 0;
  };

  const shareOfLostBlocks = (of: 'even' | 'turned'): number => {
    const loudest = blocks.reduce((most, { energy }) => Math.max(most, energy), 0);
    const heard = blocks.filter(({ energy }) => energy >= loudest * QUIET_BLOCK);
    return heard.length === 0 ? 0 : heard.filter((entry) => entry[of]).length / heard.length;
  };

  /** Does for two channels what `push` does for any number, several times as fast: most music is stereo. */
  const pushStereo = (frames: Float32Array): void => {
    let at = 0;
    let [lastLeft, lastRight] = [previous[0]!, previous[1]!];
    while (at < frames.length) {
      const end = Math.min(frames.length, at + 2 * (blockFrames - framesInBlock));
      framesInBlock += (end - at) / 2;
      let [ll, lr, rr, dll, dlr, drr] = [0, 0, 0, 0, 0, 0];
      for (; at < end; at += 2) {
        const left = frames[at]!;
        const right = frames[at + 1]!;
        const leftStep = left - lastLeft;
        const rightStep = right - lastRight;
        ll += left * left;
        lr += left * right;
        rr += right * right;
        dll += leftStep * leftStep;
        dlr += leftStep * rightStep;
        drr += rightStep * rightStep;
        lastLeft = left;
        lastRight = right;
      }
      for (const [place, sum] of [ll, 0, lr, rr].entries()) block[0][place]! += sum;
      for (const [place, sum] of [dll, 0, dlr, drr].entries()) block[1][place]! += sum;
      if (framesInBlock === blockFrames) closeBlock();
    }
    previous.set([lastLeft, lastRight]);
  };

  return {
    push(frames) {
      if (channels === 2) {
        pushStereo(frames);
        return;
      }
      for (let at = 0; at < frames.length; at += channels, frame++) {
        if (frame % stride === 0) {
          for (let c = 0; c < channels; c++) difference[c] = frames[at + c]! - previous[c]!;
          addProducts(block[0], frames, at, channels);
          addProducts(block[1], difference, 0, channels);
        }
        for (let c = 0; c < channels; c++) previous[c] = frames[at + c]!;
        if (++framesInBlock === blockFrames) closeBlock();
      }
    },
    weights() {
      if (framesInBlock > 0) closeBlock();
      const energy = energies(total[0], channels);
      const strongest = energy.indexOf(Math.max(...energy));
      const active = energy.map((value) => value > energy[strongest]! * EMPTY);
      const count = active.filter(Boolean).length;
      if (count === 0) return even;
      const collapses = (weights: readonly number[]): boolean =>
        total.some((products) => kept(products, weights) < COLLAPSED);

      const mean = active.map((isActive) => (isActive ? 1 / count : 0));
      const meanCollapses = collapses(mean) || shareOfLostBlocks('even') > COLLAPSED_BLOCKS;
      if (!meanCollapses && (channels === 2 || !losesChannel(total[0], mean))) return mean;

      const signs = signsOf(total[0], energy);
      const opposite = mean.map((weight, channel) => weight * signs[channel]!);
      const isTurned = signs.some((sign) => sign < 0);
      if (isTurned && !collapses(opposite) && shareOfLostBlocks('turned') <= COLLAPSED_BLOCKS) return opposite;
      return meanCollapses ? energy.map((_, channel) => (channel === strongest ? 1 : 0)) : mean;
    },
  };
}

function addProducts(sums: Products, from: Float32Array, at: number, channels: number): void {
  for (let a = 0; a < channels; a++) {
    const value = from[at + a]!;
    if (value === 0) continue;
    for (let b = 0; b <= a; b++) sums[a * channels + b]! += value * from[at + b]!;
  }
}

const product = (sums: Products, channels: number, a: number, b: number): number =>
  sums[Math.max(a, b) * channels + Math.min(a, b)]!;

const energies = (sums: Products, channels: number): number[] =>
  Array.from({ length: channels }, (_, channel) => sums[channel * channels + channel]!);

/** Energy of the mix over that of unrelated channels of the same energies; 1 where there is nothing to lose. */
function kept(sums: Products, weights: readonly number[]): number {
  const channels = weights.length;
  let mixed = 0;
  let unrelated = 0;
  for (let a = 0; a < channels; a++) {
    unrelated += weights[a]! ** 2 * product(sums, channels, a, a);
    for (let b = 0; b < channels; b++) mixed += weights[a]! * weights[b]! * product(sums, channels, a, b);
  }
  return unrelated > 0 ? mixed / unrelated : 1;
}

/** Whether some channel that counts in the mix is cancelled out by others. */
function losesChannel(sums: Products, weights: readonly number[]): boolean {
  const channels = weights.length;
  return weights.some((weight, channel) => {
    const energy = product(sums, channels, channel, channel);
    if (weight === 0 || energy === 0) return false;
    const inMix = weights.reduce((sum, other, b) => sum + other * product(sums, channels, channel, b), 0);
    return inMix / (weight * energy) < UNHEARD;
  });
}

/** +1 or -1 for each channel, from the strongest on: turned where it is the opposite of those before it. */
function signsOf(sums: Products, energy: readonly number[]): number[] {
  const channels = energy.length;
  const signs = new Array<number>(channels).fill(1);
  const order = energy.map((_, channel) => channel).sort((a, b) => energy[b]! - energy[a]! || a - b);
  for (const [place, channel] of order.entries()) {
    if (energy[channel] === 0) continue;
    const opposite = order.slice(0, place).some((other) => {
      const correlation =
        (signs[other]! * product(sums, channels, channel, other)) / Math.sqrt(energy[channel]! * energy[other]!);
      return correlation < OPPOSITE;
    });
    if (opposite) signs[channel] = -1;
  }
  return signs;
}

/** Adds the channels up, each with its weight. */
export function mixFrames(frames: Float32Array, weights: readonly number[]): Float32Array {
  const channels = weights.length;
  const mixed = new Float32Array(frames.length / channels);
  if (channels === 1) {
    const weight = weights[0]!;
    for (let i = 0; i < mixed.length; i++) mixed[i] = weight * frames[i]!;
    return mixed;
  }
  if (channels === 2) {
    const [left, right] = weights as [number, number];
    for (let i = 0; i < mixed.length; i++) mixed[i] = left * frames[2 * i]! + right * frames[2 * i + 1]!;
    return mixed;
  }
  for (let i = 0, at = 0; i < mixed.length; i++, at += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += weights[c]! * frames[at + c]!;
    mixed[i] = sum;
  }
  return mixed;
}
