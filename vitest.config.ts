import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

/**
 * unit: no servers. server: real Temporal, SeaweedFS and Math-Verify, found through the set-up. browser: the page of reports in Chromium.
 * replay: recorded histories.
 */
export default defineConfig({
  test: {
    // Most of a server test is waiting: two files at a time, also on two cores.
    maxWorkers: 2,
    minWorkers: 1,
    // Unit tests: modules are loaded once for all files of a thread, which halves the CPU time. A test that changes what is global puts it back.
    poolOptions: { threads: { isolate: false } },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.server.test.ts', 'test/**/*.browser.test.ts', 'test/replay/**'],
          testTimeout: 20_000,
          pool: 'threads',
        },
      },
      { test: { name: 'browser', include: ['test/**/*.browser.test.ts'], pool: 'forks', ...slow } },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], pool: 'forks', ...slow } },
      {
        test: {
          name: 'server',
          include: ['test/**/*.server.test.ts'],
          pool: 'forks',
          ...slow,
        },
      },
    ],
  },
});
