import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { SqlAnalysisRepository, SqlCopyRepository, storageOver } from '../../src/adapters/sql/index.js';
import { createSoundAnalyzer } from '../../src/audio/analysis/sound-analyzer.js';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { AnalyseService } from '../../src/domain/analysis/analyse.service.js';
import { analysisJobId } from '../../src/domain/analysis/analysis.types.js';
import { CopiesService } from '../../src/domain/copies/copies.service.js';
import { temporaryFolder } from '../contract/fixtures.js';
import { ffmpeg, silentLog } from './ingest-fixtures.js';
import { firstAttempt, Pipeline } from './ingest-pipeline.js';
import { erase } from '../support/erase.js';
import { MemoryEvents } from '../support/memory-events.js';
import { forAll } from '../support/viewers.js';

let folder: ReturnType<typeof temporaryFolder>;
let pipeline: Pipeline;
let copies: CopiesService;
const ids: Record<string, string> = {};

/** Notes of a made-up melody, two a second: `seed` chooses them. */
const melody = (seed: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `aevalsrc='0.3*pow(sin(2*PI*mod(t,0.5)),2)*(sin(2*PI*t*(200+mod(${seed}*97*(1+floor(t*2)),31)*20))+0.5*sin(2*PI*t*(900+mod(${seed}*53*(1+floor(t*2)),17)*60)))':d=5:s=44100`,
];

async function add(name: string): Promise<void> {
  const job = await pipeline.accept(path.join(folder.path, name));
  await pipeline.processing().run(job.id, firstAttempt());
  ids[name] = job.soundId;
}

const copiesOf = async (name: string): Promise<string[]> =>
  (await copies.copiesOf(LOCAL, ids[name]!)).items.map(({ filename }) => filename).sort();

const ALTERED: Record<string, string[]> = {
  'small.mp3': ['-b:a', '64k'],
  'vorbis.ogg': ['-c:a', 'libvorbis', '-q:a', '3'],
  'quiet.wav': ['-af', 'volume=-12dB'],
  'low-rate.wav': ['-ar', '22050'],
  'no-end.wav': ['-t', '3.6'],
  'no-start.wav': ['-ss', '1.013'],
};

beforeAll(async () => {
  folder = temporaryFolder();
  pipeline = new Pipeline(folder.path);
  copies = new CopiesService({
    copies: forAll(new SqlCopyRepository(storageOver(pipeline.db))),
    sounds: forAll(pipeline.sounds),
  });
  const at = (name: string): string => path.join(folder.path, name);
  await ffmpeg(...melody(3), at('original.flac'));
  await ffmpeg(...melody(5), at('other.flac'));
  await ffmpeg('-i', at('other.flac'), '-b:a', '96k', at('other.mp3'));
  for (const [name, options] of Object.entries(ALTERED)) await ffmpeg('-i', at('original.flac'), ...options, at(name));
  for (const name of ['small.mp3', 'other.flac', 'original.flac', 'other.mp3']) await add(name);
  for (const name of Object.keys(ALTERED).slice(1)) await add(name);
}, 120_000);

afterAll(() => {
  pipeline.close();
  folder.remove();
});

describe('copies', () => {
  it('are known when they are encoded anew, quieter, cut, or at a lower rate; another melody is none', async () => {
    expect(await copiesOf('original.flac')).toEqual(Object.keys(ALTERED).sort());
    expect(await copiesOf('vorbis.ogg')).toContain('original.flac');
    expect(await copiesOf('other.flac')).toEqual(['other.mp3']);
    expect((await copies.copiesOf(LOCAL, ids['small.mp3']!)).bestId).toBe(ids['original.flac']);
    await expect(copies.copiesOf(LOCAL, 'gone')).rejects.toThrow('gone');
  });

  it('are listed by group, best first, those first that take the most space', async () => {
    const page = await copies.duplicates(LOCAL, 10, 0);
    expect(page).toMatchObject({ total: 2, extraSounds: Object.keys(ALTERED).length + 1 });
    const [first, second] = page.groups;
    expect(first!.sounds[0]!.filename).toBe('original.flac');
    expect(first!.sounds.at(-1)!.codec).toMatch(/mp3|vorbis/);
    expect(first!.freeableBytes).toBe(first!.sounds.slice(1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(second!.sounds.map(({ filename }) => filename)).toEqual(['other.flac', 'other.mp3']);
    expect(page.freeableBytes).toBe(first!.freeableBytes + second!.freeableBytes);
    expect((await copies.duplicates(LOCAL, 1, 1)).groups).toEqual([second]);
  });

  it('stay together when a sound is heard again, also after prints were lost', async () => {
    pipeline.db.prepare('DELETE FROM prints').run();
    pipeline.db.prepare('UPDATE sounds SET copy_group = NULL, analysis_version = 1').run();
    expect(await copiesOf('other.flac')).toEqual([]);
    const analysing = new AnalyseService({
      analyses: new SqlAnalysisRepository(storageOver(pipeline.db)),
      sounds: pipeline.sounds,
      store: pipeline.store,
      decoder: new FfmpegDecoder(),
      probe: new FfmpegProbe({ maxDurationS: 3600 }),
      tags: new FileTagReader(),
      jobs: pipeline.jobs,
      notifier: { notify: () => undefined },
      createAnalyzer: createSoundAnalyzer,
      events: new MemoryEvents(),
      maxDurationS: 3600,
      logger: silentLog,
    });
    for (const id of Object.values(ids)) await analysing.run(analysisJobId(id), firstAttempt());
    expect(await copiesOf('other.flac')).toEqual(['other.mp3']);
    expect(await copiesOf('original.flac')).toEqual(Object.keys(ALTERED).sort());
  });

  it('need no promotion when the best is deleted', async () => {
    await erase(pipeline.db, ids['original.flac']!);
    expect(await copiesOf('small.mp3')).toHaveLength(Object.keys(ALTERED).length - 1);
    expect((await pipeline.sounds.get((await copies.copiesOf(LOCAL, ids['small.mp3']!)).bestId))!.codec).toBe(
      'pcm_s16le',
    );
    await erase(pipeline.db, ids['other.mp3']!);
    expect(await copiesOf('other.flac')).toEqual([]);
    expect((await copies.duplicates(LOCAL, 10, 0)).total).toBe(1);
  });
});
