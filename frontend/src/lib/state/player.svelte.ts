import type { Api } from '$lib/api/api';
import type { Match, Sound } from '$lib/api/types';
import { soundName } from '$lib/util/sound';
import { PlayCounter } from './play-counter';
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
  matches,
});

/** The one thing that makes sound. It outlives pages; components show it and tell it what to do. */
export class Player {
  current = $state.raw<Playable | null>(null);
  #offered: { item: Playable; queue: Playable[] } | null = null;
  queue = $state.raw<Playable[]>([]);
  playing = $state(false);
  waiting = $state(false);
  failed = $state(false);
  time = $state(0);
  duration = $state(0);
  volume = $state(1);
  muted = $state(false);
  loop = $state.raw<Region | null>(null);
  /** Whether the next of the queue follows by itself. */
  goesOn = $state(false);
  readonly progress = $derived(this.duration > 0 ? Math.min(1, this.time / this.duration) : 0);
  readonly #index = $derived(this.queue.findIndex((item) => item.key === this.current?.key));
  readonly hasNext = $derived(this.#index >= 0 && this.#index < this.queue.length - 1);
  readonly hasPrevious = $derived(this.#index > 0);
  #audio: HTMLAudioElement | null = null;
  #frame = 0;
  /** Whether the decoded form of the current sound is what plays. */
  #decoded = false;

  readonly #plays: PlayCounter;

  /** @param onPlayed told when somebody listened to a sound of the library */
  constructor(onPlayed: (soundId: string) => void) {
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
      this.#follow(false);
      if (this.goesOn) this.next();
    });
    on('timeupdate', () => this.#plays.moved(audio.currentTime, this.duration));
    on('waiting', () => (this.waiting = true));
    on('playing', () => (this.waiting = false));
    on('seeked', () => (this.time = audio.currentTime));
    on('durationchange', () => (this.duration = Number.isFinite(audio.duration) ? audio.duration : this.duration));
    on('error', () => this.#recover(audio));
    this.#mediaKeys();
    return () => {
      cancelAnimationFrame(this.#frame);
      audio.pause();
      this.#audio = null;
    };
  };

  isCurrent(key: string): boolean {
    return this.current?.key === key;
  }

  /** Plays from the best match unless told where; the same thing again pauses and goes on. */
  toggle(item: Playable, queue: Playable[] = [item]): void {
    if (this.isCurrent(item.key) && !this.failed) {
      this.queue = queue;
      this.togglePlaying();
    } else this.play(item, queue);
  }

  play(item: Playable, queue: Playable[] = [item], startS = item.matches[0]?.startS ?? 0): void {
    const audio = this.#audio;
    if (!audio) return;
    if (queue !== this.queue) this.goesOn = false;
    this.queue = queue;
    const same = this.current?.key === item.key && !this.failed;
    this.current = item;
    this.failed = false;
    if (!same) {
      this.loop = null;
      this.duration = item.durationS ?? 0;
      this.#decoded = false;
      audio.src = item.src;
      this.#plays.begin(item.soundId, startS);
    }
    this.time = startS;
    audio.currentTime = startS;
    this.#start();
    this.#announce(item);
  }

  /** Plays these one after another. */
  playAll(queue: Playable[]): void {
    const [first] = queue;
    if (!first) return;
    this.play(first, queue, 0);
    this.goesOn = true;
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
      if (audio.ended) audio.currentTime = this.loop?.startS ?? 0;
      this.#start();
    } else audio.pause();
  }

  seek(seconds: number): void {
    const audio = this.#audio;
    if (!audio || !this.current) return;
    const target = Math.min(Math.max(0, seconds), this.duration || seconds);
    if (this.loop && (target < this.loop.startS || target > this.loop.endS)) this.loop = null;
    audio.currentTime = target;
    this.time = target;
  }

  seekBy(seconds: number): void {
    this.seek(this.time + seconds);
  }

  next(): void {
    const item = this.queue[this.#index + 1];
    if (this.hasNext && item) this.play(item, this.queue);
  }

  previous(): void {
    const item = this.queue[this.#index - 1];
    if (this.time > 3 || !item) this.seek(0);
    else this.play(item, this.queue);
  }

  setVolume(volume: number): void {
    this.volume = Math.min(1, Math.max(0, volume));
    this.muted = false;
    remember('volume', String(this.volume));
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
      if (this.#audio) this.#audio.currentTime = region.startS;
    }
  }

  /** Stops and forgets, e.g. when the sound was deleted. */
  close(key?: string): void {
    if (key !== undefined && !this.isCurrent(key)) return;
    this.#audio?.pause();
    this.#audio?.removeAttribute('src');
    this.#audio?.load();
    this.current = null;
    this.queue = [];
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
      audio.src = current.fallbackSrc;
      audio.currentTime = startS;
      this.#start();
      return;
    }
    this.failed = true;
    this.waiting = false;
    this.playing = false;
  }

  #start(): void {
    // A refused start (a new one came first, or the format is unknown) shows through the pause and error events.
    this.#audio?.play().catch(() => undefined);
  }

  #applyVolume(): void {
    if (!this.#audio) return;
    this.#audio.volume = this.volume;
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
      if (this.loop && audio.currentTime >= this.loop.endS) audio.currentTime = this.loop.startS;
      this.time = audio.currentTime;
      if (!audio.paused) this.#frame = requestAnimationFrame(tick);
    };
    tick();
  }

  #announce(item: Playable): void {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({ title: item.title, artist: item.subtitle });
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
