import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { patientsInSnapshot, survivorInSnapshot } from "../../diff/forgotten.ts";
import { namedValues } from "../../diff/values.ts";
import { PATIENTS } from "../../resources/field.ts";
import { resources } from "../../resources/registry.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { findByIds } from "./find-by-ids.ts";
import { OLDEST_CACHE_SECONDS } from "./rechecks.ts";
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
  let failed: Exclude<Reread, { kind: "done" }> | undefined;
  const through: string[] = [];
  const open = new Set<string>();
  for (let rest = named; rest.length > 0;) {
    if (deps.hasTime?.() === false) break;
    const ids = rest.slice(0, isOfPatients ? 1 : PAGE_SIZE);
    const done = await (isOfPatients ? rereadPatient : rereadRecords)(deps, lease, ids, signal);
    if (done.kind !== "done") {
      failed = done;
      break;
    }
    events += done.events;
    rest = rest.slice(ids.length);
    through.push(...ids);
    for (const id of done.unmoved ?? []) open.add(id);
  }
  await deps.reading.clearRereads(
    account,
    resource,
    through.filter((id) => !open.has(id)),
  );
  return failed ?? { kind: "done", events };
}

type Reread =
  | Exclude<ReadingResult, { kind: "done" }>
  | { readonly kind: "done"; readonly events: number; readonly unmoved?: readonly string[] };

/**
 * Both patients of a merge whose duplicate still has records: they move a while after it, or a list of a cache shows them where they
 * were. What has not moved by when no cache is that old stays.
 */
async function unmovedWith(
  { store }: ReadingDeps,
  { account }: Lease,
  patientId: string,
  at: number,
): Promise<readonly string[]> {
  const patient = (await store.loadSnapshots(account, PATIENTS, [patientId])).get(patientId);
  const mergedAt = patient && namedValues(resources.patients, patient)?.get("merged_at");
  if (!patient || typeof mergedAt !== "number" || at - mergedAt >= OLDEST_CACHE_SECONDS) return [];
  const survivor = survivorInSnapshot(resources.patients, patient);
  return survivor === undefined ? [patientId] : [patientId, survivor];
}

/** A merge moves what hangs on either patient. */
async function rereadPatient(
  deps: ReadingDeps,
  lease: Lease,
  [patientId = ""]: readonly string[],
  signal: AbortSignal,
): Promise<Reread> {
  const { patientLinks, unfiltered } = deps.resource;
  let events = 0;
  let isNamed = false;
  for (const link of patientLinks.filter((name) => !unfiltered.includes(name))) {
    let after: string | undefined;
    do {
      const answer = await pageOfEverything(deps, [`${link}_id:=${patientId}`], after, signal);
      if (signal.aborted) return { kind: "stopped" };
      if (answer.kind !== "ok") return { kind: "failed", failure: answer };
      const taken = await takeOver(deps, lease, answer.page, "live");
      if (taken.kind !== "done") return taken;
      events += taken.events;
      isNamed ||= answer.page.rows.length > 0;
      after = answer.page.next;
    } while (after !== undefined);
  }
  if (unfiltered.length > 0) {
    const known = await knownOf(deps, lease, patientId);
    const read = await rereadRecords(deps, lease, known, signal);
    if (read.kind !== "done") return read;
    events += read.events;
    isNamed ||= known.length > 0;
  }
  const unmoved = isNamed ? await unmovedWith(deps, lease, patientId, deps.watermark) : [];
  return { kind: "done", events, unmoved };
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
): Promise<Reread> {
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
