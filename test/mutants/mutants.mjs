/**
 * What a suite that proves detection has to notice: each entry is a mistake that somebody has made, in another poller or
 * in this one. `find` must occur exactly once in its file; `tests` are run with the mistake in place, and one must fail.
 *
 * @typedef {{ file: string, find: string, replace: string }} Edit
 * @typedef {{ name: string, edits: Edit[], tests: string[] }} Mutant
 */
const SCAN = "src/pollers/scan.ts";
const ADOPT = "src/diff/adopt.ts";
const ADOPT_PAGE = "src/pollers/adopt-page.ts";
const QUERY = "src/cliniko/list-query.ts";
const PARSE = "src/cliniko/parse-page.ts";
const STORE = "src/store/account-store.ts";
const LEASE = "src/store/lease.ts";
const IDENTITY = "src/diff/identity.ts";

const clocks = "test/unit/detection/clocks.test.ts";
const crashes = "test/unit/detection/crashes.test.ts";
const fuzz = "test/unit/detection/fuzz.test.ts";
const interleavings = "test/unit/detection/interleavings.test.ts";
const mended = "test/unit/detection/mended-faults.test.ts";
const model = "test/unit/detection/model.test.ts";
const rereads = "test/unit/detection/re-reads.test.ts";
const sweeps = "test/unit/detection/sweeps.test.ts";
const busy = "test/unit/detection/busy-clinic.test.ts";
const store = "test/contract/detection-store.test.ts";
const normalise = "test/unit/diff/normalise.test.ts";

/** @type {(name: string, tests: string[], ...edits: [string, string, string][]) => Mutant} */
const mutant = (name, tests, ...edits) => ({
  name,
  tests,
  edits: edits.map(([file, find, replace]) => ({ file, find, replace })),
});

/** @type {readonly Mutant[]} */
export const mutants = [
  mutant(
    "updated_at > instead of >=",
    [rereads],
    [
      QUERY,
      "[`${pass.since}:>=${toInstant(request.since)}`]",
      "[`${pass.since}:>${toInstant(request.since)}`]",
    ],
  ),
  mutant(
    "no overlap (L = 0)",
    [clocks, busy],
    [SCAN, "live.watermark - Math.ceil(deps.overlapMs / 1_000)", "live.watermark"],
  ),
  mutant(
    "watermark = largest updated_at seen",
    [clocks],
    [
      SCAN,
      "startedAt ??= page.date;",
      "startedAt = Math.max(startedAt ?? live?.watermark ?? page.date, ...page.rows.map((row) => row.updatedAt));",
    ],
  ),
  mutant(
    "watermark = our clock",
    [clocks],
    [SCAN, "startedAt ??= page.date;", "startedAt ??= Math.floor(Date.now() / 1_000);"],
  ),
  mutant(
    "watermark = Date of the last page",
    [clocks],
    [SCAN, "startedAt ??= page.date;", "startedAt = page.date;"],
  ),
  mutant(
    "sorted by updated_at",
    [rereads, interleavings],
    [QUERY, '...keyset], "id", 1)}`', '...keyset], "updated_at", 1)}`'],
    [PARSE, "compareIds(row.id, previousId) <= 0", "false"],
  ),
  mutant(
    "first page only",
    [rereads],
    [SCAN, "if (page.next !== undefined) return { pass, after: page.next };", ""],
  ),
  mutant("keyset >= instead of >", [rereads], [QUERY, "[`id:>${after}`]", "[`id:>=${after}`]"]),
  mutant(
    "cursor committed before events",
    [crashes],
    [
      SCAN,
      "(await deps.store.commit(lease, {",
      '(await deps.store.commit(lease, { snapshots: new Map(), events: [], cursor: next })) === "fenced" ||\n      (await deps.store.commit(lease, {',
    ],
  ),
  mutant(
    "snapshots committed before events",
    [crashes],
    [
      SCAN,
      "(await deps.store.commit(lease, {",
      '(await deps.store.commit(lease, { snapshots, events: [], cursor: undefined })) === "fenced" ||\n      (await deps.store.commit(lease, {',
    ],
  ),
  mutant(
    "watermark moves on a failed scan",
    [clocks],
    [
      SCAN,
      'if (answer.kind !== "ok") return { kind: "failed", failure: answer, ...counted() };',
      'if (answer.kind !== "ok") {\n      if (startedAt !== undefined) await deps.store.commit(lease, { snapshots: new Map(), events: [], cursor: { phase: "live", watermark: startedAt } });\n      return { kind: "failed", failure: answer, ...counted() };\n    }',
    ],
  ),
  mutant(
    "watermark moves with every page",
    [clocks],
    [
      SCAN,
      'if (!place) return { phase: "live", watermark: startedAt };',
      'if (!place || live) return { phase: "live", watermark: startedAt };',
    ],
  ),
  mutant(
    "an interrupted baseline goes on under a new clock",
    [model],
    [SCAN, "let startedAt = baseline?.startedAt;", "let startedAt: number | undefined;"],
  ),
  mutant("wildcards left out", [clocks], [QUERY, "[...pass.wildcards.map((column) => `${column}:*`), ", "["]),
  mutant(
    "deleted because no list shows it",
    [sweeps],
    [
      "src/pollers/confirm-suspects.ts",
      "const answer = await deps.client.findRecord(deps.resource, id, signal);\n    if (signal.aborted)",
      'const answer = { kind: "ok", found: false, date: deps.watermark } as const;\n    if (signal.aborted)',
    ],
  ),
  mutant(
    "deleted at the first 404",
    [sweeps],
    ["src/pollers/confirm-suspects.ts", "const APART_SECONDS = 60;", "const APART_SECONDS = 0;"],
  ),
  mutant(
    "archived during the first sync is told as deleted",
    [mended],
    ["src/diff/event.ts", 'column !== "deleted_at" ||', "true ||"],
  ),
  mutant(
    "no guard against a mass of deletions",
    [sweeps],
    ["src/pollers/reading-deps.ts", "missing > Math.max(20, known * 0.02)", "missing > known"],
  ),
  mutant(
    "no read order (an older state is adopted)",
    [clocks, model],
    [
      ADOPT,
      'if (previous && goneAt === undefined && sighting.updatedAt < previous.updatedAt) return { kind: "stale" };',
      "",
    ],
  ),
  mutant(
    "null is not false",
    [normalise, model],
    ["src/diff/normalise.ts", "toBoolean(name, kind, wire) ?? false", "toBoolean(name, kind, wire)"],
  ),
  mutant(
    "random event id",
    [crashes],
    [
      IDENTITY,
      "previousFingerprint, fingerprint, sequence].join",
      "previousFingerprint, fingerprint, sequence, Math.random()].join",
    ],
  ),
  mutant(
    "event id without its sequence",
    [model],
    [
      IDENTITY,
      "recordId, previousFingerprint, fingerprint, sequence].join",
      "recordId, previousFingerprint, fingerprint].join",
    ],
  ),
  mutant(
    "bounded memory: all but the first 3 of a page are forgotten",
    [rereads],
    [
      ADOPT_PAGE,
      "loadSnapshots(account, resource, ids)",
      "loadSnapshots(account, resource, ids.slice(0, 3))",
    ],
  ),
  mutant(
    "baseline not silent",
    [model],
    [
      ADOPT,
      "return previous === undefined && baselineStartedAt !== undefined &&",
      "return previous === undefined && baselineStartedAt === -1 &&",
    ],
  ),
  mutant(
    "baseline deaf to what changes meanwhile",
    [model],
    [ADOPT, " && sighting.updatedAt <= baselineStartedAt;", ";"],
  ),
  mutant(
    "sequence stands still",
    [rereads, model],
    [ADOPT, "sequence: next.sequence + (event ? 1 : 0)", "sequence: next.sequence"],
  ),
  mutant(
    "a new release tells of every record",
    [model],
    [
      ADOPT,
      "if (previous.projectionVersion === projection.version) return previous.values();",
      "return previous.values();",
    ],
  ),
  mutant(
    "a torn list counts as an empty one",
    [fuzz],
    [
      PARSE,
      'if (!envelope) return { kind: "malformed", detail: `no list "${resource.path}" in the answer` };',
      'if (!envelope) return { kind: "ok", page: { rows: [], date, next: undefined, totalEntries: undefined } };',
    ],
  ),
  mutant(
    "a row that cannot be read is skipped",
    [fuzz],
    [
      PARSE,
      "if (!parsed.success || !isRecord(item)) {",
      "if (!parsed.success || !isRecord(item)) {\n      if (index >= 0) continue;",
    ],
  ),
  mutant(
    "no fencing in the commit",
    [store],
    [STORE, "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end", ""],
  ),
  mutant(
    "a commit does not notice that an earlier one was forgotten",
    [store],
    [STORE, "leaseValue(lease, lease.chain.commits + 1),", "leaseValue(lease, lease.chain.commits),"],
    [STORE, "lease.chain.commits += 1;", ""],
  ),
  mutant(
    "two holders of one epoch are called the same",
    [store],
    [LEASE, 'randomBytes(9).toString("base64url")', '"holder"'],
  ),
  mutant(
    "two workers get one lease",
    [store],
    [LEASE, "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end", ""],
  ),
];
