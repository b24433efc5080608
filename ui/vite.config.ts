import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
  },
  clearScreen: false,
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  preview: { host: '127.0.0.1', strictPort: true },
  worker: { format: 'es' },
  build: {
    // The webview that Debian 12 and Ubuntu 24.04 ship; nothing older shows this page.
    target: 'safari17',
    // The content security policy forbids `data:` fonts and scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    // Grammars load one by one, when a file of their language is opened.
    chunkSizeWarningLimit: 1024,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
