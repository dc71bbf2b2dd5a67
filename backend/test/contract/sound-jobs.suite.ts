import { beforeEach, describe, expect, it } from 'vitest';
import { SqlJobRepository } from '../../src/adapters/sql/index.js';
import { ANALYSIS_VERSION, NOTHING_HEARD } from '../../src/domain/analysis/analysis.types.js';
import { type FileTags, type NewSound } from '../../src/domain/library/library.types.js';
import { because, state } from '../../src/domain/reasons.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `JobRepository` and `AnalysisRepository` does. */
export function soundJobSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let source: Library['source'];
  let analyses: Library['analyses'];
  beforeEach(() => ({ sounds, jobs, source, analyses } = library));

  const accept = async (
    filename: string,
    over: Partial<NewSound> = {},
  ): Promise<{ soundId: string; jobId: string }> => {
    const outcome = await jobs.accept(newSound(filename, over));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    return { soundId: outcome.job.soundId, jobId: outcome.job.id };
  };

  /** A sound as it is after its job went through. */
  const ready = async (
    filename: string,
    fileTags: Partial<FileTags> = {},
    over: Partial<NewSound> = {},
    vectors = [unit([1, 0])],
  ): Promise<string> => {
    const { soundId, jobId } = await accept(filename, over);
    await jobs.start(jobId);
    expect(await jobs.complete(jobId, processed(segmentsFrom(vectors), { fileTags }))).toBe(true);
    return soundId;
  };

  describe('jobs', () => {
    it('accept makes a sound with a queued job, once per content', async () => {
      const sound = newSound('rain.wav');
      const first = await jobs.accept(sound);
      expect(first).toMatchObject({
        kind: 'accepted',
        job: { soundId: sound.id, generation: 1, state: 'queued', progress: 0 },
      });
      expect(await jobs.accept(newSound('copy.wav', { sha256: sound.sha256 }))).toEqual({
        kind: 'duplicate',
        soundId: sound.id,
      });
      expect(await sounds.findBySha256(sound.sha256)).toMatchObject({
        id: sound.id,
        status: 'processing',
        sizeBytes: 1000,
      });
      expect(await jobs.unfinished()).toHaveLength(1);
    });

    it('goes from queued over active to completed and makes the sound ready', async () => {
      const { soundId, jobId } = await accept('rain.wav');
      expect(await jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 1 });
      await jobs.progress(jobId, 'embedding', 0.5);
      expect(await jobs.get(jobId)).toMatchObject({ stage: 'embedding', progress: 0.5 });
      const result = processed(segmentsFrom([unit([1, 0]), unit([0, 1])]), {
        durationS: 12.5,
        fileTags: { title: 'Rain', keywords: ['Weather', 'weather', ' '] },
      });
      expect(await jobs.complete(jobId, result)).toBe(true);
      expect(await jobs.get(jobId)).toMatchObject({ state: 'completed', stage: 'done', progress: 1 });
      expect((await jobs.get(jobId))?.finishedAt).not.toBeNull();
      expect(await sounds.get(soundId)).toMatchObject({
        status: 'ready',
        title: 'Rain',
        durationS: 12.5,
        sampleRateHz: 48_000,
        tags: [{ name: 'Weather', score: null, source: 'file' }],
      });
      expect([...(await sounds.peaks(soundId))!.minMax]).toEqual([-5, 5, -127, 127]);
      expect(await jobs.unfinished()).toEqual([]);
      expect(await jobs.counts()).toEqual({ queued: 0, active: 0, completed: 1, failed: 0 });
    });

    it('counts attempts and goes back to the queue after a transient failure', async () => {
      const { jobId } = await accept('rain.wav');
      await jobs.start(jobId);
      await jobs.retryLater(jobId, 'The disk was busy.');
      expect(await jobs.get(jobId)).toMatchObject({ state: 'queued', error: 'The disk was busy.', attempts: 1 });
      expect(await jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 2, error: null });
    });

    it('starts an interrupted job again, but not one that has ended', async () => {
      const { jobId } = await accept('rain.wav');
      await jobs.start(jobId);
      expect(await jobs.start(jobId)).toMatchObject({ attempts: 2 });
      await jobs.fail(jobId, 'Not a sound.');
      expect(await jobs.start(jobId)).toBeNull();
      expect(await jobs.start('ingest-unknown-1')).toBeNull();
    });

    it('cancelling a second run leaves the sound as it was, a first run leaves it failed', async () => {
      const soundId = await ready('a.wav');
      const again = (await jobs.restart(soundId))!;
      await jobs.start(again.id);
      await jobs.cancel(again.id);
      expect(await jobs.get(again.id)).toMatchObject({ state: 'failed', error: state(because('job_cancelled')) });
      expect(await sounds.get(soundId)).toMatchObject({ status: 'ready', error: null });
      const { soundId: firstTime, jobId } = await accept('b.wav');
      await jobs.cancel(jobId);
      expect(await sounds.get(firstTime)).toMatchObject({ status: 'failed', error: state(because('job_cancelled')) });
    });

    it('fail marks the sound with the reason', async () => {
      const { soundId, jobId } = await accept('rain.wav');
      await jobs.start(jobId);
      await jobs.fail(jobId, 'Not a sound.');
      expect(await sounds.get(soundId)).toMatchObject({ status: 'failed', error: 'Not a sound.' });
      expect(await sounds.counts()).toMatchObject({ total: 1, failed: 1, ready: 0 });
    });

    it('writes nothing for a job that a newer one replaced, that has completed or whose sound is gone', async () => {
      const soundId = await ready('rain.wav');
      const second = (await jobs.restart(soundId))!;
      const third = (await jobs.restart(soundId))!;
      expect(third.generation).toBe(3);
      expect((await jobs.unfinished()).map((job) => job.id)).toEqual([third.id]);
      const late = processed(segmentsFrom([unit([0, 1]), unit([1, 1])]), { fileTags: { title: 'Late' } });
      expect(await jobs.start(second.id)).toBeNull();
      expect(await jobs.complete(second.id, late)).toBe(false);
      await jobs.fail(second.id, 'late failure');
      expect(await sounds.get(soundId)).toMatchObject({ status: 'processing', title: null, error: null });
      expect(await source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(1);
      await jobs.start(third.id);
      expect(await jobs.complete(third.id, late)).toBe(true);
      expect(await jobs.complete(third.id, processed([]))).toBe(false);
      expect(await source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(2);
      await library.erase(soundId);
      expect(await jobs.complete(third.id, late)).toBe(false);
      expect(await jobs.get(third.id)).toBeNull();
      expect(await jobs.restart(soundId)).toBeNull();
    });

    it('replaces the segments of other models and tells which sounds lack one', async () => {
      const soundId = await ready('rain.wav');
      expect(await jobs.soundsWithoutModel(MODEL_KEY)).toEqual([]);
      expect(await jobs.soundsWithoutModel('next-model')).toEqual([soundId]);
      const job = (await jobs.restart(soundId))!;
      await jobs.start(job.id);
      await jobs.complete(job.id, processed(segmentsFrom([unit([0, 1])]), { modelKey: 'next-model' }));
      expect(await source.segmentCount(MODEL_KEY)).toBe(0);
      expect(await source.segmentCount('next-model')).toBe(1);
    });

    it('starts sounds anew that a model does not know, once, however many processes ask for it', async () => {
      const soundId = await ready('rain.wav', {});
      const other = new SqlJobRepository(await library.another());
      expect(await jobs.restartWithoutModel(MODEL_KEY)).toBe(0);
      expect([await jobs.restartWithoutModel('next-model'), await other.restartWithoutModel('next-model')]).toEqual([
        1, 0,
      ]);
      expect(await jobs.historyOf(soundId)).toHaveLength(2);
      expect((await jobs.unfinished()).map((job) => job.soundId)).toEqual([soundId]);
    });

    it('keeps what a person has set when the file is processed anew', async () => {
      const soundId = await ready('rain.wav', { title: 'From file', artist: 'File artist', keywords: ['file tag'] });
      await sounds.update(soundId, { title: 'Mine', genre: 'Ambient', tags: ['my tag'] });
      const job = (await jobs.restart(soundId))!;
      await jobs.start(job.id);
      const fileTags = { title: 'Other', artist: 'Other artist', genre: 'Noise', keywords: ['other tag'] };
      await jobs.complete(job.id, processed([], { fileTags }));
      const sound = (await sounds.get(soundId))!;
      expect(sound).toMatchObject({ title: 'Mine', genre: 'Ambient', artist: 'Other artist' });
      expect(sound.tags.map((tag) => `${tag.source}:${tag.name}`)).toEqual(['user:my tag', 'file:other tag']);
    });
  });

  describe('tempo and key', () => {
    const heard = { tempo: { bpm: 97, confidence: 0.95 }, key: { key: 'Em', confidence: 0.8 } };
    const facts = async (id: string) => {
      const { bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence } = (await sounds.get(id))!;
      return [bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence];
    };
    const process = async (id: string, jobId: string, fileTags: Partial<FileTags>): Promise<string> => {
      await jobs.start(jobId);
      await jobs.complete(jobId, processed([], { fileTags, analysis: heard }));
      return id;
    };

    it('are what a person says, else what the file says, else what was heard', async () => {
      const { soundId, jobId } = await accept('loop.wav');
      await process(soundId, jobId, { key: 'C' });
      expect(await facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
      await sounds.update(soundId, { title: 'Loop' });
      expect(await facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
      await sounds.update(soundId, { bpm: 98, key: null });
      expect(await facts(soundId)).toEqual([98, 'user', null, null, null, null]);
      await process(soundId, (await jobs.restart(soundId))!.id, { bpm: 120, key: 'D' });
      expect(await facts(soundId)).toEqual([98, 'user', null, null, null, null]);
    });

    it('are heard later in sounds from before, once, and never over what is known', async () => {
      const old = await ready('old.wav', { bpm: 90 }, { channels: 1 });
      await library.storage.db.updateTable('sounds').set({ analysis_version: null }).execute();
      const waiting = (await accept('waiting.wav')).soundId;
      expect(await analyses.pending(1, 10)).toEqual([old]);
      expect(await analyses.save(old, { ...NOTHING_HEARD, version: 1, ...heard }, null)).toBe(true);
      expect(await facts(old)).toEqual([90, 'tag', null, 'Em', 'estimated', 0.8]);
      expect(await analyses.pending(1, 10)).toEqual([]);
      expect(await analyses.pending(2, 10)).toEqual([old]);
      expect(await analyses.save(old, { ...NOTHING_HEARD, version: 2, tempo: heard.tempo }, null)).toBe(true);
      expect(await facts(old)).toEqual([90, 'tag', null, null, null, null]);
      expect(await analyses.save(waiting, { ...NOTHING_HEARD, version: 1, ...heard }, null)).toBe(false);
    });

    it('say of which sounds the file is to be asked for bits, once', async () => {
      const old = await ready('old.wv', {}, { codec: 'wavpack', channels: 1, bitsPerSample: null });
      await ready('lossy.mp3', {}, { codec: 'mp3', channels: 1, bitsPerSample: null });
      expect(await analyses.pending(ANALYSIS_VERSION, 10)).toEqual([old]);
      const wanted = { analysis: false, hearing: false, bits: true, recorded: false };
      expect(await analyses.wants(old, ANALYSIS_VERSION)).toEqual(wanted);
      await analyses.keepSaid(old, { bitsPerSample: 24, recorded: '2019' });
      await analyses.keepSaid(old, { bitsPerSample: null, recorded: null });
      expect(await sounds.get(old)).toMatchObject({ bitsPerSample: 24, recorded: null });
      expect(await analyses.pending(ANALYSIS_VERSION, 10)).toEqual([]);
    });

    it('come with what else is told from the sound, and what was measured once stays where it is not measured again', async () => {
      const { soundId, jobId } = await accept('loop.wav');
      await jobs.start(jobId);
      const loudness = { lufs: -14.5, peakDb: -0.2 };
      await jobs.complete(jobId, processed([], { analysis: { kind: 'loop', brightnessHz: 2400 }, loudness }));
      expect(await sounds.get(soundId)).toMatchObject({
        kind: 'loop',
        loudnessLufs: -14.5,
        peakDb: -0.2,
        brightnessHz: 2400,
      });
      const again = { ...NOTHING_HEARD, version: 4, kind: 'one-shot' as const, brightnessHz: 900 };
      expect(await analyses.save(soundId, again, null)).toBe(true);
      expect(await sounds.get(soundId)).toMatchObject({ kind: 'one-shot', loudnessLufs: -14.5, brightnessHz: 900 });
    });
  });
}
