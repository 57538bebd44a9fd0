import type { EndpointStatus, Overview } from "../../api/answers.ts";
import { compareHealth, healthOf } from "../../parts/endpoint-health.ts";
import { wordsOfErrorClass } from "../../parts/error-class.tsx";
import { spellCount } from "../../parts/spell-count.ts";
import type { Trouble } from "./trouble.ts";

export type EndpointInTrouble = Overview["endpoints"]["shown"][number];

/** As the alert `DeliveryBacklog` has it. */
const LONG_WAIT_MS = 10 * 60_000;
const WRONG_STATES: readonly string[] = ["failing", "warned", "disabled"];
const MANY = { many: "endpoints", path: "/endpoints" };

export function findEndpointTrouble(endpoints: Overview["endpoints"], nowMs: number): readonly Trouble[] {
  return [...findFailing(endpoints, nowMs), ...findBacklog(endpoints, nowMs)];
}

function findFailing({ by_state: byState, shown }: Overview["endpoints"], nowMs: number): Trouble[] {
  const named = shown
    .toSorted((left, right) => compareHealth(left.status, right.status))
    .flatMap((endpoint) => toTrouble(endpoint, nowMs));
  const all = WRONG_STATES.reduce((sum, state) => sum + (byState[state] ?? 0), 0);
  const left = all - shown.filter(({ status }) => WRONG_STATES.includes(status.state)).length;
  if (left <= 0) return named;
  const more = { name: spellCount(left, "more endpoint"), words: "failing or disabled" };
  return [...named, { tone: "bad", ...more, since: null, path: "/endpoints" }];
}

/** What a person paused is as they want it, and what was given up once is history: neither is told here. */
function toTrouble({ description, id, status }: EndpointInTrouble, nowMs: number): Trouble[] {
  const { tone, word, since } = healthOf(status, nowMs);
  const path = `/endpoints/${encodeURIComponent(id)}`;
  const name = `Endpoint ${description === "" ? id : description}`;
  if (tone === "idle") return [];
  if (tone === "good") {
    if (status.held === 0) return [];
    const words = "well again, and deliveries are still held back";
    const more = spellHeldBack(status);
    return [{ tone: "warn", name, words, since: null, more, path: `${path}/deliveries`, among: MANY }];
  }
  const why = wordsOfErrorClass(status.error_class, status.error_status)?.name.toLowerCase();
  const more = [why, spellHeldBack(status)].filter((part) => part !== undefined).join(", ");
  const among = WRONG_STATES.includes(status.state)
    ? { ...MANY, path: `/endpoints?state=${status.state}` }
    : MANY;
  return [
    { tone, name, words: word.toLowerCase(), since, more: more === "" ? undefined : more, path, among },
  ];
}

/** What an endpoint has not got: `25 held, 3 waiting`. Undefined: nothing. */
export function spellHeldBack({
  failed,
  held,
  waiting,
}: Pick<EndpointStatus, "failed" | "held" | "waiting">): string | undefined {
  const parts = [
    held > 0 ? spellCount(held, "held", "held") : undefined,
    waiting > 0 ? spellCount(waiting, "waiting", "waiting") : undefined,
    failed > 0 ? spellCount(failed, "given up", "given up") : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** Deliveries that are due and do not go out, though no endpoint that fails, rests or is paused is to blame. */
function findBacklog({ oldest_waiting_at: oldest, shown }: Overview["endpoints"], nowMs: number): Trouble[] {
  if (oldest === null || nowMs - Date.parse(oldest) <= LONG_WAIT_MS) return [];
  if (shown.some(({ status }) => status.oldest_waiting_at === oldest)) return [];
  const more = "is a receiver slow?";
  return [
    { tone: "warn", name: "Deliveries", words: "due and not sent", since: oldest, more, path: "/endpoints" },
  ];
}
