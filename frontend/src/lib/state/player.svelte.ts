import type { Api } from '$lib/api/api';
import type { Match, Sound } from '$lib/api/types';
import { Boost, levelDb } from '$lib/audio/levelling';
import { Nearby } from '$lib/audio/nearby';
import { AS_IT_IS, isAsItIs, tuningFor, type Tuning } from '$lib/audio/tuning';
import { soundName } from '$lib/util/sound';
import { PlayCounter } from './play-counter';
import { Positions } from './positions';
import type { Preferences } from './preferences.svelte';
import { recall, remember } from './storage';

/** Anything that can be heard: a sound of the library, or a file that is not uploaded yet. */
export interface Playable {
  key: string;
  src: string;
  /** The same sound in a form that every browser plays; null when there is none. */
  fallbackSrc: string | null;
  title: string;
  subtitle: string;
  /** Null for a file that is not in the library. */
  soundId: string | null;
  filename: string;
  durationS: number | null;
  /** Null where it is not fetched from the server. */
  sizeBytes: number | null;
  /** Its cover, and where that is in large; null without one. */
  cover: { id: string; large: string } | null;
  bpm: number | null;
  musicalKey: string | null;
  /** Null where it was not measured. */
  loudnessLufs: number | null;
  peakDb: number | null;
  matches: Match[];
}

export interface Region {
  startS: number;
  endS: number;
}

export const playableOf = (sound: Sound, api: Api, matches: Match[] = []): Playable => ({
  key: sound.id,
  src: api.streamUrl(sound.id),
  fallbackSrc: api.decodedUrl(sound.id),
  title: soundName(sound),
  subtitle: sound.artist ?? sound.filename,
  soundId: sound.id,
  filename: sound.filename,
  durationS: sound.durationS,
  sizeBytes: sound.sizeBytes,
  cover: sound.cover === null ? null : { id: sound.cover, large: api.coverUrl(sound.cover, 400) },
  bpm: sound.bpm,
  musicalKey: sound.key,
  loudnessLufs: sound.loudnessLufs,
  peakDb: sound.peakDb,
  matches,
});

/** What is not known of a file that nobody has looked into. */
export const UNKNOWN = {
  durationS: null,
  cover: null,
  bpm: null,
  musicalKey: null,
  loudnessLufs: null,
  peakDb: null,
  matches: [],
} satisfies Partial<Playable>;

/** A sound of which no more is known than the file that it was. */
export const playableOfId = (
  id: string,
  { name, sizeBytes }: { name: string; sizeBytes: number },
  api: Api,
): Playable => ({
  key: id,
  src: api.streamUrl(id),
  fallbackSrc: api.decodedUrl(id),
  title: soundName({ title: null, filename: name }),
  subtitle: name,
  soundId: id,
  filename: name,
  ...UNKNOWN,
  sizeBytes,
});

/** The one thing that makes sound. It outlives pages; components show it and tell it what to do. */
export class Player {
  current = $state.raw<Playable | null>(null);
  #offered: { item: Playable; queue: Playable[] } | null = null;
  queue = $state.raw<Playable[]>([]);
  /** What the queue was made of, before anything in it was moved. */
  #list: readonly Playable[] = [];
  playing = $state(false);
  waiting = $state(false);
  failed = $state(false);
  time = $state(0);
  duration = $state(0);
  volume = $state(1);
  muted = $state(false);
  loop = $state.raw<Region | null>(null);
  /** Whether the next of the queue follows by itself, whatever the preferences say. */
  #goesOn = false;
  /** How many times faster than it is, with its pitch kept. */
  speed = $state(1);
  /** What was chosen for a sound before it plays. */
  #chosenSpeed = $state.raw<{ key: string; speed: number } | null>(null);
  /** How the current sound is changed to fit the session. */
  tuning = $state.raw<Tuning>(AS_IT_IS);
  /** Whether the session would have it otherwise than it is. */
  readonly tunable = $derived.by(() => this.current !== null && !isAsItIs(this.#fitting(this.current)));
  readonly progress = $derived(this.duration > 0 ? Math.min(1, this.time / this.duration) : 0);
  readonly #index = $derived(this.queue.findIndex((item) => item.key === this.current?.key));
  #audio: HTMLAudioElement | null = null;
  #frame = 0;
  /** What lies open in the element before anything was played; null when there is nothing. */
  #armed: string | null = null;
  /** Whether the decoded form of the current sound is what plays. */
  #decoded = false;

  /** How much higher than it is what plays was made: it runs as much faster then. */
  #raisedBy = 1;
  /** Keys of what was played of this queue, latest last; for shuffling. */
  #before = $state.raw<string[]>([]);
  #kept = 0;

  readonly preferences: Preferences;
  readonly #plays: PlayCounter;
  readonly #nearby = new Nearby();
  readonly #positions = new Positions();
  readonly #boost = new Boost();

  /** @param onPlayed told when somebody listened to a sound of the library */
  constructor(preferences: Preferences, onPlayed: (soundId: string) => void) {
    this.preferences = preferences;
    this.#plays = new PlayCounter(onPlayed);

    const saved = Number(recall('volume') ?? '1');
    if (saved >= 0 && saved <= 1) this.volume = saved;
  }

  /** Takes over the page's audio element; the answer gives it back. */
  attach = (audio: HTMLAudioElement): (() => void) => {
    this.#audio = audio;
    audio.volume = this.volume;
    const on = (name: keyof HTMLMediaElementEventMap, handle: () => void): void => {
      audio.addEventListener(name, handle);
    };
    on('play', () => this.#follow(true));
    on('pause', () => this.#follow(false));
    on('ended', () => {
      this.#plays.ended();
      this.#keepPosition();
      this.#follow(false);
      this.#goOn();
    });
    on('timeupdate', () => {
      this.#plays.moved(this.#position, this.duration);
      if (Math.abs(this.time - this.#kept) > 5) this.#keepPosition();
    });
    on('waiting', () => (this.waiting = true));
    on('playing', () => (this.waiting = false));
    on('seeked', () => (this.time = this.#position));
    on('durationchange', () => {
      if (this.current && Number.isFinite(audio.duration)) this.duration = audio.duration * this.#raisedBy;
    });
    on('loadedmetadata', () => this.#applySpeed());
    on('error', () => this.#recover(audio));
    this.#mediaKeys();
    return () => {
      cancelAnimationFrame(this.#frame);
      audio.pause();
      this.#boost.close();
      this.#audio = null;
    };
  };

  isCurrent(key: string): boolean {
    return this.current?.key === key;
  }

  /** Plays from the best match unless told where; the same thing again pauses and goes on. */
  toggle(item: Playable, queue: Playable[] = [item]): void {
    if (this.isCurrent(item.key) && !this.failed) {
      // The list that it was made of does not undo what was moved in it.
      if (!sameSounds(queue, this.#list)) this.#take(queue);
      this.togglePlaying();
    } else this.play(item, queue);
  }

  play(
    item: Playable,
    queue: Playable[] = [item],
    startS = item.matches[0]?.startS ?? this.#positions.of(item.key),
  ): void {
    const audio = this.#audio;
    if (!audio) return;
    if (queue.length !== this.queue.length || queue[0]?.key !== this.queue[0]?.key) {
      this.#goesOn = false;
      this.#before = [];
    }
    if (queue !== this.queue) this.#take(queue);
    this.#before = [...this.#before.filter((key) => key !== item.key), item.key];
    const same = this.current?.key === item.key && !this.failed;
    const speed = this.speedOf(item.key);
    if (!same) this.#keepPosition();
    this.current = item;
    this.#applyVolume();
    this.failed = false;
    this.time = startS;
    if (!same) {
      this.loop = null;
      this.duration = item.durationS ?? 0;
      this.speed = speed;
      this.#chosenSpeed = null;
      this.#plays.begin(item.soundId, startS);
      this.#load(audio, item, startS);
    } else {
      this.#seekTo(startS);
      this.#start();
    }
    this.#announce(item);
    this.#warmAround(item);
  }

  #take(queue: Playable[]): void {
    this.queue = queue;
    this.#list = queue;
  }

  /** @param to the place in the queue that it has then */
  moveInQueue(key: string, to: number): void {
    const item = this.queue.find((one) => one.key === key);
    if (!item) return;
    this.queue = this.queue.filter((one) => one !== item).toSpliced(to, 0, item);
  }

  /** Takes these out of the queue, never what plays. @returns the way back, while it is the same queue */
  takeFromQueue(keys: readonly string[]): () => void {
    const [before, list] = [this.queue, this.#list];
    this.queue = before.filter(({ key }) => this.isCurrent(key) || !keys.includes(key));
    const after = this.queue;
    return () => {
      if (this.queue === after) this.queue = before;
      else if (this.#list === list) this.queue = [...this.queue, ...before.filter((one) => !this.queue.includes(one))];
    };
  }

  /** Puts the sound into the element, tuned to the session where that is wanted, and starts it. */
  #load(audio: HTMLAudioElement, item: Playable, startS: number): void {
    this.#decoded = false;
    this.tuning = this.preferences.tuned ? this.#fitting(item) : AS_IT_IS;
    const ratio = 2 ** (this.tuning.semitones / 12);
    const begin = (src: string, raisedBy: number): void => {
      this.#raisedBy = raisedBy;
      const open = this.#armed === src && !audio.error;
      this.#armed = null;
      if (!open) audio.src = src;
      this.#applySpeed();
      if (!open || startS > 0) this.#seekTo(startS);
      this.#start();
    };
    if (ratio === 1) return begin(this.#nearby.urlOf(item.key) ?? item.src, 1);
    audio.pause();
    void this.#nearby.raised(item, ratio).then((url) => {
      if (this.current !== item) return;
      if (!url) this.tuning = { ...this.tuning, semitones: 0 };
      begin(url ?? item.src, url ? ratio : 1);
    });
  }

  #fitting(item: Playable): Tuning {
    const { sessionBpm: bpm, sessionKey: key } = this.preferences;
    return tuningFor({ ...item, key: item.musicalKey }, { bpm, key });
  }

  /** Hears the current sound as the preferences say now. */
  retune(): void {
    const { current, playing } = this;
    const audio = this.#audio;
    if (!current || !audio) return;
    this.#load(audio, current, this.time);
    if (!playing) audio.pause();
  }

  /** How fast a sound is heard, or will be. */
  speedOf(key: string): number {
    if (this.isCurrent(key)) return this.speed;
    return this.#chosenSpeed?.key === key ? this.#chosenSpeed.speed : this.#positions.speedOf(key);
  }

  /** Of this sound: of one that does not play yet, for when it does. */
  setSpeed(key: string, speed: number): void {
    const within = Math.min(3, Math.max(0.5, speed));
    if (!this.isCurrent(key)) {
      this.#chosenSpeed = { key, speed: within };
      return;
    }
    this.speed = within;
    this.#applySpeed();
    this.#keepPosition();
  }

  #applySpeed(): void {
    if (!this.#audio) return;
    this.#audio.preservesPitch = true;
    this.#audio.playbackRate = (this.speed * this.tuning.rate) / this.#raisedBy;
  }

  /** Fetches what a key press may ask for next. */
  #warmAround(item: Playable): void {
    const at = this.queue.findIndex(({ key }) => key === item.key);
    const around = [at + 1, at - 1, at + 2].flatMap((i) => this.queue[i] ?? []);
    // The current one comes first, and must not wait.
    setTimeout(() => this.#nearby.warm(around), 150);
  }

  /** Fetches the first sounds of a list that may be played. */
  prepare(items: readonly Playable[]): void {
    this.#nearby.warm(items);
    const [first] = items;
    if (first) void this.#nearby.fetched(first.key).then((url) => url && this.#arm(url));
  }

  /** Opens what will be played first, so that the key finds a decoder that is ready. */
  #arm(src: string): void {
    const audio = this.#audio;
    if (!audio || this.current || this.preferences.tuned || this.#armed === src) return;
    this.#armed = src;
    audio.src = src;
  }

  get #position(): number {
    return (this.#audio?.currentTime ?? 0) * this.#raisedBy;
  }

  #seekTo(seconds: number): void {
    if (this.#audio) this.#audio.currentTime = seconds / this.#raisedBy;
  }

  /** Remembers where the current sound is. */
  #keepPosition(): void {
    const { current } = this;
    this.#kept = this.time;
    if (current) this.#positions.keep(current.key, this.time, this.duration, this.speed);
  }

  /** Plays these one after another. */
  playAll(queue: Playable[]): void {
    const [first] = queue;
    if (!first) return;
    this.play(first, queue, 0);
    this.#goesOn = true;
  }

  /** Puts forward what {@link press} plays where nothing else does, until the returned function is called. */
  offer(item: Playable, queue: Playable[]): () => void {
    const offered = { item, queue };
    this.#offered = offered;
    return () => {
      if (this.#offered === offered) this.#offered = null;
    };
  }

  /** Whether {@link press} would do something. */
  get ready(): boolean {
    return this.current !== null || this.#offered !== null;
  }

  /** Stops what plays; else plays what the page is about, or goes on. */
  press(): void {
    if (this.#offered && !this.playing) this.toggle(this.#offered.item, this.#offered.queue);
    else this.togglePlaying();
  }

  togglePlaying(): void {
    const audio = this.#audio;
    if (!audio || !this.current) return;
    if (audio.paused) {
      if (audio.ended) this.#seekTo(this.loop?.startS ?? 0);
      this.#start();
    } else audio.pause();
  }

  seek(seconds: number): void {
    const audio = this.#audio;
    if (!audio || !this.current) return;
    const target = Math.min(Math.max(0, seconds), this.duration || seconds);
    if (this.loop && (target < this.loop.startS || target > this.loop.endS)) this.loop = null;
    this.#seekTo(target);
    this.time = target;
  }

  seekBy(seconds: number): void {
    this.seek(this.time + seconds);
  }

  next(): void {
    const item = this.#following();
    if (item) this.play(item, this.queue);
  }

  previous(): void {
    const last = this.#before.at(-2);
    const item = this.preferences.shuffle ? this.queue.find(({ key }) => key === last) : this.queue[this.#index - 1];
    if (this.time > 3 || !item) return this.seek(0);
    if (this.preferences.shuffle) this.#before = this.#before.slice(0, -2);
    this.play(item, this.queue);
  }

  get hasNext(): boolean {
    return this.#index >= 0 && (this.#index < this.queue.length - 1 || (this.#roams && this.queue.length > 1));
  }

  get hasPrevious(): boolean {
    return this.#index > 0 || (this.preferences.shuffle && this.#before.length > 1);
  }

  /** Whether something follows the last of the queue. */
  get #roams(): boolean {
    return this.preferences.shuffle || this.preferences.repeat === 'all';
  }

  #following(): Playable | undefined {
    if (!this.hasNext) return undefined;
    if (!this.preferences.shuffle) return this.queue[(this.#index + 1) % this.queue.length];
    const fresh = this.queue.filter(({ key }) => !this.#before.includes(key));
    if (fresh.length === 0 && this.preferences.repeat !== 'all') return undefined;
    const others = fresh.length > 0 ? fresh : this.queue.filter(({ key }) => !this.isCurrent(key));
    return others[Math.floor(Math.random() * others.length)];
  }

  /** What follows the end of a sound. */
  #goOn(): void {
    if (this.preferences.repeat === 'one') this.togglePlaying();
    else if (this.#goesOn || this.preferences.advance) {
      const goesOn = this.#goesOn;
      this.next();
      this.#goesOn = goesOn;
    }
  }

  /** How much louder than it is the current sound is played, dB. */
  get levelledDb(): number {
    return this.current && this.preferences.levelled ? levelDb(this.current) : 0;
  }

  setVolume(volume: number): void {
    this.volume = Math.min(1, Math.max(0, volume));
    this.muted = false;
    remember('volume', String(this.volume));
    this.#applyVolume();
  }

  /** Plays the current sound as loud as the preferences say now. */
  level(): void {
    this.#applyVolume();
  }

  toggleMuted(): void {
    this.muted = !this.muted;
    this.#applyVolume();
  }

  setLoop(region: Region | null): void {
    this.loop = region;
    if (region && (this.time < region.startS || this.time >= region.endS)) {
      this.time = region.startS;
      this.#seekTo(region.startS);
    }
  }

  /** Stops and forgets, e.g. when the sound was deleted. */
  close(key?: string): void {
    if (key !== undefined && !this.isCurrent(key)) return;
    this.#keepPosition();
    this.#audio?.pause();
    this.#audio?.removeAttribute('src');
    this.#audio?.load();
    this.#armed = null;
    this.current = null;
    this.#take([]);
    this.loop = null;
    this.time = 0;
    this.failed = false;
  }

  /** A format that this browser does not know is asked for once more, decoded by the server. */
  #recover(audio: HTMLAudioElement): void {
    const { current } = this;
    if (!current) return;
    if (current.fallbackSrc && !this.#decoded) {
      const startS = this.time;
      this.#decoded = true;
      this.#raisedBy = 1;
      audio.src = current.fallbackSrc;
      this.#seekTo(startS);
      this.#start();
      return;
    }
    this.failed = true;
    this.waiting = false;
    this.playing = false;
  }

  #start(): void {
    // A refused start (a new one came first, or the format is unknown) shows through the pause and error events.
    this.#boost.wake();
    this.#audio?.play().catch(() => undefined);
  }

  #applyVolume(): void {
    if (!this.#audio) return;
    const wanted = this.volume * 10 ** (this.levelledDb / 20);
    this.#audio.volume = Math.min(1, wanted);
    // What an element cannot: louder than its file. Peaks stay below full scale.
    this.#boost.set(this.#audio, Math.max(1, wanted));
    this.#audio.muted = this.muted;
  }

  #follow(playing: boolean): void {
    this.playing = playing;
    if (!playing) this.waiting = false;
    cancelAnimationFrame(this.#frame);
    if ('mediaSession' in navigator) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
    const tick = (): void => {
      const audio = this.#audio;
      if (!audio) return;
      if (this.loop && this.#position >= this.loop.endS) this.#seekTo(this.loop.startS);
      this.time = this.#position;
      if (!audio.paused) this.#frame = requestAnimationFrame(tick);
    };
    tick();
  }

  #announce(item: Playable): void {
    if (!('mediaSession' in navigator)) return;
    const artwork = item.cover ? [{ src: item.cover.large, sizes: '400x400', type: 'image/jpeg' }] : [];
    navigator.mediaSession.metadata = new MediaMetadata({ title: item.title, artist: item.subtitle, artwork });
  }

  #mediaKeys(): void {
    if (!('mediaSession' in navigator)) return;
    const keys: [MediaSessionAction, MediaSessionActionHandler][] = [
      ['play', () => this.togglePlaying()],
      ['pause', () => this.togglePlaying()],
      ['nexttrack', () => this.next()],
      ['previoustrack', () => this.previous()],
      ['seekbackward', () => this.seekBy(-5)],
      ['seekforward', () => this.seekBy(5)],
      ['seekto', (details) => this.seek(details.seekTime ?? 0)],
    ];
    for (const [action, handle] of keys) navigator.mediaSession.setActionHandler(action, handle);
  }
}

const sameSounds = (a: readonly Playable[], b: readonly Playable[]): boolean =>
  a.length === b.length && a.every(({ key }, place) => key === b[place]?.key);
