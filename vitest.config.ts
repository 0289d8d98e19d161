import { defineConfig } from 'vitest/config';

/** Three projects by cost: `unit` needs nothing, `platform` starts real processes, `e2e` starts the whole of local mode. */
export default defineConfig({
  test: {
    // What a passing test logs is nobody's business; a failing one's log is shown with it.
    silent: 'passed-only',
    // Powertools then logs to the console that vitest holds back, not past it.
    env: { POWERTOOLS_DEV: 'true' },
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: 'test/support/scratch.ts',
          include: ['test/{mesh,rollouts,aws,functions,cli,scripts,local,proxy}/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['test/**/*.platform.test.ts', 'test/**/*.e2e.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'platform',
          globalSetup: 'test/support/scratch.ts',
          include: ['test/**/*.platform.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: 'test/support/scratch.ts',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
