import { defineConfig } from 'vitest/config';

/** Three projects by cost: `unit` needs nothing, `platform` starts real processes, `e2e` starts the whole of local mode. */
export default defineConfig({
  test: {
    // What a passing test logs is nobody's business; a failing one's log is shown with it.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{mesh,rollouts,aws,functions,cli,scripts,local,proxy}/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['test/**/*.platform.test.ts', 'test/**/*.e2e.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'platform',
          include: ['test/**/*.platform.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
