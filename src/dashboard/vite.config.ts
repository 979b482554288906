/** How the page is built: a few files with hashed names that any node can serve, under any path. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { activitiesPath, labPath, nodesPath } from '../api/paths.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const origin = `http://127.0.0.1:${process.env['LAB_PORT'] ?? '5080'}`;

export default defineConfig({
  root: here,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    // Nothing is inlined: the page is served with `default-src 'self'`, which has no room for data: addresses.
    assetsInlineLimit: 0,
    // Browsers that have `light-dark()`: since May 2024.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // What is bundled is copied, and its licences ask for their text beside each copy.
    license: { fileName: 'licences.md' },
  },
  // Asked by the host that the page came from: a page of another one is refused.
  server: {
    proxy: Object.fromEntries([nodesPath, activitiesPath, labPath].map((path) => [path, { target: origin, changeOrigin: false }])),
  },
});
