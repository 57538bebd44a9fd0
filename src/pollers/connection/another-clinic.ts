import { type AccountStore, claimedUpTo } from "../../store/detection/account-store.ts";
import type { Connection } from "../../store/detection/connection-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";

interface HoldDeps {
  readonly keeper: ConnectionKeeper;
  readonly store: Pick<AccountStore, "readCursor">;
  readonly now: () => number;
}

/** Whether what holds an account may have ended by itself: another key or address, a start, an operator's word. */
export function maySettle({ owner, problems }: Connection, keyHash: string, isLooked: boolean): boolean {
  const quarantined = [...problems.values()].filter((problem) => problem.quarantined);
  if (!quarantined.every(({ cause }) => cause === "another_clinic")) return false;
  return !isLooked || owner?.foreignHash !== keyHash || owner.asked || owner.adopted;
}

/** Another clinic's data: nothing is asked any more, nothing told, and what is remembered stays as it is. */
export async function holdAll(
  { keeper, now, store }: HoldDeps,
  name: string,
  { keyHash, resources }: { readonly keyHash: string; readonly resources: readonly string[] },
  detail: string,
): Promise<void> {
  const since = now();
  await keeper.update(name, ({ owner }) => ({
    change: { owner: { keyHash: "", ...owner, foreignHash: keyHash, asked: false, adopted: false } },
  }));
  for (const resource of resources) {
    const completeUpTo = claimedUpTo(await store.readCursor(name, resource));
    await keeper.update(name, ({ problems }) => {
      if (problems.get(resource)?.quarantined) return undefined;
      const problem = { kind: "degraded", since, detail, told: true, quarantined: true } as const;
      return {
        change: { resource, problem: { ...problem, cause: "another_clinic" } },
        tell: { transition: "degraded", resource, since, detail, completeUpTo },
      };
    });
  }
}

/** It is the clinic again. */
export async function letGo({ keeper, store }: HoldDeps, name: string): Promise<void> {
  const { problems: before } = await keeper.read(name);
  for (const resource of before.keys()) {
    const completeUpTo = claimedUpTo(await store.readCursor(name, resource));
    await keeper.update(name, ({ problems }) => {
      const problem = problems.get(resource);
      if (problem?.cause !== "another_clinic") return undefined;
      const detail = "the clinic's own data answers again";
      return {
        change: { resource, problem: null },
        tell: { transition: "recovered", resource, since: problem.since, detail, completeUpTo },
      };
    });
  }
}
