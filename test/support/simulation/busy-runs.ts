import { type BusyRun, runBusyClinic } from "./busy-clinic.ts";
import type { Design } from "./designs.ts";

const MINUTES = Number(process.env["BUSY_MINUTES"] ?? 2);
const ONLY_SEED = process.env["BUSY_SEED"];

/** Runs of seeds 1, 2, 3 …, and none behind the first that shows what is looked for. */
export async function runMany(
  design: Design,
  count: number,
  isFound: (run: BusyRun) => boolean = () => false,
): Promise<BusyRun[]> {
  const seeds = ONLY_SEED ? [Number(ONLY_SEED)] : Array.from({ length: count }, (_, index) => index + 1);
  const runs: BusyRun[] = [];
  for (const seed of seeds) {
    const run = await runBusyClinic(design, seed, MINUTES);
    runs.push(run);
    if (isFound(run)) break;
  }
  return runs;
}

export function isLossy({ wrong, lost }: BusyRun): boolean {
  return wrong.length > 0 || lost > 0;
}

/** One line a design: in how many of its runs what went wrong. */
export function formatRuns(table: readonly (readonly BusyRun[])[]): string {
  const head = ["design", "wrong for ever", "lost", "invented", "requests", "events/writes", "longest wait"];
  const lines = table.map((runs) => {
    const share = (is: (run: BusyRun) => boolean): string => `${runs.filter(is).length}/${runs.length}`;
    const mean = (of: (run: BusyRun) => number): string =>
      (runs.reduce((sum, run) => sum + of(run), 0) / Math.max(1, runs.length)).toFixed(0);
    return [
      runs[0]?.design ?? "",
      share(({ wrong }) => wrong.length > 0),
      share(({ lost }) => lost > 0),
      share(({ invented }) => invented > 0),
      mean(({ requests }) => requests),
      `${mean(({ events }) => events)}/${mean(({ writes }) => writes)}`,
      `${(Math.max(0, ...runs.map(({ longestWaitMs }) => longestWaitMs)) / 1_000).toFixed(1)} s`,
    ];
  });
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  return [head, ...lines]
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .join("\n");
}
