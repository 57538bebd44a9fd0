import type { ScanDeps } from "../../../src/pollers/scan/scan.ts";

/** The power went at one of a scan's calls. */
export class PowerCutError extends Error {
  readonly code = "power_cut";

  constructor() {
    super("the power went");
    this.name = new.target.name;
  }
}

/** Where a scan is interrupted: at its n-th call of the store or the client (from 1), before or after it took effect. */
export interface Interruption {
  readonly call: number;
  readonly when: "before" | "after";
}

type Interrupted = Pick<ScanDeps, "client" | "store">;

/** Runs `hit` at the place told; what it answers is awaited there, and what it throws comes out of the call. */
export function interruptAt(deps: Interrupted, place: Interruption, hit: () => Promise<void>): Interrupted {
  let calls = 0;
  const guard = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    calls += 1;
    const isHere = calls === place.call;
    if (isHere && place.when === "before") await hit();
    const answer = await work();
    if (isHere && place.when === "after") await hit();
    return answer;
  };
  return wrapCalls(deps, guard);
}

/** Puts something of the test's own around every call that a scan makes. */
export function wrapCalls(
  { client, store }: Interrupted,
  around: <Answer>(work: () => Promise<Answer>, name: string) => Promise<Answer>,
): Interrupted {
  return {
    client: {
      listPage: async (...args) => await around(async () => await client.listPage(...args), "listPage"),
    },
    store: {
      readCursor: async (...args) => await around(async () => await store.readCursor(...args), "readCursor"),
      loadSnapshots: async (...args) =>
        await around(async () => await store.loadSnapshots(...args), "loadSnapshots"),
      commit: async (...args) => await around(async () => await store.commit(...args), "commit"),
    },
  };
}

/** A worker that stands still somewhere in its scan until it is woken. */
export interface StalledWork<Result> {
  readonly wake: () => Promise<Result>;
}

/** Starts work that may park itself; answers its result when it did not, or the way to wake it. */
export async function startStalling<Result>(
  start: (park: () => Promise<void>) => Promise<Result>,
): Promise<{ readonly done: Result } | { readonly stalled: StalledWork<Result> }> {
  let wake = (): void => undefined;
  let parked = (): void => undefined;
  const isParked = new Promise<"parked">((resolve) => {
    parked = () => resolve("parked");
  });
  const work = start(async () => {
    parked();
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  });
  const first = await Promise.race([isParked, work.then((done) => ({ done }))]);
  if (first !== "parked") return first;
  return {
    stalled: {
      wake: async () => {
        wake();
        return await work;
      },
    },
  };
}
