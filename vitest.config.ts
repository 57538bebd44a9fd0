import { defineConfig } from "vitest/config";

import { InBlocks } from "./test/support/in-blocks.ts";

/** For a busy machine: a wait ends with what it waits for, and with these only where that never comes. */
const LIMITS = { testTimeout: 900_000, hookTimeout: 300_000 };

/** Files share what they import, which takes longer than most of them do: none leaves anything behind in it. */
const SHARED = {
  isolate: false,
  // Pages and records die young: with more room for them, less is looked through again and again.
  execArgv: ["--max-semi-space-size=64"],
  ...LIMITS,
};

export default defineConfig({
  test: {
    // Most tests wait for sockets and processes: more of them than cores keep a small machine busy.
    maxWorkers: 6,
    // Of the files that wait longest, some have tests that wait beside each other.
    maxConcurrency: 3,
    sequence: { sequencer: InBlocks },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          setupFiles: ["test/support/no-io.ts"],
          ...SHARED,
        },
      },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], ...SHARED } },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          expect: { poll: { timeout: 120_000 } },
          ...SHARED,
          // One test waits for what happens to every resource at once.
          testTimeout: 1_200_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          expect: { poll: { timeout: 120_000 } },
          ...SHARED,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/build-dashboard.ts"],
          expect: { poll: { timeout: 120_000 } },
          ...SHARED,
        },
      },
    ],
    coverage: { include: ["src/**"], thresholds: { lines: 90, branches: 85 } },
  },
});
