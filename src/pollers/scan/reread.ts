import type { Lease } from "../../store/detection/lease.ts";
import { type ReadingDeps, type ReadingResult, pageOfEverything, takeOver } from "./reading-deps.ts";

/**
 * Reads what hangs on merged patients again, on both of them: a merge moves it, perhaps without moving its stamps. Each
 * patient is ticked off when everything of it has been taken over.
 */
export async function rereadPatients(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  let events = 0;
  for (const patientId of await deps.reading.rereads(account, resource)) {
    if (deps.hasTime?.() === false) break;
    for (const link of deps.resource.patientLinks) {
      let after: string | undefined;
      do {
        const answer = await pageOfEverything(deps, [`${link}_id:=${patientId}`], after, signal);
        if (signal.aborted) return { kind: "stopped" };
        if (answer.kind !== "ok") return { kind: "failed", failure: answer };
        const taken = await takeOver(deps, lease, answer.page, "live");
        if (taken.kind !== "done") return taken;
        events += taken.events;
        after = answer.page.next;
      } while (after !== undefined);
    }
    await deps.reading.clearRereads(account, resource, [patientId]);
  }
  return { kind: "done", events };
}
