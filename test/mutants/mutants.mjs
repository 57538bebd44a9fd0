import { contractMutants } from "./contract-mutants.mjs";
import { deliveryMutants } from "./delivery-mutants.mjs";
import { accessMutants } from "./access-mutants.mjs";
import { packageMutants } from "./package-mutants.mjs";
import { processMutants } from "./process-mutants.mjs";
import { guardsMutants } from "./guards-mutants.mjs";
import { connectionMutants } from "./connection-mutants.mjs";
import { clockMutants } from "./clock-mutants.mjs";
import { stateMutants } from "./state-mutants.mjs";
import { assessMutants } from "./assess-mutants.mjs";
import { docsMutants } from "./docs-mutants.mjs";
import { edgeMutants } from "./edge-mutants.mjs";
import { walksMutants } from "./walks-mutants.mjs";
import { erasureMutants } from "./erasure-mutants.mjs";
import { hardeningMutants } from "./hardening-mutants.mjs";
import { mutant } from "./mutant.mjs";
import { redisMutants } from "./redis-mutants.mjs";
import { payloadMutants } from "./payload-mutants.mjs";
import { plansMutants } from "./plans-mutants.mjs";
import { windowMutants } from "./window-mutants.mjs";
import { readingKindsMutants } from "./reading-kinds-mutants.mjs";
import { resourceMutants } from "./resource-mutants.mjs";
import { readingRightsMutants } from "./reading-rights-mutants.mjs";
import { turnMutants } from "./turn-mutants.mjs";
import { wholeMutants } from "./whole-mutants.mjs";

/**
 * What a suite that proves detection and delivery has to notice: each entry is a mistake that somebody has made, in another poller or
 * in this one. `find` must occur exactly once in its file; `tests` are run with the mistake in place, and one must fail.
 */
const SCAN = "src/pollers/scan/scan.ts";
const ADOPT = "src/diff/adopt.ts";
const ADOPT_PAGE = "src/pollers/scan/adopt-page.ts";
const QUERY = "src/cliniko/list-query.ts";
const PARSE = "src/cliniko/parse-page.ts";
const STORE = "src/store/detection/account-store.ts";
const LEASE = "src/store/detection/lease.ts";
const IDENTITY = "src/diff/identity.ts";
const RETRY = "src/dispatch/policy/retry-policy.ts";
const CIRCUIT = "src/dispatch/policy/circuit.ts";
const HEALTH = "src/dispatch/policy/health.ts";
const OUTBOX_SCRIPTS = "src/store/outbox/outbox-scripts.ts";
const DELIVERY_LOG = "src/store/outbox/delivery-log.ts";
const TURN = "src/dispatch/worker/take-turn.ts";
const WORKERS = "src/queues/workers.ts";

const clocks = "test/simulation/clocks.test.ts";
const crashes = "test/simulation/crashes.test.ts";
const fuzz = "test/simulation/fuzz.test.ts";
const interleavings = "test/simulation/interleavings.test.ts";
const mended = "test/simulation/mended-faults.test.ts";
const model = "test/simulation/model.test.ts";
const rereads = "test/simulation/re-reads.test.ts";
const sweeps = "test/simulation/sweeps.test.ts";
const busy = "test/simulation/busy-clinic.test.ts";
const store = "test/contract/detection-store.test.ts";
const normalise = "test/unit/diff/normalise.test.ts";
const retry = "test/unit/dispatch/retry-policy.test.ts";
const circuit = "test/unit/dispatch/circuit.test.ts";
const health = "test/unit/dispatch/health.test.ts";
const eventTypes = "test/unit/diff/event-types.test.ts";
const outbox = "test/integration/store/outbox.test.ts";
const outboxOrder = "test/integration/store/outbox-order.test.ts";
const deliveryLog = "test/integration/store/delivery-log.test.ts";
const workerTrouble = "test/integration/dispatch/worker-trouble.test.ts";
const route = "test/integration/dispatch/route.test.ts";
const deliverJobs = "test/integration/queues/deliveries.test.ts";

/** @type {readonly import("./mutant.mjs").Mutant[]} */
export const mutants = [
  ...deliveryMutants,
  ...turnMutants,
  ...hardeningMutants,
  ...erasureMutants,
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
    [SCAN, "const overlap = Math.ceil(deps.overlapMs / 1_000);", "const overlap = 0;"],
  ),
  mutant(
    "watermark = largest updated_at seen",
    [clocks],
    [
      SCAN,
      "startedAt ??= page.date;",
      "startedAt = Math.max(run.startedAt ?? live?.watermark ?? page.date, ...page.rows.map((row) => row.updatedAt));",
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
    [QUERY, '...keyset], "id", 1, request.pageSize)}`', '...keyset], "updated_at", 1, request.pageSize)}`'],
    [PARSE, "previous !== undefined && compareIds(id, previous) <= 0", "false"],
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
      "if (!isNothing(commit) && (await",
      "if (!isNothing(commit)) await deps.store.commit(lease, { ...commit, snapshots: new Map(), events: [] });\n    if (!isNothing(commit) && (await",
    ],
  ),
  mutant(
    "snapshots committed before events",
    [crashes],
    [
      SCAN,
      "if (!isNothing(commit) && (await",
      "if (!isNothing(commit)) await deps.store.commit(lease, { ...commit, events: [], cursor: undefined });\n    if (!isNothing(commit) && (await",
    ],
  ),
  mutant(
    "watermark moves on a failed scan",
    [clocks],
    [
      SCAN,
      'if (answer.kind !== "ok") return { kind: "failed", failure: answer };',
      'if (answer.kind !== "ok") {\n      if (run.startedAt !== undefined) await deps.store.commit(lease, { snapshots: new Map(), events: [], cursor: { phase: "live", watermark: run.startedAt } });\n      return { kind: "failed", failure: answer };\n    }',
    ],
  ),
  mutant(
    "watermark moves with every page",
    [clocks],
    [SCAN, "if (place) return live ? undefined : {", "if (place && !live) return {"],
  ),
  mutant(
    "an interrupted baseline goes on under a new clock",
    [model],
    [SCAN, "startedAt: baseline?.startedAt,", "startedAt: undefined,"],
  ),
  mutant("wildcards left out", [clocks], [QUERY, "[...since, ...pass.shows, ", "[...since, "]),
  mutant(
    "deleted because no list shows it",
    [sweeps],
    [
      "src/pollers/reconcile/confirm-suspects.ts",
      "const answer = await deps.client.findRecord(deps.resource, id, signal);\n    if (signal.aborted)",
      'const answer = { kind: "ok", found: false, date: deps.watermark } as const;\n    if (signal.aborted)',
    ],
  ),
  mutant(
    "deleted at the first 404",
    [sweeps],
    ["src/pollers/reconcile/confirm-suspects.ts", "const APART_SECONDS = 60;", "const APART_SECONDS = 0;"],
  ),
  mutant(
    "archived during the first sync is told as deleted",
    [mended],
    ["src/diff/event.ts", 'column !== "deleted_at" ||', "true ||"],
  ),
  mutant(
    "no guard against a mass of deletions",
    [sweeps],
    ["src/pollers/reconcile/guard.ts", "count > Math.max(20, known * 0.02)", "count > known + 1_000"],
  ),
  mutant(
    "no read order (an older state is adopted)",
    [clocks, model],
    [
      ADOPT,
      "if (previous && deletedAt === undefined && seen.updatedAt < previous.updatedAt) {",
      "if (!context) {",
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
    [ADOPT, " && seen.updatedAt <= baselineStartedAt;", ";"],
  ),
  mutant(
    "sequence stands still",
    [rereads, model],
    [ADOPT, "sequence: next.sequence + (event ? 1 : 0)", "sequence: next.sequence"],
  ),
  mutant(
    "a new release tells of every record",
    [mended],
    [
      "src/diff/values.ts",
      "projectionVersion === version ? Object.keys(fields) : former?.[projectionVersion];",
      "Object.keys(fields);",
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
      'if (typeof row === "string") {',
      'if (typeof row === "string" && index >= 0) continue;\n    if (typeof row === "string") {',
    ],
  ),
  mutant(
    "no fencing in the commit",
    [store],
    [STORE, "if redis.call('GET', lease) ~= former then return 0 end", ""],
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
  mutant("two workers get one lease", [store], [LEASE, " or taken and", " or false and"]),
  mutant(
    "jitter lost at the end of the schedule",
    [retry],
    [
      RETRY,
      "Math.round(Math.max(waitMs, leastMs))",
      "Math.round(Math.min(Math.max(waitMs, leastMs), 24 * HOUR))",
    ],
  ),
  mutant("Retry-After ignored", [retry], [RETRY, "Math.min(outcome.retryAfterMs ?? 0, MAX_ASKED_MS)", "0"]),
  mutant(
    "Retry-After instead of the schedule",
    [retry],
    [RETRY, "Math.max(waitMs, leastMs)", "(leastMs > 0 ? leastMs : waitMs)"],
  ),
  mutant(
    "410 is tried again",
    [retry],
    [RETRY, 'if (outcome.status === 410) return { kind: "give_up" };', ""],
  ),
  mutant("a fault of ours uses up an attempt", [retry], [RETRY, "counts: false,", "counts: true,"]),
  mutant("no patience after a time-out", [retry], [RETRY, "inTime ? 0 :", "inTime || !inTime ? 0 :"]),
  mutant(
    "half open lets two through",
    [circuit],
    [
      CIRCUIT,
      '{ ...circuit, state: "half_open", notBeforeMs: nowMs + PROBE_LIMIT_MS }',
      '{ ...circuit, state: "half_open" }',
    ],
    [
      CIRCUIT,
      'circuit.state === "closed" ? circuit.slots : 1',
      'circuit.state === "closed" ? circuit.slots : 2',
    ],
  ),
  mutant(
    "a probe that is lost stops the endpoint for ever",
    [circuit],
    [CIRCUIT, "notBeforeMs: nowMs + PROBE_LIMIT_MS }", "notBeforeMs: nowMs + 15 * MINUTE }"],
  ),
  mutant(
    "one poisonous event opens the circuit for all",
    [circuit],
    [CIRCUIT, 'status >= 400 && status < 500 ? "answered" : "failure"', '"failure"'],
  ),
  mutant(
    "what fails late doubles the cool-down",
    [circuit],
    [CIRCUIT, 'if (circuit.state === "open") return circuit;', ""],
  ),
  mutant(
    "opening shortens the pause that was asked for",
    [circuit],
    [CIRCUIT, "? [FIRST_COOL_DOWN_MS, circuit]", "? [FIRST_COOL_DOWN_MS, { ...circuit, notBeforeMs: 0 }]"],
  ),
  mutant(
    "our own lost network opens the circuit",
    [circuit],
    [CIRCUIT, "return afterOwnFault(circuit, jittered(", "return afterFailure(circuit, jittered("],
  ),
  mutant(
    "one failure disables: time is measured from the last success",
    [health],
    [
      HEALTH,
      "if (failingSince === undefined || lastFailureAt === undefined) return 0;\n  const gapMs = at - lastFailureAt;\n  return gapMs > 0 && gapMs <= MAX_GAP_MS ? gapMs : 0;",
      "return at - (lastFailureAt ?? failingSince ?? 0);",
    ],
  ),
  mutant(
    "silence counts as failing",
    [health],
    [HEALTH, "gapMs > 0 && gapMs <= MAX_GAP_MS ? gapMs : 0", "Math.max(gapMs, 0)"],
  ),
  mutant("disabled without a day's notice", [health], [HEALTH, " && at >= since + NOTICE_MS", ""]),
  mutant(
    "a success enables what answered 410",
    [health],
    [HEALTH, 'if (health.disabledBy === "gone")', 'if (health.disabledBy === "gone" && event.at < 0)'],
  ),
  mutant(
    "everything covers what is told of endpoints",
    [eventTypes],
    [
      "src/diff/event-types.ts",
      "if (subject === ENDPOINT_SUBJECT) {",
      'if (subject === ENDPOINT_SUBJECT && pattern !== "*") {',
    ],
  ),
  mutant(
    "what a claim gave and nobody heard stays under way",
    [outbox],
    [OUTBOX_SCRIPTS, "if not known[id] and #ids < room then take(id) end", ""],
  ),
  mutant(
    "a worker that was replaced goes on claiming",
    [outbox],
    [OUTBOX_SCRIPTS, "if not owner then return {} end", ""],
  ),
  mutant(
    "a worker that was replaced tells of failures",
    [outbox],
    [
      OUTBOX_SCRIPTS,
      "elseif owner and redis.call('ZREM', in_flight, id) == 1 then",
      "elseif redis.call('ZREM', in_flight, id) == 1 then",
    ],
  ),
  mutant(
    "a worker that was replaced holds everything back",
    [outbox, workerTrouble],
    [OUTBOX_SCRIPTS, "if redis.call('GET', epoch) ~= mine then return 0 end", ""],
  ),
  mutant(
    "what a dead worker had under way is lost",
    [outbox],
    [OUTBOX_SCRIPTS, "redis.call('ZADD', place, sent[at + 1], id)", ""],
  ),
  mutant(
    "retries go before first attempts",
    [outbox],
    [
      OUTBOX_SCRIPTS,
      "takeDue(retry, math.min(room - #ids, tonumber(late)), now)",
      "takeDue(retry, room - #ids, now)",
    ],
  ),
  mutant(
    "events of one subject overtake each other",
    [outboxOrder],
    [OUTBOX_SCRIPTS, "if first(subjectQueue, member) ~= member then return false end", ""],
  ),
  mutant(
    "what is recovered does not go before what came later",
    [outboxOrder],
    [
      OUTBOX_SCRIPTS,
      "if redis.call('ZREM', retry, id) == 1 or redis.call('ZREM', ready, id) == 1 then",
      "if false then",
    ],
  ),
  mutant(
    "an attempt by hand takes the place of the schedule",
    [deliveryLog],
    [OUTBOX_SCRIPTS, "if not standsElsewhere(id) then", "if true then"],
  ),
  mutant(
    "what was asked for by hand is removed from under its attempt",
    [deliveryLog],
    [
      DELIVERY_LOG,
      "if not (redis.call('ZSCORE', ready, id) or redis.call('ZSCORE', in_flight, id)) then",
      "if true then",
    ],
  ),
  mutant(
    "a walk stops at many events of one millisecond",
    [deliveryLog],
    [DELIVERY_LOG, "BATCH + seen.size", "BATCH"],
  ),
  mutant(
    "a probe whose event is gone holds the circuit",
    [workerTrouble],
    ["src/dispatch/worker/begin-deliveries.ts", "run.state = state;", "if (report) run.state = state;"],
  ),
  mutant(
    "a worker does not notice that it was replaced",
    [workerTrouble],
    [TURN, "  run.lost = true;\n", ""],
  ),
  mutant(
    "what comes while a worker falls asleep waits for the net",
    [deliverJobs],
    [WORKERS, "if ((await readWakes(endpoint)) !== rest.wakes) await promote(job);", ""],
  ),
  mutant(
    "a worker that is to stop takes its jobs back again",
    [deliverJobs],
    [WORKERS, 'stopping?.addEventListener("abort"', 'stopping?.addEventListener("never"'],
  ),
  mutant(
    "a wake is lost with the answer",
    [route],
    [
      "src/dispatch/routing/route.ts",
      "if (wanted.length > 0 && (!isExpected",
      "if (Number(added) > 0 && (!isExpected",
    ],
  ),
  ...accessMutants,
  ...wholeMutants,
  ...readingRightsMutants,
  ...assessMutants,
  ...edgeMutants,
  ...docsMutants,
  ...connectionMutants,
  ...clockMutants,
  ...stateMutants,
  ...redisMutants,
  ...packageMutants,
  ...processMutants,
  ...guardsMutants,
  ...plansMutants,
  ...resourceMutants,
  ...windowMutants,
  ...contractMutants,
  ...walksMutants,
  ...readingKindsMutants,
  ...payloadMutants,
];
