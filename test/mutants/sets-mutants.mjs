import { mutant } from "./mutant.mjs";

const SCAN = "src/pollers/scan/scan.ts";

const STEADY = "src/pollers/scan/steadiness.ts";

const services = "test/integration/pollers/services.test.ts";
const sets = "test/simulation/set-readings.test.ts";

/** What has neither an id nor stamps. */
export const setsMutants = [
  mutant(
    "a list that moved while it was read is believed",
    [sets],
    [
      "src/pollers/scan/torn-witness.ts",
      "totalEntries !== total) isTorn = true",
      "totalEntries < 0) isTorn = true",
    ],
  ),
  mutant(
    "one that moved in each of its readings is believed",
    [sets],
    [SCAN, "shown: isWhole && !pages.areTorn() ? shown", "shown: isWhole ? shown"],
  ),
  mutant(
    "what is not in a list is gone at the first reading",
    [services],
    // It is asked for again after that time, and what the list says then is believed after that time.
    ["src/pollers/reconcile/confirm-suspects.ts", "const APART_SECONDS = 60;", "const APART_SECONDS = 0;"],
    [STEADY, "const APART_SECONDS = 60;", "const APART_SECONDS = 0;"],
  ),
  mutant(
    "what a first sync finds is told as new",
    [services],
    [
      "src/pollers/scan/adopt-page.ts",
      "updatedAt: Math.min(updatedAt, baselineStartedAt)",
      "updatedAt: updatedAt + 1",
    ],
  ),
  mutant(
    "who offers a service is a list in an order",
    [services],
    ["src/diff/normalise.ts", "if (kind.many) return idsIn", "if (kind.or) return idsIn"],
  ),
  mutant(
    "a row that is again what it was a moment ago is told",
    [services],
    [STEADY, "if (mayBeOld(shown)) return false;", ""],
  ),
  mutant(
    "readings that contradict each other are believed a minute later",
    [services],
    [STEADY, "const REMEMBERED_SECONDS = 3_600;", "const REMEMBERED_SECONDS = 0;"],
  ),
  mutant(
    "a list that leaves out what another one has just shown is believed",
    [services],
    ["src/pollers/reconcile/whole-reading.ts", "deps.steadiness?.noteReturn(watermark);", ""],
  ),
  mutant(
    "a list that never rests is read for ever",
    [services],
    [SCAN, "pages.areTorn() && run.readings < MOST_READINGS", "pages.areTorn() && run.readings < 60"],
  ),
];
