import type { EndpointStatus } from "../../api/answers.ts";
import { formatMoment } from "../format/format-moment.ts";
import { TONES } from "./source-kind.ts";
import type { Tone } from "./tone.ts";

export interface EndpointHealth {
  readonly tone: Tone;
  readonly icon?: "paused";
  /** One or two words. */
  readonly word: string;
  /** Since when it is so: for what fails, since the first failure. */
  readonly since: string;
  /** What it means, and what comes next. */
  readonly words: string;
}

/** Whether it fails, and has failed for longer than a restart takes. */
export function failsLong({
  failing_since: failingSince,
  severity,
}: Pick<EndpointStatus, "failing_since" | "severity">): boolean {
  return failingSince !== null && severity === "critical";
}

/** How an endpoint is doing, in words. Pure. */
export function healthOf(status: EndpointStatus): EndpointHealth {
  const { disables_at: disablesAt, failing_since: failingSince, since, state } = status;
  switch (state) {
    case "healthy":
      if (failingSince === null) return takingHealth(status);
      return {
        ...(failsLong(status)
          ? { tone: "bad", word: "Failing" }
          : { tone: "warn", word: "Starting to fail" }),
        since: failingSince,
        words:
          "Nothing has been accepted since then. It is tried again by itself. After six hours comes a first warning.",
      };
    case "failing":
      return {
        tone: "bad",
        word: "Failing",
        since: failingSince ?? since,
        words:
          "Nothing was accepted for six hours of trying. It is still tried. After four days comes a last warning, after five days it is disabled.",
      };
    case "warned":
      return {
        tone: "bad",
        word: "About to be disabled",
        since: failingSince ?? since,
        words: `Nothing was accepted for four days. ${
          disablesAt === null
            ? "It is disabled soon"
            : `It is disabled by the first failure after ${formatMoment(disablesAt)}`
        }, unless something is accepted before.`,
      };
    case "disabled":
      return { tone: "bad", word: "Disabled", since, words: disabledWords(status) };
    case "paused":
      return {
        tone: "idle",
        icon: "paused",
        word: "Paused",
        since,
        words:
          "A person paused it, or it is no longer in the configuration file. Nothing goes out; what it is to get waits until it is enabled.",
      };
  }
}

/** It fails nothing; what it is to get may wait all the same. */
function takingHealth({
  code,
  oldest_waiting_at: oldest,
  severity,
  since,
}: Pick<EndpointStatus, "code" | "oldest_waiting_at" | "severity" | "since">): EndpointHealth {
  const tone = TONES[severity];
  switch (code) {
    case "delivery_overdue":
      return {
        tone,
        word: "Deliveries overdue",
        since: oldest ?? since,
        words:
          "What is due does not go out, or goes out late: nothing runs that delivers, or the receiver is slow.",
      };
    case "deliveries_parked":
      return {
        tone,
        word: "Deliveries parked",
        since,
        words: "It takes what it gets. What was parked while it was disabled waits for a recover.",
      };
    default:
      return { tone, word: "Healthy", since, words: "It takes what it gets." };
  }
}

function disabledWords({ disabled_by: by }: EndpointStatus): string {
  const parked = "Nothing goes out to it, and what it is to get is parked.";
  if (by === null) return parked;
  const reason = by === "gone" ? "It answered 410: it wants no more." : "It has failed for five days.";
  return `${reason} ${parked} A test that passes enables it, or a person.`;
}

const RANKS: Readonly<Record<EndpointStatus["state"], number>> = {
  disabled: 0,
  warned: 1,
  failing: 2,
  healthy: 5,
  paused: 6,
};

/** The worst first, then what has been in trouble the longest. */
export function compareHealth(left: EndpointStatus, right: EndpointStatus): number {
  const [first, second] = [rankOf(left), rankOf(right)];
  if (first !== second) return first - second;
  if (first >= RANKS.healthy) return 0;
  return begun(left) - begun(right);
}

function begun({ failing_since: failingSince, since, state }: EndpointStatus): number {
  return Date.parse(state === "disabled" ? since : (failingSince ?? since));
}

function rankOf({ state, failing_since: failingSince, parked, failed }: EndpointStatus): number {
  if (state !== "healthy") return RANKS[state];
  if (failingSince !== null) return 3;
  // It takes what it gets again, and what it did not take still lies there.
  return parked + failed > 0 ? 4 : RANKS.healthy;
}
