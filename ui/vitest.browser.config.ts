import { defineConfig } from 'vitest/config';

// The built page in a real browser, served with the content security policy that the window gives it.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    // One browser at a time: the machine may have two cores.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
