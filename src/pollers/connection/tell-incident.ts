import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { Connection } from "../../store/detection/connection-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import type { Incident } from "../../store/detection/marks.ts";

export interface TellDeps {
  readonly keeper: ConnectionKeeper;
  /** Up to when every change of a resource is known to have been told, unix seconds; undefined: it is not known. */
  readonly completeUpTo: (account: string, resource: string) => Promise<number | undefined>;
}

/** Whose subscribers are told. */
interface Concerned {
  readonly name: string;
  readonly resources: readonly string[];
}

/** Tells an account's subscribers that Redis lost what it had. Once, however many processes do it. */
export async function tellIncident(deps: TellDeps, incident: Incident, account: Concerned): Promise<void> {
  const { keeper } = deps;
  const { copyAt, id, since } = incident;
  const isTold = (now: Connection): boolean => now.incident === id;
  if (isTold(await keeper.read(account.name))) return;
  await tellLoss(deps, { since: copyAt ?? since, detail: describeIncident(incident) }, account, isTold);
  await keeper.update(account.name, (now) => (isTold(now) ? undefined : { change: { incident: id } }));
}

/**
 * Tells them that what is kept of this account alone went back, as one shard of a cluster does. Once as long as it is under way.
 * @param since when what is lost was still there, unix ms
 */
export async function tellWentBack(deps: TellDeps, since: number, account: Concerned): Promise<void> {
  const detail = describeIncident({ kind: "went_back", copyAt: null, since });
  await tellLoss(deps, { since, detail }, account, () => false);
}

/** Each resource is `degraded` from when that was, and recovers with its next whole reading. */
async function tellLoss(
  { keeper, completeUpTo }: TellDeps,
  { since, detail }: { readonly since: number; readonly detail: string },
  { name, resources }: Concerned,
  isTold: (now: Connection) => boolean,
): Promise<void> {
  for (const resource of resources) {
    const upTo = await completeUpTo(name, resource);
    await keeper.update(name, (now) => {
      const before = now.problems.get(resource);
      if (isTold(now) || before?.quarantined || before?.told) return undefined;
      return {
        change: { resource, problem: { kind: "degraded", since, detail, told: true, quarantined: false } },
        tell: { transition: "degraded", resource, since, detail, completeUpTo: upTo, sequenceReset: true },
      };
    });
  }
}

/** For a person, in one sentence. */
export function describeIncident({
  copyAt,
  kind,
  since,
}: Pick<Incident, "copyAt" | "kind" | "since">): string {
  if (kind === "emptied") {
    return `Redis was emptied after ${toIsoSeconds(since)}: what changed between then and the new first sync is lost, and so is what waited to be delivered`;
  }
  const of = copyAt === null ? "" : ` of ${toIsoSeconds(copyAt)}`;
  return `Redis went back to an older copy${of}: what was told since then is found and told again under the same ids, and what changed back meanwhile stays unsaid`;
}
