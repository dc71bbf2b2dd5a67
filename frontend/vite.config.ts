import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

const backend = process.env['BACKEND_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [sveltekit()],
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: backend }, '/health': { target: backend }, '/metrics': { target: backend } },
  },
  build: {
    target: 'es2022',
    // What several pages share comes in one file: a hundred small ones cost a first visit more than their bytes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
});
