import type { Row } from "../../cliniko/outcome.ts";
import type { Resource } from "../../resources/resource.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import type { ReadingDeps } from "../scan/reading-deps.ts";
import { type Stamps, formatStamps, parseStamps } from "../scan/window-witness.ts";

/** Records that no list shows, and when they last answered by id, unix seconds by the upstream's clock. */
export function unlistedOf({ unlisted }: Pick<ReadingState, "unlisted">): Stamps {
  return parseStamps(unlisted);
}

/** It has just answered: it is no suspect, and is asked for again in a while. */
export async function rememberUnlisted(
  { reading }: Pick<ReadingDeps, "reading">,
  { account, resource }: Lease,
  id: string,
  at: number,
): Promise<void> {
  const unlisted = new Map(unlistedOf(await reading.read(account, resource))).set(id, at);
  await reading.update(account, resource, { unlisted: formatStamps(unlisted) });
}

/** When a record was last known to be there, by the same clock; 0: not known. */
export function lastSeen({ state }: Pick<ReadingDeps, "state">, id: string): number {
  return unlistedOf(state).get(id) ?? state.presentAt;
}

/** Whether a record says by itself what its place in a list would say of it. */
export function saysAll({ parts }: Pick<Resource, "parts">, { record }: Row): boolean {
  return Object.values(parts)
    .flatMap((says) => Object.keys(says))
    .every((name) => typeof record[name] === "boolean");
}
