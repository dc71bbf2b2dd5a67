import type { AudioDecoder, AudioEmbedder } from '../ingest/ingest.ports.js';
import type { Segment } from '../ingest/ingest.types.js';
import type { AudioStore } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';

export interface RefinerParts {
  store: Pick<AudioStore, 'withLocalFile'>;
  decoder: AudioDecoder;
  /** The embedder is started when it is first needed. */
  audio: () => Promise<AudioEmbedder>;
}

type Stored = Pick<Sound, 'sha256'> & Partial<Pick<Sound, 'hearing'>>;
type Heard = Pick<Segment, 'startS' | 'endS' | 'vector'>[];

/** Fine enough to tell words and hits apart, long enough for the model to know what it hears. */
const WINDOW_S = 2.5;
/** Longer moments are the sound as a whole: there is no one place in them to point at. */
const LONGEST_S = 60;
/** Stretches to remember; one of 20 seconds takes 15 windows, some 15 KB. */
const REMEMBERED = 200;

/** Listens to a stretch of a stored sound again, in windows shorter than those of the index. */
export class MomentRefiner {
  private readonly heard = new Map<string, Promise<Heard>>();

  constructor(private readonly parts: RefinerParts) {}

  /** Nothing for a model that hears whole windows only, for long stretches, and for silence. */
  async listen(sound: Stored, stretch: { startS: number; endS: number }): Promise<Heard> {
    if (stretch.endS - stretch.startS > LONGEST_S) return [];
    const embedder = await this.parts.audio();
    if (!embedder.info.hearsShort || embedder.info.windowS <= WINDOW_S) return [];
    const key = `${sound.sha256} ${stretch.startS} ${stretch.endS}`;
    const heard = this.heard.get(key) ?? this.embed(embedder, sound, stretch);
    this.remember(key, heard);
    return heard;
  }

  private async embed(
    embedder: AudioEmbedder,
    { sha256, hearing }: Stored,
    part: { startS: number; endS: number },
  ): Promise<Heard> {
    const { store, decoder } = this.parts;
    const { sampleRateHz } = embedder.info;
    return store.withLocalFile(sha256, async (path) => {
      const options = { sampleRateHz, maxDurationS: Infinity, part, hearing: hearing ?? null };
      const samples = decoder.decode(path, options);
      const heard: Heard = [];
      for await (const { startS, endS, vector } of embedder.embedStream(samples, undefined, WINDOW_S)) {
        heard.push({ startS: part.startS + startS, endS: Math.min(part.endS, part.startS + endS), vector });
      }
      return heard;
    });
  }

  private remember(key: string, heard: Promise<Heard>): void {
    this.heard.delete(key);
    this.heard.set(key, heard);
    heard.catch(() => this.heard.delete(key));
    const [oldest] = this.heard.keys();
    if (this.heard.size > REMEMBERED && oldest !== undefined) this.heard.delete(oldest);
  }
}
