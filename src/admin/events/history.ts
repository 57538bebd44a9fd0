import type { Base } from "../base.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { HistoryInterval, HistoryRange, HistorySelection } from "../../store/history/history.ts";
import type { HistoryScope } from "../../store/redis/keys.ts";
import { type Caller, accountsOf } from "../access/caller.ts";
import { findEndpoint, visibleEndpoints } from "../endpoints/find-endpoint.ts";

/** What is asked for: one endpoint, one account, or (neither) all that the caller may see. */
export type HistoryOf =
  | { readonly kind: "endpoint"; readonly id: string }
  | { readonly kind: "account"; readonly name: string }
  | { readonly kind: "all" };

export interface FoundHistory {
  readonly kind: "found";
  readonly stepMs: number;
  /** The oldest first. */
  readonly intervals: readonly HistoryInterval[];
}

/** It does not exist for the caller. */
export interface UnknownHistory {
  readonly kind: "unknown";
  readonly what: "endpoint" | "account";
  readonly id: string;
}

type HistoryBase = Pick<Base, "config" | "endpoints" | "history" | "now">;

export async function readHistory(
  base: HistoryBase,
  caller: Caller,
  range: HistoryRange,
  of: HistoryOf,
): Promise<FoundHistory | UnknownHistory> {
  const selection = await select(base, caller, of);
  if ("what" in selection) return selection;
  return { kind: "found", ...(await base.history.read(range, selection, base.now())) };
}

async function select(
  base: HistoryBase,
  caller: Caller,
  of: HistoryOf,
): Promise<HistorySelection | UnknownHistory> {
  switch (of.kind) {
    case "endpoint": {
      const endpoint = await findEndpoint(base, caller, of.id);
      if (!endpoint) return { kind: "unknown", what: "endpoint", id: of.id };
      return { detectedOf: accountsFor(base, endpoint), deliveredOf: [{ endpoint: endpoint.id }] };
    }
    case "account": {
      const account = accountsOf(caller, base.config).find((name) => name === of.name);
      if (account === undefined) return { kind: "unknown", what: "account", id: of.name };
      if (caller.role !== "subscriber") return { detectedOf: [{ account }], deliveredOf: [{ account }] };
      const own = await visibleEndpoints(base, caller);
      const deliveredOf = own.map(({ id: endpoint }) => ({ endpoint, account }));
      return { detectedOf: [{ account }], deliveredOf };
    }
    case "all": {
      if (caller.role !== "subscriber") return { detectedOf: [{}], deliveredOf: [{}] };
      const own = await visibleEndpoints(base, caller);
      return {
        detectedOf: scopesOf(base, accountsOf(caller, base.config)),
        deliveredOf: own.map(({ id: endpoint }) => ({ endpoint })),
      };
    }
  }
}

/** An endpoint's share of what is found: that of the accounts which it may have. */
function accountsFor(base: HistoryBase, { settings }: Endpoint): readonly HistoryScope[] {
  if (settings.accounts === undefined) return [{}];
  // Each once, however often it is named.
  const named = new Set(settings.accounts);
  return scopesOf(
    base,
    base.config.accounts.map(({ name }) => name).filter((name) => named.has(name)),
  );
}

/** All of them together are counted apart: a thousand accounts need not be added up. */
function scopesOf({ config }: HistoryBase, accounts: readonly string[]): readonly HistoryScope[] {
  return accounts.length === config.accounts.length ? [{}] : accounts.map((account) => ({ account }));
}
