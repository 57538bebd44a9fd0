import type { Base } from "../base.ts";
import { toError } from "../../shared/errors.ts";
import type { PatientOf } from "../records/find-patient.ts";
import { type Forgetting, forgetPatient } from "./forget.ts";
import { isProven } from "./prove-erased.ts";

/**
 * Patients who have a tombstone while what they were sealed with is still there, which goes last: their forgetting was stopped half way, or was done
 * before there was an erasure key.
 */
export async function findHalfForgotten({
  config,
  erasureKey,
  tombstones,
}: Pick<Base, "config" | "erasureKey" | "tombstones">): Promise<readonly PatientOf[]> {
  if (!erasureKey) return [];
  const found: PatientOf[] = [];
  for (const { name: account } of config.accounts) {
    for (const patientId of (await tombstones.read(account)).ids()) {
      const leaf = erasureKey.leafAt(account, patientId, await tombstones.generation(account, patientId));
      if (!erasureKey.isPunctured(leaf)) found.push({ account, patientId });
    }
  }
  return found;
}

/** Ends what was stopped half way, for whoever had it done. */
export async function finishForgetting(
  base: Forgetting & Pick<Base, "logger">,
  signal: AbortSignal,
): Promise<void> {
  for (const of of await findHalfForgotten(base)) {
    if (signal.aborted) return;
    const { account, patientId } = of;
    const facts = { account, patient: base.tombstones.nameOf(account, patientId) };
    try {
      const by = (await base.tombstones.find(account, patientId))?.by;
      if (by === undefined) continue;
      const { events, proof, unreadable } = await forgetPatient(
        base,
        { id: by, name: by.replace(/^cli:/, ""), role: "admin" },
        of,
        { signal },
      );
      const isWhole = unreadable.events + unreadable.records === 0 && proof !== undefined && isProven(proof);
      if (isWhole)
        base.logger.info({ ...facts, events }, "a forgetting that was stopped half way is finished");
      else
        base.logger.warn(
          { ...facts, events },
          "a forgetting was finished, and something may still open: run it again",
        );
    } catch (error) {
      if (signal.aborted) return;
      base.logger.error(
        { ...facts, detail: toError(error).message },
        "a forgetting is not finished: run it again",
      );
    }
  }
}
