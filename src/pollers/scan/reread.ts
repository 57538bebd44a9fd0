import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { patientsInSnapshot } from "../../diff/forgotten.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { findByIds } from "./find-by-ids.ts";
import { type ReadingDeps, type ReadingResult, pageOfEverything, takeOver } from "./reading-deps.ts";

/**
 * Reads again what `rereadsAfter` named: of a resource that names patients everything that hangs on one, of any other the record
 * itself. Each is ticked off when everything of it has been taken over.
 */
export async function rereadStep(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const named = await deps.reading.rereads(account, resource);
  const isOfPatients = deps.resource.patientLinks.length > 0;
  let events = 0;
  for (let rest = named; rest.length > 0;) {
    if (deps.hasTime?.() === false) break;
    const ids = rest.slice(0, isOfPatients ? 1 : PAGE_SIZE);
    const read = isOfPatients ? rereadPatient : rereadRecords;
    const done = await read(deps, lease, ids, signal);
    if (done.kind !== "done") return done;
    events += done.events;
    rest = rest.slice(ids.length);
    await deps.reading.clearRereads(account, resource, ids);
  }
  return { kind: "done", events };
}

/** A merge moves what hangs on either patient. */
async function rereadPatient(
  deps: ReadingDeps,
  lease: Lease,
  [patientId = ""]: readonly string[],
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { patientLinks, unfiltered } = deps.resource;
  let events = 0;
  for (const link of patientLinks.filter((name) => !unfiltered.includes(name))) {
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
  if (unfiltered.length === 0) return { kind: "done", events };
  const known = await knownOf(deps, lease, patientId);
  const read = await rereadRecords(deps, lease, known, signal);
  return read.kind === "done" ? { kind: "done", events: events + read.events } : read;
}

/** Where a list cannot be asked for a patient: what is known to name them. Whatever is not known yet, a scan will show. */
async function knownOf(
  { resource, store }: ReadingDeps,
  lease: Lease,
  patientId: string,
): Promise<readonly string[]> {
  const known = await store.listIds(lease.account, lease.resource);
  const found: string[] = [];
  for (let from = 0; from < known.length; from += PAGE_SIZE) {
    const batch = known.slice(from, from + PAGE_SIZE);
    for (const [id, snapshot] of await store.loadSnapshots(lease.account, lease.resource, batch)) {
      const named = patientsInSnapshot(resource, snapshot);
      if (named === "unknown_version" || named.includes(patientId)) found.push(id);
    }
  }
  return found;
}

async function rereadRecords(
  deps: ReadingDeps,
  lease: Lease,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadingResult> {
  let events = 0;
  for (let rest = ids; rest.length > 0;) {
    const answer = await findByIds(deps, lease.account, deps.resource, rest.slice(0, PAGE_SIZE), signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const taken = await takeOver(deps, lease, answer, "live");
    if (taken.kind !== "done") return taken;
    events += taken.events;
    rest = rest.slice(answer.asked.length);
  }
  return { kind: "done", events };
}
