import { defineConfig } from 'vitest/config';

// Tests run against the built modules, so that the test thread and the worker threads of a machine
// share one copy of the code. `npm test` builds first.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/write-coverage.ts'],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
