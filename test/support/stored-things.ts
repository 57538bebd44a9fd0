import { createHash } from "node:crypto";

import { Secret } from "../../src/config/secret.ts";
import type { Snapshot } from "../../src/diff/adopt.ts";
import type { FieldValues } from "../../src/diff/values.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { type Keyring, createKeyring } from "../../src/store/sealing/keyring.ts";
import { realBooking } from "../fixtures/real-booking.ts";

/** A ring of keys that depend on their ids alone: the same ids open what the same ids sealed. */
export function keyringOf(...ids: readonly string[]): Keyring {
  return createKeyring(
    ids.map((id) => ({ id, key: new Secret(createHash("sha256").update(id).digest("base64")) })),
  );
}

/** A snapshot with everything told; pass what the test is about. */
export function snapshotOf(values: FieldValues, more: Partial<Omit<Snapshot, "values">> = {}): Snapshot {
  return {
    fingerprint: Buffer.alloc(16, 9).toString("hex"),
    sequence: 0,
    updatedAt: 1_763_781_291,
    projectionVersion: 1,
    values: () => values,
    ...more,
  };
}

/** A rescheduled appointment's event; pass what the test is about. */
export function eventOf(more: Partial<WebhookEvent> = {}): WebhookEvent {
  return {
    type: "appointment.rescheduled",
    timestamp: "2026-11-22T03:15:00Z",
    id: "evt_rescheduled0000000000001",
    api_version: "2026-11-22",
    account: "northside",
    subject: { type: "appointment", id: "1390726237298631770" },
    sequence: 17,
    observed: { after: "2026-11-22T03:14:51Z", at: "2026-11-22T03:15:04Z" },
    origin: "live",
    data: {
      object: { ...realBooking(), notes: "left knee", cancellation_note: "told by phone" },
      previous: { starts_at: "2024-04-02T01:00:00Z", notes: "right knee" },
      changed: ["starts_at", "notes"],
      transitions: ["rescheduled", "updated"],
    },
    ...more,
  };
}
