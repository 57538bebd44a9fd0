import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import type { Incident } from "../../store/detection/marks.ts";

export interface TellDeps {
  readonly keeper: ConnectionKeeper;
  /** Up to when every change of a resource is known to have been told, unix seconds; undefined: it is not known. */
  readonly completeUpTo: (account: string, resource: string) => Promise<number | undefined>;
}

/**
 * Tells an account's subscribers that Redis lost what it had: each resource is `degraded` from when that was, and recovers
 * with its next whole reading. Once, however many processes do it.
 */
export async function tellIncident(
  { keeper, completeUpTo }: TellDeps,
  incident: Incident,
  { name, resources }: { readonly name: string; readonly resources: readonly string[] },
): Promise<void> {
  const { id } = incident;
  if ((await keeper.read(name)).incident === id) return;
  const since = incident.copyAt ?? incident.since;
  const detail = describeIncident(incident);
  for (const resource of resources) {
    const upTo = await completeUpTo(name, resource);
    await keeper.update(name, (now) => {
      const before = now.problems.get(resource);
      if (now.incident === id || before?.quarantined || before?.told) return undefined;
      return {
        change: { resource, problem: { kind: "degraded", since, detail, told: true, quarantined: false } },
        tell: { transition: "degraded", resource, since, detail, completeUpTo: upTo, sequenceReset: true },
      };
    });
  }
  await keeper.update(name, (now) => (now.incident === id ? undefined : { change: { incident: id } }));
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
