import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../scripts/lib/api.mjs';
import { memoryOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  limits: { type: 'string', default: '1000,2000', help: 'megabytes that API, worker, ffmpeg and Redis have together' },
  segments: { type: 'string', default: '10000,100000', help: 'segments of the libraries that are tried' },
  clips: {
    type: 'string',
    default: '40',
    help: 'clips of 20 s that come in while one searches, besides a recording of an hour',
  },
  searches: { type: 'string', default: '60', help: 'searches, every one new, while they are processed' },
};
const READY_MS = 180_000;

/** What the whole app does under a limit of memory that the kernel enforces: too little ends a process, which is counted. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const numbers = (name) => {
    const list = values[name].split(',').map(Number);
    if (!list.every((value) => Number.isInteger(value) && value > 0))
      throw new Stop(`--${name} takes whole numbers above 0.`);
    return list;
  };
  const [[clips = 0], [searches = 0]] = [numbers('clips'), numbers('searches')];
  const rows = [];
  for (const segments of numbers('segments')) {
    await withTempDir(async (filled) => {
      await step(`Filling a library with ${segments} segments`, () => seedLibrary(filled, { segments, named: true }));
      for (const megabytes of numbers('limits')) {
        rows.push(await withTempDir((folder) => row(folder, filled, { segments, megabytes, clips, searches })));
      }
    });
  }
  const head = [
    'segments',
    'limit',
    'ready after',
    'searches p50 / p95',
    'clips and an hour in',
    'most at once',
    'killed',
  ];
  printTable('What fits into how much memory', `npm run bench -- sizing ${args.join(' ')}`.trim(), head, rows);
}

async function row(folder, filled, { segments, megabytes, clips, searches }) {
  const dataDir = path.join(folder, 'data');
  fs.cpSync(filled, dataDir, { recursive: true });
  const files = soundsIn(folder, clips);
  const group = new MemoryGroup(`traum-sizing-${process.pid}`, megabytes);
  const name = [segments.toLocaleString('en'), `${megabytes} MB`];
  try {
    return await withApp(
      dataDir,
      async ({ url, pid }) => {
        const api = new Api(url);
        const began = performance.now();
        const told = await step(`${segments} segments in ${megabytes} MB`, async () => {
          while ((await api.stats().catch(() => null))?.index.segments !== segments) {
            if (performance.now() - began > READY_MS) return null;
            await pause(100);
          }
          const readyS = (performance.now() - began) / 1000;
          const ingestBegan = performance.now();
          const ingest = (async () => {
            const uploads = [];
            for (const file of files) uploads.push(...(await api.upload([file])));
            for (const { jobId } of uploads) await api.finished(jobId);
            return (performance.now() - ingestBegan) / 1000;
          })();
          const times = [];
          for (let number = 0; number < searches; number++) {
            const at = performance.now();
            await api.search(newQuery('s', number));
            times.push(performance.now() - at);
          }
          return { readyS, times, ingestS: await ingest };
        });
        if (!told) return [...name, 'not', '', '', '', String(group.killed)];
        const peaks = memoryOf(pid).map(
          ({ name: process, peakMegabytes }) => `${process} ${Math.round(peakMegabytes)}`,
        );
        return [
          ...name,
          `${told.readyS.toFixed(1)} s`,
          `${Math.round(percentile(told.times, 0.5))} / ${Math.round(percentile(told.times, 0.95))} ms`,
          `${told.ingestS.toFixed(0)} s`,
          `${peaks.join(', ')} MB`,
          String(group.killed),
        ];
      },
      { through: group.through },
    );
  } catch (error) {
    return [...name, 'ended', '', '', error.message.split('\n')[0], String(group.killed)];
  } finally {
    await group.remove();
  }
}

/** A limit of memory for a process and all that it starts; the second version of cgroups or the first. It takes root. */
class MemoryGroup {
  constructor(name, megabytes) {
    const isSecond = fs.existsSync('/sys/fs/cgroup/cgroup.controllers');
    this.folder = path.join('/sys/fs/cgroup', isSecond ? '' : 'memory', name);
    this.counter = isSecond ? 'memory.events' : 'memory.oom_control';
    try {
      fs.mkdirSync(this.folder);
      const file = isSecond ? 'memory.max' : 'memory.limit_in_bytes';
      fs.writeFileSync(path.join(this.folder, file), String(megabytes * 1_000_000));
      if (isSecond) fs.writeFileSync(path.join(this.folder, 'memory.swap.max'), '0');
    } catch (error) {
      throw new Stop(`A group with a limit of memory cannot be made here, which takes root on Linux: ${error.message}`);
    }
    this.through = ['sh', '-c', 'echo $$ >"$0" && exec "$@"', path.join(this.folder, 'cgroup.procs')];
  }

  /** Processes that the kernel has ended for want of memory. */
  get killed() {
    return Number(/^oom_kill (\d+)$/m.exec(fs.readFileSync(path.join(this.folder, this.counter), 'utf8'))?.[1] ?? 0);
  }

  async remove() {
    for (let tries = 0; tries < 100; tries++) {
      try {
        fs.rmdirSync(this.folder);
        return;
      } catch {
        await pause(100);
      }
    }
  }
}

/** Clips of 20 s that differ, and a recording of an hour. */
function soundsIn(folder, clips) {
  const make = (name, source, ...more) => {
    const file = path.join(folder, name);
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...more, file]);
    return { name, path: file };
  };
  const files = [make('hour.mp3', 'anoisesrc=d=3600:c=pink:r=44100:seed=1', '-b:a', '64k')];
  for (let number = 0; number < clips; number++)
    files.push(make(`clip-${number}.wav`, `anoisesrc=d=20:c=brown:r=44100:seed=${number + 2}`));
  return files;
}
