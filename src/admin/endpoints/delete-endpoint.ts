import type { Base } from "../base.ts";
import { describeProcess } from "../../store/detection/process-registry.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { findEndpoint } from "./find-endpoint.ts";
import { operatorsPause } from "./paused.ts";
import { type NameOf, type Refusal, conflict } from "../access/refusal.ts";

/** For good, with every delivery that waits for it. With `revision`, of that version only. */
export async function deleteEndpoint(
  base: Pick<Base, "audit" | "config" | "deliveries" | "endpoints" | "processes" | "queues">,
  caller: Caller,
  id: string,
  nameOf: NameOf,
  revision?: number,
): Promise<{ readonly kind: "deleted" } | Refusal> {
  // Nobody can say whose one is that cannot be opened, nor which version: it is the operator's to remove.
  const isUnreadable = (await base.endpoints.unreadable()).includes(id);
  if (isUnreadable && caller.role === "subscriber") return { kind: "unknown" };
  const endpoint = isUnreadable ? undefined : await findEndpoint(base, caller, id);
  if (!endpoint && !isUnreadable) return { kind: "unknown" };
  if (revision !== undefined && revision !== endpoint?.revision) return { kind: "stale" };
  const held = endpoint && operatorsPause(caller, endpoint, nameOf([]));
  if (held) return held;
  if (base.config.endpoints.some(({ name }) => name === id)) {
    return conflict(
      nameOf([]),
      `"${id}" stands in the configuration file`,
      "take it out there first, or it would come back at the next start",
    );
  }
  const keeper = (await base.processes.list()).find(({ endpoints }) => endpoints?.includes(id));
  if (keeper) {
    return conflict(
      nameOf([]),
      `${describeProcess(keeper)} was started before the configuration file left "${id}" out, and would make it again`,
      "stop it, or start it again, first; a killed one is forgotten after a minute",
    );
  }
  // Before anything changes: who asked for it must be known, however it ends.
  await noteChange(base, caller, { action: "endpoint.delete", target: id, fields: [] });
  // Before it is gone, and once more after: another one of that name has asked for nothing of it, also where this is killed in between.
  await base.deliveries.end(id);
  await base.queues.dropBackfills(id);
  if (!(await base.endpoints.delete(id))) return { kind: "unknown" };
  await base.deliveries.removeEnded(id);
  await base.queues.dropBackfills(id);
  // Whoever delivers to it now finds that it is gone, and takes away what it wrote meanwhile.
  await base.queues.wakeDelivery({ endpoint: id });
  return { kind: "deleted" };
}
