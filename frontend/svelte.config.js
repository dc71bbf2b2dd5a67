import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

const output = process.env.BUILD_DIR ?? 'build';

/** @type {import('@sveltejs/kit').Config} */
const config = {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: adapter({ pages: output, assets: output, fallback: 'index.html', precompress: true }),
    // Registered by lib/state/app-update.ts, which also offers new versions.
    serviceWorker: { register: false },
    typescript: {
      config: (config) => ({
        ...config,
        include: [...config.include, '../e2e/**/*.ts', '../playwright.config.ts', '../vitest.config.ts'],
      }),
    },
  },
};

export default config;
