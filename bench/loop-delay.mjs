import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the server (`--import`) by benches: tells ten times a second, in a file, for how long nobody was answered.
 * Asking for a file of the same name with `.reset` begins anew.
 */
const file = process.env.BENCH_LOOP_DELAY;

if (file && isMainThread && path.basename(process.argv[1] ?? '') === 'serve.js') {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  setInterval(() => {
    if (fs.existsSync(`${file}.reset`)) {
      delays.reset();
      fs.rmSync(`${file}.reset`);
    }
    const [p50, p99, max] = [delays.percentile(50), delays.percentile(99), delays.max].map((ns) => ns / 1e6);
    fs.writeFileSync(`${file}.tmp`, JSON.stringify({ p50, p99, max }));
    fs.renameSync(`${file}.tmp`, file);
  }, 100).unref();
}
