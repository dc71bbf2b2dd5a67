import { recall, remember } from './storage';

export type Repeat = 'off' | 'one' | 'all';
const REPEATS: readonly Repeat[] = ['off', 'one', 'all'];

/** How a person wants to listen; kept in this browser. */
export class Preferences {
  /** Moving through a list plays what is reached. */
  playOnMove = $state(recall('play-on-move') !== 'no');
  /** The next of the list follows by itself. */
  advance = $state(recall('advance') === 'yes');
  /** All sounds are played about as loud. */
  levelled = $state(recall('levelled') !== 'no');
  shuffle = $state(recall('shuffle') === 'yes');
  repeat = $state<Repeat>(REPEATS.find((name) => name === recall('repeat')) ?? 'off');
  sessionBpm = $state<number | null>(tempo(recall('session-bpm')));
  sessionKey = $state<string | null>(recall('session-key') || null);
  /** Whether loops are heard in the tempo and key of the session. */
  tuned = $state(recall('tuned') === 'yes');

  set(name: 'playOnMove' | 'advance' | 'levelled' | 'shuffle' | 'tuned', on: boolean): void {
    this[name] = on;
    remember(name === 'playOnMove' ? 'play-on-move' : name, on ? 'yes' : 'no');
  }

  setRepeat(repeat: Repeat): void {
    this.repeat = repeat;
    remember('repeat', repeat);
  }

  setSession(bpm: number | null, key: string | null): void {
    this.sessionBpm = bpm;
    this.sessionKey = key;
    remember('session-bpm', String(bpm ?? ''));
    remember('session-key', key ?? '');
  }
}

function tempo(text: string | null): number | null {
  const bpm = Number(text);
  return bpm >= 20 && bpm <= 400 ? bpm : null;
}
