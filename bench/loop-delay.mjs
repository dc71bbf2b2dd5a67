import fs from 'node:fs/promises';
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
  // Never by a call that waits for the disk: it would be measured too.
  const tell = async () => {
    if (
      await fs.rm(`${file}.reset`).then(
        () => true,
        () => false,
      )
    )
      delays.reset();
    const [p50, p99, max] = [delays.percentile(50), delays.percentile(99), delays.max].map((ns) => ns / 1e6);
    await fs.writeFile(`${file}.tmp`, JSON.stringify({ p50, p99, max }));
    await fs.rename(`${file}.tmp`, file);
    setTimeout(() => void tell(), 100).unref();
  };
  void tell();
}
