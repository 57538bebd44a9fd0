import { expect, test } from "vitest";

import type { Caller } from "../../../src/admin/access/caller.ts";
import { toDeliveryAnswer } from "../../../src/ops/api/deliveries/delivery-answer.ts";
import type { Delivery } from "../../../src/store/outbox/delivery.ts";
import { endpointOf } from "../../support/endpoints.ts";

const ECHO = '{"data":{"object":{"notes":"afraid of needles"}}}';
const DELIVERY: Delivery = {
  eventId: "evt_1",
  account: "northside",
  subject: "patient",
  subjectId: "1",
  transitions: ["updated"],
  at: 0,
  state: "retry",
  since: 1,
  attempts: [
    {
      at: 1,
      durationMs: 7,
      outcome: "rejected",
      errorClass: "status",
      status: 503,
      detail: "10.9.8.7 answered 503",
      excerpt: ECHO,
      nextAt: 2,
      trigger: "schedule",
      counts: true,
    },
  ],
};

const ADMIN: Caller = { id: "1", name: "an admin", role: "admin" };
const VIEWER: Caller = { ...ADMIN, role: "viewer" };
const SUBSCRIBER: Caller = {
  ...ADMIN,
  role: "subscriber",
  subscriber: "crm",
  accounts: ["northside"],
  sensitive: false,
};

test.each([
  [ADMIN, ECHO, "10.9.8.7 answered 503"],
  [VIEWER, null, "10.9.8.7 answered 503"],
  [SUBSCRIBER, null, null],
])(
  "what a receiver answered, which may be what it was sent, is for admins: $role",
  (caller, excerpt, detail) => {
    const [attempt] = toDeliveryAnswer(caller, endpointOf("crm"), DELIVERY).attempts;

    expect(attempt).toMatchObject({ excerpt, detail, status: 503 });
  },
);

test("as many attempts are allowed as the endpoint wants", () => {
  expect(toDeliveryAnswer(ADMIN, endpointOf("crm"), DELIVERY)).toMatchObject({
    endpoint: "crm",
    attempts_allowed: 10,
  });
  const few = endpointOf("crm", { attempts: 3 });
  expect(toDeliveryAnswer(ADMIN, few, DELIVERY)).toMatchObject({ attempts_allowed: 3 });
});
