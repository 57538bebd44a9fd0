import { expect, test } from "vitest";

import { formatFreshness } from "../../../../../dashboard/pages/home/freshness.ts";
import { toneOf } from "../../../../../dashboard/components/status/source-kind.ts";
import { AT, type Parts, aSource, anOverview, before } from "../../../../support/an-overview.ts";

const AT_MS = Date.parse(AT);

function format(parts: Parts): string {
  return formatFreshness(anOverview(parts).sources, AT_MS);
}

test("all are fresh", () => {
  expect(format({ sources: [aSource(), aSource({ resource: "attendees" })] })).toBe(
    "All 2 sources are fresh.",
  );
  expect(format({ sources: [aSource()] })).toBe("The source is fresh.");
  expect(format({ sources: [aSource()], moreSources: { live: 3_999 } })).toBe("All 4,000 sources are fresh.");
});

test("those that are not are named, the wrong ones before the late ones", () => {
  const sources = [
    aSource({ account: "southside", state: "key_revoked" }),
    aSource({ account: "southside", resource: "attendees", state: "degraded" }),
    aSource({ complete_up_to: before(45_000), severity: "warning" }),
    aSource({ resource: "attendees" }),
  ];
  expect(format({ sources })).toBe(
    "3 of 4 sources are not fresh: southside patients, key refused; southside attendees, degraded; and 1 more.",
  );
});

test("one that is late is named with how late it is", () => {
  expect(
    format({
      sources: [
        aSource({ complete_up_to: before(45_000), severity: "warning" }),
        aSource({ resource: "attendees" }),
      ],
    }),
  ).toBe("1 of 2 sources is not fresh: northside patients, 45 s behind.");
});

test("a first sync is no fault", () => {
  const syncing = aSource({ state: "first_sync", complete_up_to: null });
  expect(format({ sources: [syncing] })).toBe("The source is in the first sync: it tells nothing yet.");
  expect(format({ sources: [syncing, aSource({ resource: "attendees" })] })).toBe(
    "1 source is fresh. 1 is in the first sync, silently.",
  );
});

test("where more may be late than are shown the number is a least one", () => {
  const late = aSource({ complete_up_to: before(45_000), severity: "warning" });
  expect(format({ sources: [late], moreSources: { live: 9 } })).toMatch(
    /^At least 1 of 10 sources is not fresh/,
  );
});

test("what is not there to be read is neither fresh nor late", () => {
  const barred = aSource({ state: "not_permitted", severity: "notice", complete_up_to: null });
  expect(format({ sources: [barred, aSource({ resource: "attendees" })] })).toBe(
    "The source is fresh. 1 is not there to be read.",
  );
  expect(format({ sources: [barred] })).toBe("No source is fresh. 1 is not there to be read.");
  expect(toneOf(barred)).toBe("idle");
});

test("without an account there is nothing to be fresh", () => {
  expect(format({ sources: [] })).toBe("There is no source: the configuration names no account.");
});

test("a source looks as the service judges it, and a first sync needs nobody unless it does not move", () => {
  const looks = (given: Parameters<typeof aSource>[0]): string => toneOf(aSource(given));
  expect(looks({})).toBe("good");
  expect(looks({ severity: "notice" })).toBe("warn");
  expect(looks({ severity: "warning" })).toBe("warn");
  expect(looks({ severity: "critical" })).toBe("bad");
  expect(looks({ state: "first_sync" })).toBe("idle");
  expect(looks({ state: "first_sync", severity: "critical" })).toBe("bad");
  expect(looks({ state: "degraded", severity: "warning" })).toBe("warn");
  expect(looks({ state: "key_revoked", severity: "critical" })).toBe("bad");
});

test("a first sync that does not move is named among what is not fresh", () => {
  const stuck = aSource({ state: "not_read_yet", severity: "critical", complete_up_to: null });
  expect(format({ sources: [stuck, aSource({ resource: "attendees" })] })).toBe(
    "1 of 2 sources is not fresh: northside patients, not read yet.",
  );
});
