import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig, mergeConfig } from 'vitest/config';
import viteConfig from './vite.config.ts';

// Components and plain modules, in a simulated document. What needs a real one is in vitest.browser.config.ts.
export default mergeConfig(
  viteConfig,
  defineConfig({
    plugins: [svelteTesting()],
    test: {
      environment: 'jsdom',
      include: ['src/**/*.test.ts', 'lint/**/*.test.js'],
      // A machine that does much else is slow, and not wrong.
      testTimeout: 30_000,
      setupFiles: ['./vitest.setup.ts'],
      passWithNoTests: true,
      restoreMocks: true,
    },
  }),
);
