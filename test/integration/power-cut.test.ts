import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { demo } from "../../src/cli/demo/demo.ts";

test(
  "kill -9 at random moments of a working day loses nothing and invents nothing",
  { timeout: 600_000 },
  async () => {
    const lines: string[] = [];
    const clean = await demo({
      forMs: 30_000,
      actsPerMinute: 90,
      resources: ["individual_appointments", "group_appointments", "attendees", "patients"],
      seed: 11,
      kills: 4,
      keep: false,
      env: process.env,
      program: fileURLToPath(new URL("../../dist/cli.js", import.meta.url)),
      signal: new AbortController().signal,
      print: (line) => void lines.push(line),
    });
    expect(clean, lines.slice(-20).join("\n")).toBe(true);
    expect(lines.join("\n")).toMatch(/killed and came back 4 times/);
    expect(lines.join("\n")).toMatch(/lost 0 · invented 0/);
  },
);
