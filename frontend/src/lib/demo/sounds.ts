/** Hz. */
export const RATE = 32_000;

/** What a sound is made with: all of it comes out the same each time. */
interface Kit {
  /** White noise -1..1. */
  noise: () => number;
  /** 0..1. */
  chance: () => number;
}
type Wave = (t: number) => number;

const TAU = 2 * Math.PI;
const sine = (hz: number, t: number): number => Math.sin(TAU * hz * t);
/** 1 at its beginning, a third after `s` seconds; nothing before. */
const fading = (t: number, s: number): number => (t < 0 ? 0 : Math.exp(-t / s));

/** Of noise, what lies below `hz`, roughly; stateful. */
function low({ noise }: Kit, hz: number): () => number {
  const share = 1 - Math.exp((-TAU * hz) / RATE);
  let value = 0;
  return () => (value += share * (noise() - value));
}

/** Of noise, what lies above `hz`. */
function high(kit: Kit, hz: number): () => number {
  const share = 1 - Math.exp((-TAU * hz) / RATE);
  let value = 0;
  return () => {
    const next = kit.noise();
    value += share * (next - value);
    return next - value;
  };
}

/** A tone whose pitch moves: `hz` is asked for at each sample. */
function gliding(hz: Wave): Wave {
  let phase = 0;
  return (t) => Math.sin((phase += (TAU * hz(t)) / RATE));
}

const harmonics = (hz: number, t: number, count: number): number => {
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += sine(k * hz, t) / k;
  return sum;
};

const struck = (hz: number, t: number): number =>
  [1, 2.0, 2.76, 3.0, 5.4].reduce(
    (sum, ratio, i) => sum + (sine(hz * ratio, t) * fading(t, 1.6 / (1 + i))) / (1 + i),
    0,
  );

const kick = (t: number): number =>
  t < 0 ? 0 : Math.sin(TAU * (50 * t + 7 * (1 - Math.exp(-t * 30)))) * fading(t, 0.15);
const snare = (kit: Kit) => {
  const hiss = high(kit, 1500);
  return (t: number): number => sine(190, t) * fading(t, 0.06) + hiss() * fading(t, 0.1);
};

/** A string after Karplus and Strong. */
function plucked(kit: Kit, hz: number): Wave {
  const line = Array.from({ length: Math.round(RATE / hz) }, kit.noise);
  let at = 0;
  return () => {
    const next = (at + 1) % line.length;
    const value = line[at]!;
    line[at] = 0.498 * (value + line[next]!);
    at = next;
    return value;
  };
}

/** Something short again and again, at random: `each` gets the time since its beginning and a number 0..1 of its own. */
function scattered({ chance }: Kit, seconds: number, count: number, each: (t: number, own: number) => number): Wave {
  const starts = Array.from({ length: count }, () => ({ at: chance() * seconds, own: chance() }));
  return (t) => starts.reduce((sum, { at, own }) => (t < at || t > at + 0.4 ? sum : sum + each(t - at, own)), 0);
}

/** Seconds of each, and how its wave is made. */
const RECIPES = {
  rain: [
    5,
    (kit) => {
      const wash = high(kit, 2500);
      const drops = scattered(kit, 5, 220, (t, own) => sine(1800 + 3500 * own, t) * fading(t, 0.004));
      return (t) => 0.5 * wash() + 0.5 * drops(t);
    },
  ],
  wind: [
    5,
    (kit) => {
      const gust = low(kit, 350);
      return (t) => gust() * (0.6 + 0.4 * sine(0.35, t));
    },
  ],
  waves: [
    6,
    (kit) => {
      const [deep, spray] = [low(kit, 700), high(kit, 2000)];
      return (t) => (3 * deep() + 0.3 * spray()) * (0.08 + Math.max(0, sine(0.3, t)) ** 2);
    },
  ],
  thunder: [
    5,
    (kit) => {
      const rumble = low(kit, 90);
      const crack = low(kit, 1500);
      return (t) => 8 * rumble() * fading(t - 0.1, 1.4) + crack() * fading(t - 0.1, 0.15);
    },
  ],
  drops: [
    4,
    (kit) => scattered(kit, 3.5, 9, (t, own) => Math.sin(TAU * (700 + 500 * own) * (t + 5 * t * t)) * fading(t, 0.05)),
  ],
  birds: [
    4,
    (kit) => {
      let phase = 0;
      const notes = scattered(kit, 3.6, 14, (t, own) => (t > 0.14 ? 0 : 1 + own + t));
      return (t) => {
        const note = notes(t);
        if (note === 0) return 0;
        phase += (TAU * (2200 + 1100 * note + 500 * sine(24, t))) / RATE;
        return Math.sin(phase) * 0.5;
      };
    },
  ],
  crickets: [4, () => (t) => sine(4400, t) * Math.max(0, sine(32, t)) * (t % 0.9 < 0.45 ? 1 : 0)],
  engine: [
    4,
    (kit) => {
      const rattle = low(kit, 300);
      return (t) => harmonics(28 + (0.6 * sine(3, t)) / 30, t, 24) * (0.7 + 0.3 * sine(14, t)) + rattle();
    },
  ],
  siren: [4, () => gliding((t) => 850 + 350 * sine(0.5, t))],
  alarm: [3, () => (t) => (t % 0.5 < 0.25 ? Math.sign(sine(1000, t)) : 0)],
  telephone: [4, () => (t) => (t % 2 < 1.2 ? (sine(440, t) + sine(480, t)) * (0.6 + 0.4 * Math.sign(sine(20, t))) : 0)],
  bell: [4, () => (t) => struck(520, t)],
  glockenspiel: [
    3,
    () => (t) =>
      [0, 0.4, 0.8, 1.2].reduce((sum, at, i) => sum + (t < at ? 0 : struck(1050 * [1, 1.25, 1.5, 2][i]!, t - at)), 0),
  ],
  clock: [
    4,
    (kit) => {
      const click = high(kit, 2500);
      return (t) => click() * fading(t % 0.5, 0.006);
    },
  ],
  heartbeat: [4, () => (t) => kick(t % 1) + 0.7 * kick((t % 1) - 0.28)],
  kick: [0.6, () => kick],
  snare: [0.5, snare],
  drums: [
    4,
    (kit) => {
      const [hit, hat] = [snare(kit), high(kit, 7000)];
      return (t) => kick(t % 1) + (t % 1 < 0.5 ? 0 : hit((t % 1) - 0.5)) + 0.4 * hat() * fading(t % 0.25, 0.03);
    },
  ],
  guitar: [
    3,
    (kit) => {
      const strings = [110, 164.8, 220, 277.2, 329.6].map((hz) => plucked(kit, hz));
      return (t) => strings.reduce((sum, string, i) => (t < i * 0.06 ? sum : sum + string(t)), 0);
    },
  ],
  laser: [0.7, () => gliding((t) => 3000 * fading(t, 0.15) + 120)],
} satisfies Record<string, [seconds: number, make: (kit: Kit) => Wave]>;

export type DemoName = keyof typeof RECIPES;
export const DEMO_NAMES = Object.keys(RECIPES) as DemoName[];

/** The samples of one, mono at {@link RATE}; the same each time. */
export function demoSound(name: DemoName): Float32Array {
  const [seconds, make] = RECIPES[name] as [number, (kit: Kit) => Wave];
  let seed = 1 + DEMO_NAMES.indexOf(name);
  // Numerical Recipes' linear congruential generator: plenty for noise.
  const chance = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const wave = make({ chance, noise: () => 2 * chance() - 1 });
  const length = Math.round(seconds * RATE);
  const edge = 0.01 * RATE;
  return Float32Array.from({ length }, (_, i) => wave(i / RATE) * Math.min(1, (length - i) / edge));
}
