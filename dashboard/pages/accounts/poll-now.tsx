import { type ReactNode, useState } from "react";

import type { Account, AccountReading } from "../../api/answers.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { Button } from "../../components/controls/button.tsx";
import { Icon } from "../../components/layout/icon.tsx";
import { Note } from "../../components/layout/note.tsx";
import { type AskedPoll, type PollProgress, followPoll, startPoll } from "./follow-poll.ts";
import { type KeyLook, formatKeyLook } from "./format-key-look.ts";
import { whyAsleep } from "./why-asleep.ts";

export interface PollNow {
  /** Asks for a reading. */
  readonly ask: () => void;
  readonly isPending: boolean;
  /** What has come of it so far; undefined: nothing was asked for, or it was put away. */
  readonly asked: AskedPoll | undefined;
  readonly putAway: () => void;
}

interface PollAnswer {
  readonly woken: readonly string[];
  readonly key: KeyLook | null;
}

/** Reading an account now, and following what comes of it. */
export function usePollNow(account: string, reading: AccountReading | undefined): PollNow {
  const [asked, setAsked] = useState<AskedPoll>();
  const { mutate, isPending } = useAction(
    async (before: AccountReading | undefined) => {
      const path = `/accounts/${encodeURIComponent(account)}/poll`;
      const answer = await request<PollAnswer>(path, { method: "POST" });
      const isRefused = answer.key !== null && answer.key.outcome !== "accepted";
      setAsked(isRefused ? undefined : startPoll(answer.woken, before));
      return answer;
    },
    { changes: ["/accounts", "/overview"], done: ({ key }) => (key ? formatKeyLook(key) : undefined) },
  );
  return {
    ask: () => mutate(reading),
    isPending,
    asked,
    putAway: () => setAsked(undefined),
  };
}

/** Where asking would come to nothing it says why. */
export function PollButton({
  account,
  poll,
}: {
  readonly account: Account;
  readonly poll: PollNow;
}): ReactNode {
  const asleep = whyAsleep(account);
  const why = asleep === "release" ? "Not while a guard holds it." : undefined;
  return (
    <>
      {why === undefined ? null : (
        <span id="poll-why" className="hint">
          {why}
        </span>
      )}
      <Button
        look="primary"
        onPress={poll.ask}
        isPending={poll.isPending}
        isDisabled={why !== undefined}
        {...(why === undefined ? {} : { "aria-describedby": "poll-why" })}
      >
        <Icon name="refresh" /> {poll.isPending ? "Asking …" : asleep === "key" ? "Try the key" : "Poll now"}
      </Button>
    </>
  );
}

/** What came of it, for each kind of record, while it comes. */
export function PollOutcome({
  poll: { asked, putAway },
  reading,
}: {
  readonly poll: PollNow;
  readonly reading: AccountReading | undefined;
}): ReactNode {
  const progress = asked && reading ? followPoll(asked, reading) : [];
  return (
    <div role="status">
      {progress.length === 0 ? null : (
        <Note tone={toneOf(progress)}>
          <ul className="poll-outcome">
            {progress.map(({ resource, text }) => (
              <li key={resource}>
                <strong>{resource}</strong>: {text}
              </li>
            ))}
          </ul>
          <div>
            <Button look="quiet" onPress={putAway}>
              Close
            </Button>
          </div>
        </Note>
      )}
    </div>
  );
}

function toneOf(progress: readonly PollProgress[]): "good" | "warn" | "idle" {
  if (progress.some(({ state }) => state === "failed")) return "warn";
  return progress.every(({ state }) => state === "read") ? "good" : "idle";
}
