import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Another server than the default one: FREEDIVE_URL=http://127.0.0.1:4000 npm run dev
const server = process.env.FREEDIVE_URL ?? 'http://127.0.0.1:3483';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // Svelte's server build would be picked in tests without this condition.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  build: {
    outDir: '../server/freedive/static',
    emptyOutDir: true,
    // light-dark() and :has() without a fallback; both are in every browser since 2024.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: URI would need a looser content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, ws: true }, '/docs': server },
  },
  test: {
    restoreMocks: true,
    // Only what touches the page pays for a DOM.
    projects: [
      { extends: true, test: { name: 'plain', environment: 'node', include: ['src/**/*.test.ts'], exclude: ['src/**/*.dom.test.ts'] } },
      { extends: true, test: { name: 'dom', environment: 'jsdom', include: ['src/**/*.dom.test.ts'] } },
    ],
  },
}));
