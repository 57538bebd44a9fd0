import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { matchesPattern } from "../../diff/event-types.ts";
import { typeOf } from "../../store/outbox/delivery.ts";
import type { RestingState } from "../../store/outbox/delivery-state.ts";
import type { DeliveryLog, ListedHead } from "../../store/outbox/delivery-log.ts";
import type { Patience } from "../../store/events/patience.ts";

/** Which deliveries that came to rest are to be sent again. Times are unix ms, of the events' commit. */
export interface Recovery {
  readonly endpoint: string;
  readonly since: number;
  /** Not included. */
  readonly until: number;
  readonly states: readonly RestingState[];
  /** `*`, `<subject>.*` or event types; empty: all. */
  readonly types: readonly string[];
  /** Only of these accounts; undefined: of all. What an endpoint may not have any more is neither counted nor sent. */
  readonly accounts?: readonly string[] | undefined;
}

export interface RecoveryCount {
  readonly total: number;
  readonly byType: Readonly<Record<string, number>>;
}

/** How much a recovery would send. A count of a part is none: when it takes too long, there is none. */
export async function countRecovery(
  deliveries: Pick<DeliveryLog, "walk">,
  recovery: Recovery,
  { signal, isOver }: Patience,
): Promise<RecoveryCount | "search_too_long"> {
  const byType: Record<string, number> = {};
  let total = 0;
  for await (const heads of deliveries.walk(recovery.endpoint, recovery)) {
    signal.throwIfAborted();
    if (isOver()) return "search_too_long";
    for (const head of heads.filter((candidate) => isMeant(recovery, candidate))) {
      total += 1;
      byType[typeOf(head)] = (byType[typeOf(head)] ?? 0) + 1;
    }
  }
  return { total, byType };
}

export interface RecoveryProgress {
  /** Up to where all has been looked at, unix ms. */
  readonly after: number;
  readonly seen: number;
  readonly taken: number;
}

export interface RecoverDeps {
  readonly deliveries: Pick<DeliveryLog, "walk" | "recover">;
  readonly wake: (endpoint: string) => Promise<void>;
  readonly stopping: AbortSignal;
}

/**
 * Gives deliveries a new schedule, oldest first, all of the range. Safe to repeat from any point: what was taken no longer
 * stands where it is looked for. False: it was stopped before the end.
 */
export async function recover(
  { deliveries, wake, stopping }: RecoverDeps,
  recovery: Recovery,
  from: RecoveryProgress,
  save: (progress: RecoveryProgress) => Promise<void>,
): Promise<boolean> {
  let progress = from;
  const range = { since: Math.max(recovery.since, from.after), until: recovery.until };
  for await (const heads of deliveries.walk(recovery.endpoint, range)) {
    const meant = heads.filter((head) => isMeant(recovery, head));
    const taken = await deliveries.recover(recovery.endpoint, meant, recovery.states);
    progress = {
      after: heads.at(-1)?.at ?? progress.after,
      seen: progress.seen + heads.length,
      taken: progress.taken + taken,
    };
    await save(progress);
    // Also when none was taken: the answer of an earlier try may have been lost, and the wake with it.
    if (meant.length > 0) await wake(recovery.endpoint);
    if (stopping.aborted) return false;
  }
  return true;
}

function isMeant({ states, types, accounts }: Recovery, head: ListedHead): boolean {
  if (accounts && head.account !== SERVICE_ACCOUNT && !accounts.includes(head.account)) return false;
  if (!states.some((state) => state === head.state)) return false;
  if (types.length === 0) return true;
  return types.some((pattern) => pattern === "*" || matchesPattern(pattern, head.subject, head.transitions));
}
