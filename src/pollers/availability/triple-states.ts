import { isRecord } from "../../shared/is-record.ts";
import { parseJson } from "../../shared/parse-json.ts";

/** What is remembered of one triple besides what was told of it. Unix seconds by the upstream's clock. */
export interface TripleState {
  /** When it was last read; 0: never. */
  readonly readAt: number;
  /** Times that differ from what was told, and since when. */
  readonly pending: ReadonlyMap<number, number>;
  /** When it answered 404 for the first time; 0: it does not. */
  readonly missingSince: number;
  /** When it is to be looked whether that lasts; 0: nothing waits. */
  readonly lookAt: number;
}

export const UNREAD: TripleState = { readAt: 0, pending: new Map(), missingSince: 0, lookAt: 0 };

/** Of all triples of an account, by id, and of what reading them has cost. */
export interface TripleStates {
  readonly states: ReadonlyMap<string, TripleState>;
  /** Requests that are still to be paid for, as of `owedAt` (unix ms by our clock). */
  readonly owed: number;
  readonly owedAt: number;
}

/** All of it can be lost without losing a change: everything is read again, and waits again. */
export function parseTripleStates(text: string): TripleStates {
  const kept = parseJson(text);
  const { owed, owedAt, states } = isRecord(kept) ? kept : {};
  const entries = isRecord(states) ? Object.entries(states) : [];
  return {
    states: new Map(
      entries.flatMap(([id, state]) => {
        if (!isRecord(state) || !isRecord(state["pending"])) return [];
        const pending = Object.entries(state["pending"]).map(
          ([time, since]) => [Number(time), Number(since)] as const,
        );
        const [readAt, missingSince, lookAt] = ["readAt", "missingSince", "lookAt"].map((name) =>
          Number(state[name]),
        );
        if (readAt === undefined || missingSince === undefined || lookAt === undefined) return [];
        return [[id, { readAt, missingSince, lookAt, pending: new Map(pending) }] as const];
      }),
    ),
    owed: typeof owed === "number" ? owed : 0,
    owedAt: typeof owedAt === "number" ? owedAt : 0,
  };
}

export function formatTripleStates({ states, owed, owedAt }: TripleStates): string {
  const plain = [...states].map(([id, { pending, ...state }]) => [
    id,
    { ...state, pending: Object.fromEntries(pending) },
  ]);
  return JSON.stringify({ states: Object.fromEntries(plain), owed, owedAt });
}
