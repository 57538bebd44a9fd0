import { noteReading } from "../../admin/accounts/note-reading.ts";
import { newestDeliveries, readDelivery, retryDelivery as retry } from "../../admin/deliveries/deliveries.ts";
import { previewRecovery, readRecovery, startRecovery } from "../../admin/deliveries/recoveries.ts";
import { testEndpoint } from "../../admin/endpoints/test-endpoint.ts";
import type { Base } from "../../admin/base.ts";
import type { Config } from "../../config/config.ts";
import type { RestingState } from "../../store/outbox/delivery-state.ts";
import type { ConfigError } from "../../shared/errors.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { toDeliveryAnswer } from "../../ops/api/deliveries/delivery-answer.ts";
import { toTestAnswer } from "../../ops/api/endpoints/test-answer.ts";
import { createSending } from "../../dispatch/http/sending.ts";
import { type Attempt, type Delivery, typeOf } from "../../store/outbox/delivery.ts";
import type { DeliveryState } from "../../store/outbox/delivery-state.ts";
import { ENDLESS } from "../../store/events/patience.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { printOutcome } from "../terminal/print-outcome.ts";
import { findOrThrow, toCliError } from "../terminal/refuse.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

export interface DeliveryRangeOptions {
  /** Unix ms. */
  readonly since: number;
  readonly until: number;
}

/** The newest deliveries of an endpoint. */
export async function listDeliveries(
  config: Config,
  id: string,
  given: DeliveryRangeOptions & {
    readonly states: readonly DeliveryState[] | undefined;
    readonly limit: number;
    readonly json: boolean;
  },
  print: Print,
): Promise<void> {
  const { endpoint, found } = await withBase(config, async (base) => {
    const known = await findOrThrow(base, id);
    const deliveries = await newestDeliveries(base, id, given);
    await noteDeliveries(base, "listDeliveries", deliveries);
    return { endpoint: known, found: deliveries };
  });
  if (given.json) {
    const answers = found.map((delivery) => toDeliveryAnswer(cliCaller(), endpoint, delivery));
    print(JSON.stringify(answers, null, 2));
    return;
  }
  const head = ["when", "state", "type", "subject", "event", "last attempt", "next"];
  const rows = found.map((delivery) => [
    toIsoSeconds(delivery.at),
    delivery.state,
    typeOf(delivery),
    `${delivery.account}/${delivery.subjectId}`,
    delivery.eventId,
    describeLast(delivery.attempts),
    describeNext(delivery),
  ]);
  print(rows.length === 0 ? `Nothing for ${id} in this time.` : formatTable([head, ...rows]));
}

/** What a receiver answered may be what it was sent. */
async function noteDeliveries(base: Base, what: string, deliveries: readonly Delivery[]): Promise<void> {
  const shown = deliveries.map(({ account, subject, subjectId }) => ({
    account,
    subject: { type: subject, id: subjectId },
  }));
  await noteReading(base, cliCaller(), { via: "cli", what, shown });
}

/** One delivery with all its attempts. */
export async function showDelivery(
  config: Config,
  id: string,
  eventId: string,
  json: boolean,
  print: Print,
): Promise<void> {
  const found = await withBase(config, async (base) => {
    await findOrThrow(base, id);
    const known = await readDelivery(base, cliCaller(), id, eventId);
    await noteDeliveries(base, "readDelivery", known ? [known.delivery] : []);
    return known;
  });
  if (!found) throw unknownDelivery(id, eventId);
  const { delivery, endpoint } = found;
  if (json) {
    print(JSON.stringify(toDeliveryAnswer(cliCaller(), endpoint, delivery), null, 2));
    return;
  }
  print(
    `${typeOf(delivery)} of ${delivery.account}/${delivery.subjectId}, committed ${toIsoSeconds(delivery.at)}`,
  );
  print(`${delivery.state} since ${toIsoSeconds(delivery.since)}`);
  const rows = delivery.attempts.map((attempt, index) => [
    String(index + 1),
    toIsoSeconds(attempt.at),
    describeAttempt(attempt),
    `${attempt.durationMs} ms`,
    attempt.trigger === "manual" ? "by hand" : "",
    attempt.nextAt === undefined ? "" : `next ${toIsoSeconds(attempt.nextAt)}`,
    (attempt.detail ?? attempt.excerpt ?? "").slice(0, 200),
  ]);
  print(rows.length === 0 ? "No attempt yet." : formatTable(rows));
}

/** One attempt more, beside the schedule. False: it could not be asked for. */
export async function retryDelivery(
  config: Config,
  id: string,
  eventId: string,
  print: Print,
): Promise<boolean> {
  return await withBase(config, async (base) => {
    const endpoint = await findOrThrow(base, id);
    const asked = await retry(base, cliCaller(), id, eventId);
    switch (asked) {
      case "unknown":
        throw unknownDelivery(id, eventId);
      case "disabled":
        print(
          `${id} is disabled, nothing is sent to it. Enable it first: endpoints enable ${id}, or endpoints test ${id}`,
        );
        return false;
      case "under_way":
        print(`${eventId} is about to be sent to ${id} anyway.`);
        return false;
      case "queued":
        print(`${eventId} is sent to ${id} once more${whenPaused(endpoint)}.`);
        print(`What came of it: cliniko-webhooks deliveries show ${id} ${eventId}`);
        return true;
    }
  });
}

/** Sends a test event, now and from here. False: it was not answered with 2xx. */
export async function runTest(config: Config, id: string, json: boolean, print: Print): Promise<boolean> {
  const result = await withBase(config, async (base, stack) => {
    const endpoint = await findOrThrow(base, id);
    const tested = await testEndpoint(base, cliCaller(), createSending(stack, base), endpoint);
    if (tested.kind !== "tested") throw await toCliError(base, tested, id);
    return tested;
  });
  const { outcome, durationMs } = result;
  const delivered = outcome.kind === "delivered";
  if (json) {
    print(JSON.stringify(toTestAnswer(cliCaller(), result), null, 2));
    return delivered;
  }
  printOutcome(outcome, durationMs, print);
  return delivered;
}

export interface RecoverOptions extends DeliveryRangeOptions {
  readonly states: readonly RestingState[];
  readonly types: readonly string[];
  readonly confirmed: boolean;
}

/** Counts what came to rest undelivered in a time range and, once confirmed, sends it. False: nothing was sent. */
export async function recoverDeliveries(
  config: Config,
  id: string,
  given: RecoverOptions,
  terminal: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
  print: Print,
): Promise<boolean> {
  return await withBase(config, async (base) => {
    const endpoint = await findOrThrow(base, id);
    const recovery = { endpoint: id, ...given, accounts: endpoint.settings.accounts };
    const patience = { ...ENDLESS, signal: terminal.signal };
    const preview = await previewRecovery(base, cliCaller(), recovery, patience);
    const { total, byType } = typeof preview === "object" ? preview : { total: 0, byType: {} };
    print(
      `${total} to send again to ${id}, from ${toIsoSeconds(given.since)} to ${toIsoSeconds(given.until)}`,
    );
    for (const [type, count] of Object.entries(byType)) print(`  ${type}: ${count}`);
    if (total === 0) return false;
    if (!given.confirmed) {
      print("Nothing is sent yet: add --yes.");
      return false;
    }
    const jobId = await startRecovery(base, cliCaller(), recovery);
    if (jobId === undefined) return false;
    const { taken, end } = await follow(base, { endpoint: id, jobId, total }, terminal);
    if (end === "done") print(`${taken} are on their way${whenPaused(endpoint)}.`);
    else print(`${taken} of ${total} are on their way so far: ${GOES_ON[end]}`);
    return true;
  });
}

const GOES_ON = {
  left: "the service goes on with the others.",
  nobody: "no process with the role dispatch is running, and the others go when one does.",
};
const LOOK_EVERY_MS = 200;
/** Whether anybody works on it is asked once in so many looks. */
const LOOKS_A_QUESTION = 10;

/** Shows how far a recovery is until it is done, or nobody is there to do it. Leaving early stops the showing, not the recovery. */
async function follow(
  base: Base,
  { endpoint, jobId, total }: { readonly endpoint: string; readonly jobId: string; readonly total: number },
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
): Promise<{ readonly taken: number; readonly end: "done" | keyof typeof GOES_ON }> {
  for (let look = 0; ; look += 1) {
    const state = await readRecovery(base, cliCaller(), endpoint, jobId);
    if (!state || state.done) return { taken: state?.taken ?? total, end: "done" };
    progress(`${state.taken} of ${total}`);
    if (signal.aborted) return { taken: state.taken, end: "left" };
    if (look % LOOKS_A_QUESTION === 0 && !(await isDispatched(base)))
      return { taken: state.taken, end: "nobody" };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function isDispatched({ processes }: Pick<Base, "processes">): Promise<boolean> {
  return (await processes.list()).some(({ roles }) => roles.includes("dispatch"));
}

function unknownDelivery(id: string, eventId: string): ConfigError {
  return problemAt(
    "<event>",
    `${id} was not given an event "${eventId}", or it is older than the retention`,
    `look for it: cliniko-webhooks deliveries list ${id}`,
  );
}

function whenPaused({ pausedAt, id }: Endpoint): string {
  return pausedAt === undefined ? "" : `, once it is enabled: endpoints enable ${id}`;
}

function describeLast(attempts: readonly Attempt[]): string {
  const last = attempts.at(-1);
  return last ? `${attempts.length}: ${describeAttempt(last)}` : "";
}

function describeAttempt({ outcome, errorClass, status }: Attempt): string {
  if (status !== undefined) return `${outcome} (${status})`;
  return errorClass === undefined ? outcome : `${outcome} (${errorClass})`;
}

function describeNext({ state, since }: Delivery): string {
  if (state === "retry") return toIsoSeconds(since);
  return state === "ready" ? "now" : "";
}
