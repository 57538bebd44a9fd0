import { expect, test } from "vitest";

import { reportAttempt } from "../../../src/app/reports.ts";
import type { AttemptReport } from "../../../src/dispatch/worker/attempt-delivery.ts";
import type { DeliveryOutcome } from "../../../src/dispatch/worker/outcome.ts";
import type { Settlement } from "../../../src/store/outbox/outbox.ts";
import { createLogger } from "../../../src/shared/logger.ts";

function reportOf(outcome: DeliveryOutcome, verdict: Settlement["verdict"]): AttemptReport {
  const head = { eventId: "evt_1", account: "northside", subject: "appointment", subjectId: "42", at: 0 };
  const delivery = {
    ...head,
    transitions: ["created"],
    attempts: [],
    counted: 0,
    manual: false,
    recovered: false,
    queuePlace: "",
    targeted: false,
  };
  return {
    endpoint: "crm",
    account: "northside",
    eventId: "evt_1",
    type: "appointment.created",
    attempt: 1,
    outcome,
    settlement: { delivery, attempts: [], verdict, at: 0, counted: 1 },
    durationMs: 5,
    sinceObservedMs: 9,
    sinceHappenedMs: 9,
    owned: false,
    disclosed: undefined,
  };
}

test.for([
  ["info", []],
  ["debug", ["callback delivered"]],
] as const)("at level %s a success is told by the metrics, and by %j in the log", ([level, told]) => {
  const lines: string[] = [];
  const counted: string[] = [];
  const logger = createLogger(level, { write: (line) => void lines.push(line) });
  const metrics = {
    scanEnded: () => undefined,
    attemptEnded: ({ outcome }: { readonly outcome: string }) => void counted.push(outcome),
    signInFailed: () => undefined,
    render: async () => "",
  };
  reportAttempt(logger, metrics, reportOf({ kind: "delivered", status: 204, excerpt: "" }, "delivered"));
  const failure = { kind: "unreachable", errorClass: "connect", detail: "10.0.0.1: ECONNREFUSED" } as const;
  reportAttempt(logger, metrics, reportOf(failure, "retry"));

  expect(counted).toEqual(["delivered", "connect"]);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    ...told,
    "callback failed, will retry",
  ]);
});
