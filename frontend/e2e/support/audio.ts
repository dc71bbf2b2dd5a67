import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Real audio files that ffmpeg makes, by what they are. */
export interface TestAudio {
  /** Three seconds of a plain tone. */
  tone: string;
  /** Three seconds of white noise. */
  noise: string;
  /** Other white noise, as MP3: to search with. */
  otherNoise: string;
  /** Forty seconds in stereo: quiet hum with four seconds of loud noise, on the left, in the middle. */
  long: string;
  /** Short clicks in a steady beat. */
  clicks: string;
  /** Text with an audio file's name. */
  fake: string;
}

const ffmpeg = (...args: string[]): void => {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);
};

export function makeAudio(directory: string): TestAudio {
  const at = (name: string): string => path.join(directory, name);
  const source = (filter: string, name: string, ...more: string[]): string => {
    ffmpeg('-f', 'lavfi', '-i', filter, ...more, at(name));
    return at(name);
  };
  writeFileSync(at('shopping-list.mp3'), 'milk, bread, and no audio at all\n'.repeat(40));
  return {
    tone: source('sine=frequency=440:duration=3', 'evening bell.wav'),
    noise: source('anoisesrc=duration=3:color=white:amplitude=0.5:seed=1', 'hiss of the sea.wav'),
    otherNoise: source('anoisesrc=duration=2.5:color=white:amplitude=0.4:seed=7', 'unnamed.mp3'),
    long: source(
      "aevalsrc='0.02*sin(2*PI*90*t)+if(between(t,20,24),0.6*(random(0)-0.5),0)|0.01*sin(2*PI*90*t)':d=40:s=32000",
      'long night.flac',
      ...['-sample_fmt', 's16'],
    ),
    clicks: source("aevalsrc='if(lt(mod(t,0.5),0.01),0.8*sin(2*PI*1800*t),0)':d=4:s=44100", 'clock on the wall.ogg'),
    fake: at('shopping-list.mp3'),
  };
}

export const bytesOf = (file: string): Buffer => {
  if (!existsSync(file)) throw new Error(`${path.basename(file)} was not made`);
  return readFileSync(file);
};
