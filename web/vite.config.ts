import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.MINGJIAN_SERVER ?? 'http://127.0.0.1:8600';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // Desks in duty rooms keep old kernels: Chrome 109 is the last one for Windows 7.
    target: 'chrome109',
    outDir: '../src/mingjian/api/static',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // The policy of the server allows no inline script; the polyfill would be one.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: { '/api': { target: server, ws: true, changeOrigin: true, headers: { origin: server } } },
  },
  test: {
    restoreMocks: true,
    testTimeout: 30_000,
    // Making modules anew for each file costs more than all tests: what a file changes, it puts back.
    isolate: false,
    // Making a page costs more than most tests: a `.test.ts` that needs one says `@vitest-environment jsdom`.
    projects: [
      { extends: true, test: { name: 'pages', environment: 'jsdom', include: ['src/**/*.test.tsx'] } },
      { extends: true, test: { name: 'plain', environment: 'node', include: ['src/**/*.test.ts'] } },
    ],
    // Every time on the screen is Beijing time, whatever the zone of the machine; tests run far from it.
    env: { TZ: 'America/New_York' },
  },
});
