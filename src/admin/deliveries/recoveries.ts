import type { Base } from "../base.ts";
import {
  type Recovery,
  type RecoveryCount,
  type RecoveryProgress,
  countRecovery,
} from "../../dispatch/routing/recover.ts";
import type { Patience } from "../../store/events/patience.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { findEndpoint } from "../endpoints/find-endpoint.ts";

/** What a recovery would send again; undefined: there is no such endpoint for the caller. */
export async function previewRecovery(
  base: Pick<Base, "deliveries" | "endpoints">,
  caller: Caller,
  recovery: Recovery,
  patience: Patience,
): Promise<RecoveryCount | "search_too_long" | undefined> {
  const endpoint = await findEndpoint(base, caller, recovery.endpoint);
  if (!endpoint) return undefined;
  return await countRecovery(
    base.deliveries,
    { ...recovery, accounts: endpoint.settings.accounts },
    patience,
  );
}

/** What a job takes in Redis besides its data, until an hour after it has ended: measured. */
const JOB_BYTES = 1_000;

/** Begins it. Resolves to its id, for `readRecovery`; undefined: there is no such endpoint for the caller. */
export async function startRecovery(
  base: Pick<Base, "audit" | "endpoints" | "keptBytes" | "queues">,
  caller: Caller,
  { endpoint, since, until, states, types }: Recovery,
): Promise<string | undefined> {
  if (!(await findEndpoint(base, caller, endpoint))) return undefined;
  const job = { endpoint, since, until, states: [...states], types: [...types] };
  const id = await base.queues.addRecover({ ...job, after: since, seen: 0, taken: 0 });
  if (caller.role === "subscriber") {
    await base.keptBytes.note(caller.id, JOB_BYTES + JSON.stringify(job).length * 2);
  }
  await noteChange(base, caller, { action: "endpoint.recover", target: endpoint, fields: [...states] });
  return id;
}

export interface RunningRecovery extends RecoveryProgress {
  readonly done: boolean;
}

/** How far it is; undefined: there is none of this id at this endpoint, or it ended more than an hour ago. */
export async function readRecovery(
  base: Pick<Base, "endpoints" | "queues">,
  caller: Caller,
  endpoint: string,
  id: string,
): Promise<RunningRecovery | undefined> {
  if (!(await findEndpoint(base, caller, endpoint))) return undefined;
  const found = await base.queues.recoverProgress(id);
  return found?.endpoint === endpoint
    ? { after: found.after, seen: found.seen, taken: found.taken, done: found.done }
    : undefined;
}
