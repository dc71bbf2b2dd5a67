import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take a minute or more begin early, so that at the end nobody waits for one of them alone; but not all at once. */
const LONG = /weaviate|cluster|crash|whose-sounds|whole-api|remote-worker/;
const APART = 8;

class LongEarly extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    const long = sorted.filter(isLong);
    const others = sorted.filter((file) => !isLong(file));
    const mixed = others.flatMap((file, at) => (at % APART === 0 ? [...long.splice(0, 1), file] : [file]));
    return [...mixed, ...long];
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // What takes three seconds alone took thirty beside two others on a machine that had other guests.
    testTimeout: process.env['CI'] ? 90_000 : 30_000,
    hookTimeout: 60_000,
    // As in the browser tests: on shared machines a process may be starved for seconds; what passes only the second time is named.
    retry: process.env['CI'] ? 1 : 0,
    env: { ORT_DISABLE_TELEMETRY: '1' },
    pool: 'forks',
    // Most of the time is waiting for other processes, so one more than two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongEarly },
  },
});
