import type { Lease } from "../store/lease.ts";
import { type ReadingDeps, type ReadingResult, listEverything, takeOver } from "./reading-deps.ts";

/**
 * Reads the appointments of merged patients again, both of them: a merge moves them, perhaps without moving their
 * stamps. Each patient is ticked off when its appointments have been taken over.
 */
export async function rereadPatients(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account } = lease;
  let events = 0;
  for (const patientId of await deps.reading.rereads(account)) {
    let after: string | undefined;
    do {
      const request = listEverything(deps, [`patient_id:=${patientId}`], after);
      const answer = await deps.client.listPage(deps.resource, request, signal);
      if (signal.aborted) return { kind: "stopped" };
      if (answer.kind !== "ok") return { kind: "failed", failure: answer };
      const taken = await takeOver(deps, lease, answer.page, "live");
      if (taken.kind !== "done") return taken;
      events += taken.events;
      after = answer.page.next;
    } while (after !== undefined);
    await deps.reading.clearRereads(account, [patientId]);
  }
  return { kind: "done", events };
}
