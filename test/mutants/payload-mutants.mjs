import { mutant } from "./mutant.mjs";

const RELATED = "src/diff/related.ts";
const SCRIPTS = "src/store/events/related-scripts.ts";

const related = "test/unit/diff/related.test.ts";
const localTime = "test/unit/diff/local-time.test.ts";
const versions = "test/integration/store/related-store.test.ts";
const expand = "test/integration/expand.test.ts";

/** What comes along with an event. */
const alongMutants = [
  mutant(
    "a sensitive field of what comes along is told",
    [related],
    [RELATED, "(include.includes(name) || !sensitive.includes(name))", "name !== undefined"],
  ),
  mutant(
    "a sensitive link brings its record along",
    [related],
    [RELATED, "if (sensitive.includes(name) && !include.includes(name)) return [];", ""],
  ),
  mutant(
    "what is remembered of a resource that is read no more comes along",
    [versions],
    ["src/store/events/related-store.ts", ".filter(({ resource }) => reads(resource))", ""],
  ),
  mutant(
    "who refused the privacy policy comes along",
    [related],
    [RELATED, "recordRefuses(Object.fromEntries(part.values))", "false"],
  ),
  mutant(
    "what an event led to is taken anew when it is written again",
    [versions],
    [SCRIPTS, "redis.call('HEXISTS', related, event) == 0", "true"],
  ),
  mutant(
    "a version goes with the first event that is removed",
    [versions],
    [SCRIPTS, "redis.call('HINCRBY', uses, version, -1) <= 0", "true"],
  ),
  mutant(
    "the clock of the account's first place is taken for the record's own",
    [localTime],
    ["src/diff/local-time.ts", 'from: "account" }', 'from: "business" }'],
  ),
  mutant(
    "a forgotten patient stays in what other events led to",
    [expand],
    ["src/admin/privacy/forget.ts", "await erasure.eraseVersions(of.account, ofPatient);", ""],
  ),
];

const adopted = "test/unit/diff/adopt.test.ts";
const contract = "test/contract/resources.test.ts";

/** What nobody has documented. */
const undocumentedMutants = [
  mutant(
    "an attribute that nobody knows is passed on",
    [adopted],
    ["src/diff/shape.ts", "documentedPart(known[name], attributes);", "known[name];"],
  ),
  mutant(
    "an attribute that nobody knows is a change",
    [contract],
    ["src/diff/normalise.ts", "canonicalJson(documentedPart(wire, kind.attributes))", "canonicalJson(wire)"],
  ),
];

const PLAN = "src/admin/notices/plan-notices.ts";
const planNotices = "test/unit/admin/notices/plan-notices.test.ts";
const notices = "test/integration/notices/notices.test.ts";

/** What people are told. */
const noticeMutants = [
  mutant(
    "people hear of one thing as often as it changes",
    [planNotices],
    [PLAN, "(last && elapsedMs(now, last.at) < QUIET_MS)", "last === undefined && now < 0"],
  ),
  mutant(
    "each kind of record of an account is a notice of its own",
    [planNotices],
    [PLAN, 'subject.kind === "source" ? `account ${subject.account}` : nameOf(subject)', "nameOf(subject)"],
  ),
  mutant(
    "a notice names records",
    [planNotices],
    ["src/admin/notices/write-notice.ts", "${withoutRecords(worst.detail)}", "${worst.detail}"],
  ),
  mutant(
    "what no way took counts as told",
    [notices],
    ["src/admin/notices/look-and-tell.ts", 'outcomes.includes("sent")', "outcomes.length > 0"],
  ),
];

const tracing = "test/integration/dispatch/tracing.test.ts";

/** What goes around a callback. */
const aroundMutants = [
  mutant(
    "a CloudEvent is sent as any JSON",
    [tracing],
    [
      "src/dispatch/http/send-event.ts",
      'settings.format === "cloudevents" ? CLOUD_EVENTS_TYPE : undefined',
      "undefined",
    ],
  ),
  mutant(
    "a span that nobody records is told to receivers",
    [tracing],
    ["src/shared/tracing.ts", "if (!isSpanContextValid(context)) return undefined;", ""],
  ),
];

export const payloadMutants = [...alongMutants, ...undocumentedMutants, ...noticeMutants, ...aroundMutants];
