import { randomUUID } from "node:crypto";

import { toError } from "../../shared/errors.ts";
import type { Incident, Mark, MarkAnswer, Marks } from "./marks.ts";
import type { Gate } from "../redis/redis-gate.ts";
import type { ReconnectPolicy } from "../redis/reconnect-policy.ts";
import { type Storage, type StorageState, reasonOf } from "../redis/storage-state.ts";

export interface WatchDeps {
  readonly redis: {
    readonly status: string;
    on(event: "close" | "ready", listener: () => void): unknown;
  };
  readonly gate: Gate;
  readonly policy: Pick<ReconnectPolicy, "enable" | "succeeded">;
  readonly storage: StorageState;
  readonly marks: Marks;
  /** Whose identity key stands in Redis. */
  readonly whose: () => Promise<"ours" | "none" | "another">;
  /** Puts ours where none is. */
  readonly keepIdentity: () => Promise<void>;
  /** Whether something that was kept is missing or older than it was; undefined: nothing was known before. */
  readonly hasLost: () => Promise<boolean | undefined>;
  readonly now: () => number;
  readonly onStorage: (now: Storage, before: Storage) => void;
  /** Somebody noticed it: this process or another. */
  readonly onIncident: (incident: Incident) => void;
}

const EVERY_MS = 1_000;
/** Looks in vain before it is said that Redis does not answer, and before every connection is made anew. */
const SILENT_LOOKS = 4;
const DEAD_LOOKS = 15;
/** Another process noticed it, if it did so at most this long before we were last well: their clocks need not agree. */
const SKEW_MS = 60_000;

export const NO_ANSWER = "Redis does not answer";
export const ANOTHERS =
  "this Redis holds another installation: nothing is read or delivered until ours is back";

/** Writes one mark, and sees to what it finds instead. Never rejects. */
function createBeat(deps: WatchDeps, say: (reason: string) => void): () => Promise<void> {
  const { gate, marks, now, policy } = deps;
  let written: Mark | undefined;
  const seen = new Set<string>();

  const well = (mark: Mark, incident: Incident | undefined): void => {
    written = mark;
    if (incident) seen.add(incident.id);
    policy.succeeded();
    say("");
    gate.open();
  };
  const anothers = (): void => {
    gate.close();
    say(ANOTHERS);
  };
  const turned = async (
    kind: Incident["kind"],
    mark: Mark,
    copyAt: number | null,
    known?: Incident,
  ): Promise<void> => {
    const since = written?.at ?? now();
    const isNew = known !== undefined && !seen.has(known.id) && known.noticedAt >= since - SKEW_MS;
    const incident = { id: randomUUID(), kind, since, noticedAt: now(), copyAt };
    const kept = await gate.pass(async () => {
      if (!isNew) return await marks.record(incident, known?.id ?? "", mark);
      await marks.take(mark);
      return known;
    });
    well(mark, kept);
    deps.onIncident(kept);
  };
  const unmarked = async (mark: Mark): Promise<void> => {
    const whose = await gate.pass(deps.whose);
    if (whose === "another") return anothers();
    const lost = written !== undefined && (await gate.pass(deps.hasLost));
    if (whose === "none") await gate.pass(deps.keepIdentity);
    if (lost === true || (lost === undefined && whose === "none")) {
      await turned(whose === "none" ? "emptied" : "went_back", mark, null);
      return;
    }
    await gate.pass(async () => await marks.take(mark));
    well(mark, undefined);
  };
  const settle = async (answer: MarkAnswer, mark: Mark): Promise<void> => {
    switch (answer.kind) {
      case "ours":
        well(mark, answer.incident);
        return;
      case "behind":
        await turned("went_back", mark, answer.found?.at ?? null, answer.incident);
        return;
      case "refused":
        // It is ours: what only reads, or makes room, goes on.
        say(reasonOf(answer.detail));
        gate.open();
        return;
      case "none":
        await unmarked(mark);
        return;
      case "another":
        anothers();
    }
  };
  return async () => {
    const mark = { count: (written?.count ?? 0) + 1, at: now() };
    try {
      const write = async (): Promise<MarkAnswer> => await marks.write(mark, written);
      await settle(await gate.pass(write), mark);
      if (deps.storage.read().reason !== ANOTHERS && (await gate.pass(deps.whose)) === "none") {
        // Removed alone, it is put back without a word. All may have gone with it since: then nothing else would tell.
        const again = await gate.pass(write);
        await (again.kind === "ours" ? gate.pass(deps.keepIdentity) : settle(again, mark));
      }
    } catch (error) {
      say(reasonOf(toError(error).message));
    }
  };
}

/**
 * Writes a mark every second, which is the proof that we are ready: nothing else tells a server that is read-only, full,
 * frozen or somebody else's from one that works. What it finds instead of its last mark says what happened to the server.
 */
export async function startInstallationWatch(
  deps: WatchDeps,
  everyMs: number = EVERY_MS,
): Promise<AsyncDisposable> {
  const { gate, marks, policy, redis } = deps;
  let underWay: Promise<void> | undefined;
  let looks = 0;
  let refusal = "";
  const say = (reason: string): void => {
    const before = deps.storage.read();
    if (deps.storage.set(reason)) deps.onStorage(deps.storage.read(), before);
  };
  const beat = createBeat(deps, (reason) => {
    // What a write came to counts for more than what was refused before it.
    refusal = "";
    say(reason);
  });
  const look = (): void => {
    if (underWay) {
      looks += 1;
      // What was refused is sent again and again by the client: it does not come back as an error.
      if (refusal) say(reasonOf(refusal));
      else if (looks >= SILENT_LOOKS) say(NO_ANSWER);
      if (looks % DEAD_LOOKS === 0) gate.reconnect();
    }
    if (redis.status !== "ready" || underWay) return;
    // What another connection was refused before says nothing of this write.
    refusal = "";
    underWay = beat().finally(() => {
      looks = 0;
      underWay = undefined;
    });
  };

  policy.enable((detail) => {
    refusal = detail;
  });
  redis.on("close", () => {
    gate.close();
    if (deps.storage.read().writable) say(NO_ANSWER);
  });
  redis.on("ready", look);
  look();
  await underWay;
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if (redis.status !== "ready" || !deps.storage.read().writable) return;
      await underWay;
      await marks.remove().catch(() => undefined);
    },
  };
}
