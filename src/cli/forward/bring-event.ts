import { CLOUD_EVENTS_TYPE, fromCloudEvent } from "../../diff/cloud-event.ts";
import type { Signer } from "../../dispatch/signing/sign.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import { describeAnswer, isTaken } from "../deliveries/describe-answer.ts";
import { formatEventLine } from "../events/event-line.ts";
import type { Post } from "../grade/grade-case.ts";
import type { Answer } from "../grade/send-post.ts";
import { type Waits, sleep, waitMsAfter } from "./waits.ts";

/** One event of the feed: its id, and the very text of a callback's body. */
export interface FeedEvent {
  readonly id: string;
  readonly body: string;
}

/**
 * taken: answered with 2xx · passed_over: answered with something else, and `skipFailed` is set · left: it was still to be
 * tried when `signal` fired
 */
export type Brought = "taken" | "passed_over" | "left";

export interface BringDeps {
  readonly key: SigningKey;
  readonly signer: Signer;
  readonly send: (post: Post) => Promise<Answer>;
  readonly skipFailed: boolean;
  readonly waits: Waits;
  readonly now: () => number;
  readonly print: (line: string) => void;
}

/**
 * Brings one event to the developer's receiver and tries again until it is taken: the next one waits, so that their order
 * stays, and none is dropped. A receiver that cannot be reached is waited for in any case: it has judged nothing.
 */
export async function bringEvent(
  { send, skipFailed, waits, now, print, ...signing }: BringDeps,
  event: FeedEvent,
  signal: AbortSignal,
): Promise<Brought> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    const answer = await send(sign(signing, event, now()));
    const line = `${formatEventLine(now(), toEvent(event))}  → ${describeAnswer(answer)}`;
    if (isTaken(answer)) {
      print(line);
      return "taken";
    }
    const said = answer.kind === "answered" && answer.excerpt ? `: “${answer.excerpt}”` : "";
    const unverified = answer.kind === "answered" && answer.status === 401;
    if (skipFailed && answer.kind !== "unreachable") {
      print(`${line}${said}; passed over`);
      return "passed_over";
    }
    const waitMs = waitMsAfter(failures, waits);
    print(`${line}${said}; again in ${waitMs / 1_000} s, the next ones wait`);
    if (unverified && failures === 1) print("          does your receiver verify with the secret above?");
    if (failures === 2 && answer.kind !== "unreachable") {
      print(
        "          --skip-failed passes over what your receiver never takes; Ctrl-C, and the same command with it",
      );
    }
    await sleep(waitMs, signal);
  }
  return "left";
}

function sign({ key, signer }: Pick<BringDeps, "key" | "signer">, event: FeedEvent, nowMs: number): Post {
  const { id, body } = event;
  const signed = signer.headers([key], id, Math.floor(nowMs / 1_000), body, nowMs);
  const isCloudEvent = fromCloudEvent(toEvent(event)) !== undefined;
  return { headers: { ...signed, ...(isCloudEvent && { "content-type": CLOUD_EVENTS_TYPE }) }, body };
}

function toEvent({ body }: FeedEvent): unknown {
  return JSON.parse(body);
}
