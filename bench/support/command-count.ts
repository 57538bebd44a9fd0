import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import type { Child } from "./child.ts";
import type { ClinicsAnswer, ClinicsRequest } from "./clinics-process.ts";
import type { BenchRedis } from "./bench-redis.ts";

/** What was sent to Redis in a stretch of time, and what scripts did there. */
export interface CommandCount {
  readonly polls: number;
  /** Commands that came over a connection, a poll. */
  readonly sent: number;
  readonly sentASecond: number;
  /** By name, a poll: those that were sent, and those inside of scripts. */
  readonly byName: ReadonlyMap<string, number>;
}

/** Listens to all that Redis does. It is slower meanwhile: times are not to be taken then. */
export async function watchCommands(
  { socketPath }: BenchRedis,
  clinics: Child<ClinicsRequest, ClinicsAnswer>,
  windowMs: number,
): Promise<CommandCount> {
  const counted = new Map<string, number>();
  let sent = 0;
  const socket = connect(socketPath);
  await clinics.ask({ kind: "reset" });
  // A line a command: `+<time> [<database> <source>] "<name>" …`
  createInterface(socket).on("line", (line) => {
    const [, source = "", command = ""] = /^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"/.exec(line) ?? [];
    if (source === "") return;
    const isInside = source === "lua";
    if (!isInside) sent += 1;
    const name = `${isInside ? "  " : ""}${command.toLowerCase()}`;
    counted.set(name, (counted.get(name) ?? 0) + 1);
  });
  socket.write("MONITOR\r\n");
  await delay(windowMs);
  socket.destroy();
  const { report } = await clinics.ask({ kind: "report" });
  const polls = Math.max(1, report?.polls ?? 0);
  return {
    polls,
    sent: sent / polls,
    sentASecond: (1_000 * sent) / windowMs,
    byName: new Map([...counted].map(([name, count]) => [name, count / polls])),
  };
}

export function printCommands({ byName, polls }: CommandCount): void {
  const rows = [...byName].toSorted(([, left], [, right]) => right - left).slice(0, 24);
  console.log(
    `  of ${polls} polls, a poll: ${rows.map(([name, count]) => `${name.trim()}${name.startsWith(" ") ? " (inside)" : ""} ${count.toFixed(1)}`).join(", ")}`,
  );
}
