import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [sveltekit()],
  // A machine that has other things to do takes several times as long.
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000 },
});
