import type { Target } from "../../shared/target.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";

/** Who serves more new names than this makes them up: no more of them are told, and none are remembered. */
const MOST_TOLD = 200;

/** New fields are harmless, and told once. */
export async function tellUnknownFields(
  {
    keeper,
    reading,
    now,
  }: {
    readonly keeper: Pick<ConnectionKeeper, "update">;
    readonly reading: Pick<ReadingStore, "read" | "update">;
    readonly now: () => number;
  },
  { account, resource }: Target,
  unknown: readonly string[],
  completeUpTo: number,
): Promise<void> {
  const told = (await reading.read(account, resource)).unknownTold.split(",").filter(Boolean);
  const fresh = unknown.filter((name) => !told.includes(name));
  if (fresh.length === 0 || told.length >= MOST_TOLD) return;
  const detail = `new fields, not watched: ${fresh.join(", ").slice(0, 200)}`;
  await keeper.update(account, ({ baselines }) => ({
    change: baselines.has(resource) ? { resource, baseline: true } : { resource, problem: null },
    tell: { transition: "schema_changed", resource, since: now(), detail, completeUpTo },
  }));
  await reading.update(account, resource, { unknownTold: [...told, ...fresh].slice(0, MOST_TOLD).join(",") });
}
