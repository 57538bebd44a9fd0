import type { Overview } from "../../api/answers.ts";
import { judgeLag } from "../../parts/judge-lag.ts";
import { stateWords } from "../../parts/source-state.ts";
import { spellCount } from "../../parts/spell-count.ts";
import { spellResource } from "../../parts/spell-resource.ts";
import { spellSpan } from "../../parts/spell-span.ts";
import type { Trouble } from "./trouble.ts";

export type Source = Overview["sources"]["shown"][number];

/** A first sync needs nobody. */
const CALM_STATES: readonly string[] = ["first_sync", "not_read_yet"];

/** live: it is read all the time · calm: it will be by itself · wrong: something keeps it from being read. */
export function kindOf({ held, state }: Pick<Source, "held" | "state">): "live" | "calm" | "wrong" {
  if (held) return "wrong";
  if (state === "live") return "live";
  return CALM_STATES.includes(state) ? "calm" : "wrong";
}

/** How many sources something keeps from being read, those that are not shown included. */
export function countWrong({ by_state: byState }: Pick<Overview["sources"], "by_state">): number {
  return Object.entries(byState)
    .filter(([state]) => state !== "live" && !CALM_STATES.includes(state))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** How far behind a live source was at that moment, by the service's clock. */
export function lagOf({ complete_up_to: upTo }: Pick<Source, "complete_up_to">, atMs: number): number {
  return upTo === null ? 0 : Math.max(0, atMs - Date.parse(upTo));
}

export function findSourceTrouble(
  sources: Overview["sources"],
  budget: Overview["budget"],
  nowMs: number,
): readonly Trouble[] {
  return [...findWrong(sources), ...findStandingStill(sources, nowMs), ...findBudgetTrouble(budget)];
}

/** What an account suffers from is one thing, however many kinds of record it has. */
function findWrong(sources: Overview["sources"]): Trouble[] {
  const groups = new Map<string, Source[]>();
  for (const source of sources.shown) {
    if (kindOf(source) !== "wrong") continue;
    const key = `${source.account} ${source.state} ${String(source.held)}`;
    groups.set(key, [...(groups.get(key) ?? []), source]);
  }
  const named = [...groups.values()].flatMap((group) => toTrouble(group));
  const shown = [...groups.values()].flat().length;
  const left = countWrong(sources) - shown;
  if (left <= 0) return named;
  const more = { name: spellCount(left, "more source"), words: "not read as they should be" };
  return [...named, { tone: "bad", ...more, since: null, path: "/accounts?state=trouble" }];
}

function toTrouble(group: readonly Source[]): Trouble[] {
  const [first] = group;
  if (!first) return [];
  const { name, tone } = stateWords(first);
  // A key is the account's, and a guard holds all of it.
  const whole = first.state === "key_revoked" || first.held;
  const kinds = group.map(({ resource }) => spellResource(resource).toLowerCase());
  return [
    {
      tone: tone === "bad" ? "bad" : "warn",
      name: whole ? `Account ${first.account}` : `${first.account}: ${kinds.join(", ")}`,
      words: name,
      since: first.since,
      path: `/accounts/${encodeURIComponent(first.account)}`,
      among: { many: "accounts", path: `/accounts?state=${first.held ? "held" : first.state}` },
    },
  ];
}

/** One thing however many they are: one cause makes all of an installation late. */
function findStandingStill(
  { oldest_complete_up_to: oldest, promise_ms: promiseMs, shown }: Overview["sources"],
  nowMs: number,
): Trouble[] {
  if (oldest === null) return [];
  const lagMs = lagOf({ complete_up_to: oldest }, nowMs);
  if (judgeLag(lagMs, promiseMs) !== "bad") return [];
  const late = shown.filter(
    (source) => kindOf(source) === "live" && judgeLag(lagOf(source, nowMs), promiseMs) === "bad",
  );
  const accounts = new Set(late.map(({ account }) => account));
  const [only] = accounts;
  const one = accounts.size === 1 ? only : undefined;
  return [
    {
      tone: "bad",
      name: one === undefined ? "Sources" : `Account ${one}`,
      words: late.length === 0 ? "behind" : `${spellCount(late.length, "source")} behind`,
      since: null,
      more: `the furthest by ${spellSpan(lagMs)}; changes come late and are not lost`,
      path: one === undefined ? "/accounts" : `/accounts/${encodeURIComponent(one)}`,
    },
  ];
}

function findBudgetTrouble(budget: Overview["budget"]): Trouble[] {
  const blocked = budget?.accounts_blocked ?? 0;
  if (blocked === 0) return [];
  return [
    {
      tone: "warn",
      name: spellCount(blocked, "account"),
      words: "not asked for a while, because Cliniko answered 429",
      since: null,
      more: "changes come late and are not lost",
      path: "/accounts",
    },
  ];
}
