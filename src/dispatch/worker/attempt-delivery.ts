import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import type { PayloadLevel, WebhookEvent } from "../../diff/event.ts";
import { relatedFor } from "../../diff/callback-body.ts";
import { patientsOf } from "../../diff/patient-links.ts";
import { patientsTold, subjectsTold } from "../../diff/related.ts";
import { UnreadableRecordError, toError } from "../../shared/errors.ts";
import { spanFailed, traced, traceparentOf } from "../../shared/tracing.ts";
import { type Attempt, typeOf } from "../../store/outbox/delivery.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { EventLog, LaterEvent } from "../../store/events/event-log.ts";
import type { ClaimedDelivery, Settlement } from "../../store/outbox/outbox.ts";
import { type DeliveryOutcome, errorClassOf } from "./outcome.ts";
import { type SendDeps, sendEvent } from "../http/send-event.ts";
import { sinceHappened } from "../routing/since-happened.ts";
import { UNSENT_CLASSES, type UnsentClass, settleAttempt, settleUnsent } from "./settle-attempt.ts";
import { holds, isSubscribed, mayBeGiven } from "../routing/subscriptions.ts";

/** What is told of an attempt that ended. */
export interface AttemptReport {
  readonly endpoint: string;
  readonly account: string;
  readonly eventId: string;
  readonly type: string;
  /** Among those that count, from 1. */
  readonly attempt: number;
  readonly outcome: DeliveryOutcome;
  readonly settlement: Settlement;
  readonly durationMs: number;
  /** From when the upstream's answer showed the change to the end of this attempt, ms. */
  readonly sinceObservedMs: number;
  /**
   * From when it happened upstream (known to the second) to the end of this attempt, ms. Undefined where that would tell
   * something else than how late a change is told: see since-happened.ts.
   */
  readonly sinceHappenedMs: number | undefined;
  /** The endpoint is a subscriber's. */
  readonly owned: boolean;
  /** The records that were sent, the event's own first, and how much of them; undefined: nothing may have reached the receiver. */
  readonly disclosed: { readonly subjects: readonly string[]; readonly payload: PayloadLevel } | undefined;
}

export interface AttemptDeps extends SendDeps {
  readonly log: Pick<EventLog, "readRelated">;
  readonly random: () => number;
}

export interface EndedDelivery {
  /** What it says of the endpoint. */
  readonly outcome: DeliveryOutcome;
  /** Unix ms. */
  readonly endedAt: number;
  readonly settlement: Settlement;
  /** Undefined: nothing was tried. */
  readonly report: AttemptReport | undefined;
}

/** One attempt. Never rejects: what goes wrong is an outcome. */
export async function attemptDelivery(
  deps: AttemptDeps,
  endpoint: Endpoint,
  delivery: ClaimedDelivery,
  event: ReturnType<LaterEvent>,
): Promise<EndedDelivery> {
  const startedAt = deps.now();
  if (event === undefined) return unsent(delivery, "event_not_kept", startedAt);
  if (!mayHave(endpoint, delivery)) return unsent(delivery, "account_withdrawn", startedAt);
  if (!isMeantFor(endpoint, delivery, event)) return unsent(delivery, "not_subscribed", startedAt);
  let patients: readonly string[] = [];
  let others: readonly string[] = [];
  const outcome =
    event instanceof UnreadableRecordError
      ? unreadable(event)
      : await bring(deps, endpoint, delivery, event, (told, along) => {
          patients = told;
          others = along;
        }).catch(unreadable);
  const endedAt = deps.now();
  const durationMs = endedAt - startedAt;
  const owned = endpoint.owner !== undefined;
  const most = endpoint.settings.attempts;
  const settled = settleAttempt(delivery, { outcome, endedAt, durationMs, owned, most }, deps.random());
  const settlement = { ...settled, patients };
  const report = {
    endpoint: endpoint.id,
    account: delivery.account,
    eventId: delivery.eventId,
    type: typeOf(delivery),
    attempt: delivery.counted + 1,
    outcome,
    settlement,
    durationMs,
    sinceObservedMs:
      event instanceof UnreadableRecordError ? 0 : Math.max(0, endedAt - Date.parse(event.observed.at)),
    sinceHappenedMs: sinceHappened(delivery, event, endedAt),
    owned,
    disclosed: mayHaveArrived(outcome)
      ? {
          subjects: [...new Set([`${delivery.subject}/${delivery.subjectId}`, ...others])],
          payload: endpoint.settings.payload,
        }
      : undefined,
  };
  return { outcome, endedAt, settlement, report };
}

/** `onTold`: whom the callback tells of, and what comes along. What it led to is read now: of who was forgotten a moment ago nothing goes out. */
async function bring(
  deps: AttemptDeps,
  endpoint: Endpoint,
  delivery: ClaimedDelivery,
  event: WebhookEvent,
  onTold: (patients: readonly string[], along: readonly string[]) => void,
): Promise<DeliveryOutcome> {
  onTold(patientsOf(event), []);
  const { account, counted, eventId } = delivery;
  const related = (await relatedFor(deps.log, endpoint.settings, [delivery])).get(eventId);
  if (related) onTold(patientsTold(event, related), subjectsTold(event, related, endpoint.settings));
  const ids = { endpoint: endpoint.id, account, event: eventId, type: event.type, attempt: counted + 1 };
  return await traced("deliver", ids, async (span) => {
    const outcome = await sendEvent(deps, endpoint, event, related, traceparentOf(span));
    if (outcome.kind !== "delivered") spanFailed(span, errorClassOf(outcome) ?? outcome.kind);
    return outcome;
  });
}

/**
 * An endpoint that may not have an account any more gets nothing of it, also not what it was given while it might, or what
 * somebody recovers. Given the account back, it can be recovered.
 */
function mayHave({ settings }: Endpoint, { account }: ClaimedDelivery): boolean {
  return account === SERVICE_ACCOUNT || (settings.accounts?.includes(account) ?? true);
}

/**
 * Whether the endpoint asks for the event, by what is sealed: the event itself. What is to be delivered rests in clear, and
 * somebody who can write to Redis could have put it there. What was given on purpose is sent whatever the endpoint asks for
 * (but for what is confidential), and so is what was tried before: it was asked for then. When it was committed plays no part: routing
 * goes by places in the log, and the clock of the log's node may be behind the one that says when the endpoint was made. Fails open
 * where the event cannot be read: it is not sent either.
 */
function isMeantFor(
  { settings }: Endpoint,
  { account, attempts, targeted }: ClaimedDelivery,
  event: WebhookEvent | UnreadableRecordError,
): boolean {
  if (event instanceof UnreadableRecordError) return true;
  if (targeted) return mayBeGiven(settings, event.subject.type);
  if (attempts.some(wasSent)) return true;
  const entry = { subject: event.subject.type, transitions: event.data.transitions };
  return isSubscribed(settings, account, entry) && holds(settings.when, event);
}

/** Whether the request was on its way when it ended. */
function mayHaveArrived(outcome: DeliveryOutcome): boolean {
  switch (outcome.kind) {
    case "delivered":
    case "rejected":
      return true;
    case "unreachable":
      return !["dns", "connect", "tls"].includes(outcome.errorClass);
    case "refused":
    case "own_fault":
      return false;
  }
}

function wasSent({ errorClass }: Attempt): boolean {
  return !UNSENT_CLASSES.some((known) => known === errorClass);
}

/** It says nothing of the endpoint. Were it the probe of an open circuit, another one must go out. */
function unsent(delivery: ClaimedDelivery, errorClass: UnsentClass, now: number): EndedDelivery {
  const outcome = { kind: "own_fault", errorClass: "unreadable_event", detail: "" } as const;
  return { outcome, endedAt: now, settlement: settleUnsent(delivery, errorClass, now), report: undefined };
}

/** The event, or what is needed to sign it, cannot be used: nothing that the receiver could mend. */
function unreadable(error: unknown): DeliveryOutcome {
  return { kind: "own_fault", errorClass: "unreadable_event", detail: toError(error).message };
}
