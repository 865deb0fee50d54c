import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Rooms whose tests boot the machine in the test's own thread. A thread is one machine's for life,
// but the machine boots again in place: these files share processes, which saves loading the kernel
// for each. One that needs a machine of another kind says `// @alone` and why.
const rooms = ['fltmgr', 'fltuser', 'fs', 'ntos', 'verifier'];
const sharing = rooms.flatMap((room) => readdirSync(join('test', room), { recursive: true })
  .map((name) => join('test', room, String(name))))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => !/^\/\/ @alone: ./m.test(readFileSync(name, 'utf8')));

// Tests run against the built modules, so that the test thread and the worker threads of a machine
// share one copy of the code. `npm test` builds first.
export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['test/support/write-coverage.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'sharing', include: sharing, isolate: false,
          setupFiles: ['test/support/share-process.ts'],
        },
      },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: sharing } },
    ],
  },
});
