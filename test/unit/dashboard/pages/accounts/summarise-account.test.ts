import { expect, test } from "vitest";

import { formatWrong } from "../../../../../dashboard/pages/accounts/format-wrong.ts";
import { summariseAccount } from "../../../../../dashboard/pages/accounts/summarise-account.ts";
import { whyAsleep } from "../../../../../dashboard/pages/accounts/why-asleep.ts";
import { aSource } from "../../../../support/an-overview.ts";

const LIVE = aSource({ resource: "patients", complete_up_to: "2026-11-22T03:15:00Z" });
const DEGRADED = aSource({
  resource: "attendees",
  state: "degraded",
  since: "2026-11-22T02:00:00Z",
  complete_up_to: "2026-11-22T02:00:00Z",
});
const QUARANTINED = aSource({
  resource: "individual_appointments",
  state: "permission_reduced",
  quarantined: true,
  since: "2026-11-22T03:00:00Z",
  complete_up_to: "2026-11-22T03:00:00Z",
});
const SYNCING = aSource({ resource: "group_appointments", state: "first_sync", complete_up_to: null });

test("an account is as bad as its worst, and as far as the one that is furthest behind", () => {
  const summary = summariseAccount({ resources: [LIVE, DEGRADED, QUARANTINED] });
  expect(summary.worst).toBe(QUARANTINED);
  expect(summary.quarantined).toBe(true);
  expect(summary.wrong).toEqual([DEGRADED, QUARANTINED]);
  expect(summary.since).toBe("2026-11-22T02:00:00Z");
  expect(summary.completeUpTo).toBe("2026-11-22T02:00:00Z");
});

test("an account that is well has nothing wrong, and no time since when", () => {
  const summary = summariseAccount({ resources: [LIVE] });
  expect(summary).toMatchObject({ worst: LIVE, wrong: [], quarantined: false, since: null });
});

test("a first sync is no fault, and leaves nothing to be complete up to", () => {
  const summary = summariseAccount({ resources: [LIVE, SYNCING] });
  expect(summary).toMatchObject({ worst: SYNCING, wrong: [], completeUpTo: null });
});

test("what is not there to be read neither makes an account worse nor keeps it from being complete", () => {
  const barred = aSource({
    resource: "invoices",
    state: "not_permitted",
    severity: "notice",
    complete_up_to: null,
  });
  expect(summariseAccount({ resources: [barred, LIVE] })).toMatchObject({
    worst: LIVE,
    wrong: [],
    completeUpTo: LIVE.complete_up_to,
  });
  expect(summariseAccount({ resources: [barred] })).toMatchObject({ worst: barred, completeUpTo: null });
});

test("an account without any kind of record has no worst one", () => {
  expect(summariseAccount({ resources: [] })).toMatchObject({ worst: undefined, completeUpTo: null });
});

test("what is so of everything is said once, and otherwise of each", () => {
  const refused = [LIVE, DEGRADED].map((status) => ({ ...status, state: "key_revoked" as const }));
  expect(formatWrong(refused, 2)).toBe("Everything: key refused");
  expect(formatWrong([DEGRADED, QUARANTINED], 3)).toBe(
    "Attendees: degraded · Individual appointments: quarantined",
  );
});

test("one guard or a refused key stops all of an account, a fault in reading does not", () => {
  expect(whyAsleep({ resources: [LIVE, QUARANTINED] })).toBe("release");
  expect(whyAsleep({ resources: [{ ...LIVE, state: "key_revoked" }] })).toBe("key");
  expect(whyAsleep({ resources: [LIVE, DEGRADED] })).toBeUndefined();
});
