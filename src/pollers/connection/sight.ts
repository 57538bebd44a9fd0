import type { ReadingPlan } from "../../cliniko/reading-plan.ts";
import type { Connection, Sight } from "../../store/detection/connection-store.ts";
import type { Decision } from "./connection-keeper.ts";

/** part: of the one object that is served whole to some, what everybody is served · blind: nothing that is archived is shown. */
export type Narrowed = Sight["sight"];

interface Words {
  readonly transition: "degraded" | "permission_reduced";
  readonly lost: string;
  readonly back: string;
}

const WORDS: Readonly<Record<Narrowed, Words>> = {
  part: {
    transition: "permission_reduced",
    lost: "the key's user may not see all of it any more: only what everybody is served is read, and the rest stays as it was last known",
    back: "all of it can be seen again",
  },
  blind: {
    transition: "degraded",
    lost: "the account refuses every way of asking for what is archived or cancelled: neither that nor deletions are told, the rest is",
    back: "what is archived or cancelled can be asked for again",
  },
};

/** What of it a reading could not see. A plan that asks for what is hidden, and is not proved yet, may show it. */
export function narrowedIn(
  { isPart = false }: { readonly isPart?: boolean },
  { isBlind, passes }: Pick<ReadingPlan, "isBlind" | "passes">,
): Narrowed | undefined {
  if (isPart) return "part";
  return isBlind === true && passes.every(({ shows }) => shows.length === 0) ? "blind" : undefined;
}

/**
 * A resource was read to its end, all of it or with less in sight. A loss is told once, and its end. That the first sync saw
 * a part only is no loss: who never could see the rest has lost nothing.
 */
export function decideSight(
  resource: string,
  narrowed: Narrowed | undefined,
  { completeUpTo, now }: { readonly completeUpTo: number; readonly now: () => number },
): (connection: Pick<Connection, "baselines" | "sights">) => Decision | undefined {
  return ({ baselines, sights }) => {
    const before = sights?.get(resource);
    if (before?.sight === narrowed) return undefined;
    const since = now();
    if (narrowed === undefined) {
      const change = { resource, sight: null };
      if (!before?.told) return { change };
      const { back: detail } = WORDS[before.sight];
      const told = { transition: "recovered" as const, resource, since: before.since, detail };
      return { change, tell: { ...told, completeUpTo } };
    }
    const { lost: detail, transition } = WORDS[narrowed];
    const told = narrowed === "blind" || baselines.has(resource);
    const change = { resource, sight: { sight: narrowed, since, told, detail } };
    return told ? { change, tell: { transition, resource, since, detail, completeUpTo } } : { change };
  };
}
