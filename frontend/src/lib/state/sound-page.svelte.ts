import type { Api } from '$lib/api/api';
import type { AspectWeights, Job, SearchResult, Sound } from '$lib/api/types';
import { changedIn } from './search.svelte';

const SIMILAR = 10;

/** One sound as its page shows it. */
export class SoundPage {
  sound = $state.raw<Sound | null>(null);
  similar = $state.raw<SearchResult[] | null>(null);
  /** What the similar ones are alike in. */
  aspects = $state.raw<AspectWeights>({});
  job = $state.raw<Job | null>(null);
  error = $state.raw<unknown>(null);
  similarError = $state.raw<unknown>(null);
  #id = '';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async open(id: string): Promise<void> {
    if (id !== this.#id) {
      this.sound = null;
      this.similar = null;
      this.aspects = {};
      this.job = null;
    }
    this.#id = id;
    this.error = null;
    try {
      const sound = await this.#api.sound(id);
      if (id !== this.#id) return;
      this.sound = sound;
      if (sound.status === 'ready') await this.loadSimilar();
    } catch (error) {
      if (id === this.#id) this.error = error;
    }
  }

  async loadSimilar(): Promise<void> {
    const [id, aspects] = [this.#id, this.aspects];
    const wanted = (): boolean => id === this.#id && aspects === this.aspects;
    this.similarError = null;
    try {
      const answer = await this.#api.similar(id, SIMILAR, aspects);
      if (wanted()) this.similar = answer.results;
    } catch (error) {
      if (wanted()) this.similarError = error;
    }
  }

  async compareBy(aspects: AspectWeights): Promise<void> {
    this.aspects = aspects;
    await this.loadSimilar();
  }

  /** @throws what the call throws */
  async reprocess(): Promise<void> {
    const sound = this.sound;
    if (!sound) return;
    await this.#api.reprocess([sound.id]);
    this.sound = { ...sound, status: 'processing', error: null };
  }

  async follow(job: Job): Promise<void> {
    if (job.soundId !== this.#id) return;
    const ended = job.state === 'completed' || job.state === 'failed';
    this.job = ended ? null : job;
    if (ended) await this.open(job.soundId);
  }

  /** Shows a change of this sound, or of those like it, at once. */
  apply(ids: ReadonlySet<string>, change: (sound: Sound) => Sound): void {
    if (this.sound && ids.has(this.sound.id)) this.sound = change(this.sound);
    if (this.similar) this.similar = changedIn(this.similar, ids, change);
  }

  /** Fetches the sound anew when it is this one. */
  async refresh(soundId: string): Promise<void> {
    if (soundId !== this.#id) return;
    try {
      const sound = await this.#api.sound(soundId);
      if (soundId === this.#id) this.sound = sound;
    } catch {
      // What is shown stays; the connection banner tells of a server that is gone.
    }
  }
}
