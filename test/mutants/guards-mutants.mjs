import { mutant } from "./mutant.mjs";

const CONFIRM = "src/pollers/reconcile/confirm-suspects.ts";
const COUNT = "src/pollers/reconcile/count-sweep.ts";
const ADOPT = "src/diff/adopt.ts";
const LIMITS = "src/pollers/reconcile/mass-limits.ts";
const RECHECKS = "src/pollers/scan/rechecks.ts";
const UNSEEN = "src/pollers/scan/unseen.ts";

const sweeps = "test/simulation/sweeps.test.ts";
const witness = "test/integration/pollers/witness.test.ts";
const appearance = "test/integration/pollers/appearance.test.ts";
const rechecks = "test/integration/pollers/rechecks.test.ts";
const unseen = "test/integration/pollers/unseen.test.ts";
const counts = "test/integration/pollers/counts.test.ts";
const groups = "test/integration/pollers/groups.test.ts";
const suppress = "test/integration/privacy/suppress.test.ts";

const ADOPT_PAGE = "src/pollers/scan/adopt-page.ts";
const ROW_FILTER = "src/pollers/scan/row-filter.ts";

const EXPLAINED = "src/pollers/reconcile/explained.ts";
const takenAlong = "test/integration/pollers/taken-along.test.ts";

/** What is believed of rows that are missing, of rows that appear, and of counts. */
export const guardsMutants = [
  mutant(
    "what lies between two scans is read once, however far apart they are",
    ["test/integration/pollers/watermark.test.ts"],
    ["src/pollers/scan/scan.ts", "return { readFrom: watermark, jumpedFrom:", "return { jumpedFrom:"],
  ),
  mutant(
    "a clock that comes back after more than one answer leaves what it hid",
    ["test/integration/pollers/watermark.test.ts"],
    [
      "src/pollers/scan/scan.ts",
      "if (jumpedFrom !== undefined && since <= jumpedFrom - overlap) return {};",
      "return {};",
    ],
  ),
  mutant(
    "what is made after a first sync whose clock was ahead counts as older than it",
    ["test/integration/pollers/watermark.test.ts"],
    [ADOPT_PAGE, "if (nowSeconds >= firstSyncAt) return", "if (nowSeconds >= 0) return"],
  ),
  mutant(
    "a list that began now while a clock was ahead tells of the day before",
    ["test/integration/pollers/from-now-on.test.ts"],
    [ADOPT_PAGE, "fromNowOn === true ? unchangedUntil :", "false ? unchangedUntil :"],
  ),
  mutant(
    "a clock that was ahead from the first sync on hides what came until it is right",
    ["test/integration/pollers/watermark.test.ts"],
    ["src/pollers/scan/scan.ts", "jumpedFrom ?? 0, startedAt", "jumpedFrom ?? startedAt, startedAt"],
  ),
  mutant(
    "a place in a class that is not shown yet is dropped",
    [groups],
    ["src/pollers/scan/scan.ts", "if (live) deps.rechecks?.add(changes.open, page.date);", ""],
  ),
  mutant(
    "a reading that does not show the class either ends the looking",
    [groups],
    ["src/pollers/scan/reading-deps.ts", "&& !open.includes(id));", ");"],
  ),
  mutant(
    "places that had to wait for their class count as having appeared",
    [groups],
    [ADOPT_PAGE, "if (!isLate && hasAppeared(", "if (hasAppeared("],
  ),
  mutant(
    "what was done to a place while its class was hidden is taken over silently",
    [groups],
    [ADOPT_PAGE, "const isLate = wasOpen.has(id);", "const isLate = false;"],
  ),
  mutant(
    "of a patient whom nothing shows is told",
    [suppress],
    [ADOPT_PAGE, 'consent(event) !== "told",', 'consent(event) === "refused",'],
  ),
  mutant(
    "what is of a patient who is not shown yet is not looked at again",
    [suppress],
    [ADOPT_PAGE, "projection.hasStamps && asksById ? young", "projection.hasStamps && !asksById ? young"],
  ),
  mutant(
    "where appointments are refused, all of their attendees wait",
    [groups],
    [ROW_FILTER, "open: isRefused ? [] : rows", "open: rows"],
  ),
  mutant(
    "of a visit's own attendee the visit is not asked for",
    [groups],
    [ROW_FILTER, 'if (!("kind" in theirs)) for (const { id } of theirs) unknown.delete(id);', ""],
  ),
  mutant(
    "what hangs on a deleted patient counts as gone by itself",
    [takenAlong],
    [
      EXPLAINED,
      "const open = ids.filter((id) => !parents.get(id)?.some((parent) => gone.has(parent)));",
      "const open = ids;",
    ],
  ),
  mutant(
    "whoever names a patient is taken along by them, there or not",
    [takenAlong],
    [EXPLAINED, "const silent = named.filter((id) => !answering.has(id));", "const silent = named;"],
  ),
  mutant(
    "any other line stands in the place of one that is gone",
    [takenAlong],
    [EXPLAINED, 'compareIds(newest.get(parent) ?? "", id) > 0', "newest.has(parent)"],
  ),
  mutant(
    "of four records three may go without a trace",
    [takenAlong],
    ["src/pollers/reconcile/guard.ts", "hiddenBy.length === 0 ? 3 : 1", "hiddenBy.length === 0 ? 3 : 3"],
  ),
  mutant(
    "of three records that go no other way one may",
    [takenAlong],
    ["src/pollers/reconcile/guard.ts", "hiddenBy.length === 0 ? 3 : 1", "hiddenBy.length === 0 ? 1 : 1"],
  ),
  mutant(
    "no witness needed where no other record is left",
    [witness],
    [CONFIRM, "if (witness === undefined && !accepted) {", "if (false) {"],
  ),
  mutant(
    "the witness is asked before the suspects and not after",
    [witness],
    [CONFIRM, 'if (after !== "there") return after;', ""],
  ),
  mutant(
    "waves of disappearances are not added up",
    [witness],
    [CONFIRM, "if (counted === 0 || today.count <= most) return", "if (most >= 0) return"],
  ),
  mutant(
    "a count alone is evidence of what is missing",
    [counts],
    [
      COUNT,
      "isReliable = isPlausible(page, range.halves);",
      'isReliable = true; if (isMassive(range.ids.length - (page.totalEntries ?? 0), known.length)) return { kind: "guarded", guard: { kind: "mass_disappearance", missing: 1, known: 1 } };',
    ],
  ),
  mutant(
    "missing rows are suspected without a limit",
    [sweeps],
    [COUNT, 'if (typeof verdict === "object") return verdict;', ""],
  ),
  mutant(
    "where a reader began is taken for an entry",
    ["test/integration/admin/feed.test.ts"],
    ["src/admin/events/feed.ts", "if (place === start) continue;", ""],
  ),
  mutant(
    "old records that appear are told as created",
    [appearance],
    [
      ADOPT,
      "isBaseline(context, previous, seen) || isSilent(context, previous, seen)",
      "isBaseline(context, previous, seen)",
    ],
  ),
  mutant(
    "what was made after the first sync and appears late is taken over silently",
    [appearance],
    [
      ADOPT,
      "if (seen.createdAt >= appearance.firstSyncAt && appearance.choice === undefined) return false;",
      "",
    ],
  ),
  mutant(
    "many old records that appear hold nobody",
    [appearance],
    [LIMITS, "if (newAppeared > 0 && isMassive(appearedDay.count, known)) {", "if (false) {"],
  ),
  mutant(
    "records made just now count as having appeared",
    [appearance],
    [ADOPT, "return createdAt < appearance.shownFrom || createdAt < appearance.firstSyncAt;", "return true;"],
  ),
  mutant(
    "many records that say they are deleted are all told",
    [appearance],
    [LIMITS, "if (newDeleted > 0 && isMassive(goneDay.count, known)) {", "if (false) {"],
  ),
  mutant(
    "the watermark passes over what a guard saw hidden",
    [unseen],
    [UNSEEN, '{ phase: "live", watermark: from, unseenSince: from }', "cursor"],
  ),
  mutant(
    "what was hidden is claimed before everything has been compared",
    [unseen],
    [UNSEEN, '{ phase: "live", watermark: from, unseenSince: from }', '{ phase: "live", watermark: from }'],
  ),
  mutant(
    "nobody looks when the overlap no longer shows what it must",
    [unseen],
    ["src/pollers/scan/window-witness.ts", "...(scanned.missed.length > 0 ? lookNow : {})", ""],
  ),
  mutant(
    "an older version is believed at once",
    ["test/unit/pollers/rechecks.test.ts"],
    [
      RECHECKS,
      "if (recheck?.fingerprint !== fingerprint || readAt - recheck.since < APART_SECONDS) return false;",
      "if (!recheck) return false;",
    ],
  ),
  mutant(
    "an older version is believed while a cache may show it",
    [rechecks],
    [
      RECHECKS,
      "return readAt - Math.min(recheck.since, knownStamp) >= OLDEST_CACHE_SECONDS;",
      "return true;",
    ],
  ),
  mutant(
    "an older version is never believed",
    [rechecks],
    [ADOPT, "if (!context.isBelieved?.(older)) return", "return"],
  ),
  mutant(
    "what a list left out although it answers is not looked at again",
    [rechecks],
    [CONFIRM, "if (!isConclusive) deps.rechecks?.add([id], date);", ""],
  ),
];
