import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most tests wait for sockets and processes: more of them than cores keep a small machine busy.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          setupFiles: ["test/support/no-io.ts"],
          // Nothing that one file does can be seen by another: all of them share what they import, which takes longer than they do.
          isolate: false,
          testTimeout: 120_000,
        },
      },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], testTimeout: 120_000 } },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/build-dashboard.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
          // After the others: each file has a service, a Redis and a Chromium to itself.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { include: ["src/**"], thresholds: { lines: 90, branches: 85 } },
  },
});
