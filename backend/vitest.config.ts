import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // As in the browser tests: on shared machines a process may be starved for seconds; what passes only the second time is named.
    retry: process.env['CI'] ? 1 : 0,
    env: { ORT_DISABLE_TELEMETRY: '1' },
    pool: 'forks',
    // Most of the time is waiting for other processes, so one more than two cores.
    maxWorkers: 3,
  },
});
