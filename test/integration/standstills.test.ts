import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, expect, test } from "vitest";

import type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";
import type { Clinic } from "../../src/sandbox/clinic/clinic.ts";
import type { Health } from "../../src/dispatch/policy/health.ts";
import { initialCircuit } from "../../src/dispatch/policy/circuit.ts";
import type { WorkerState } from "../../src/dispatch/worker/worker-state.ts";
import { createKeyring } from "../../src/store/sealing/keyring.ts";
import { createOutbox } from "../../src/store/outbox/outbox.ts";
import { outboxEventOf } from "../support/outbox-setup.ts";
import { temporaryFolder } from "../support/redis-process.ts";
import { copyRedis, hold, POLL_KEYS, takeFromQueue, withPollQueue } from "../support/standing-still.ts";
import { disagreements, formatLightTable, toLightRow } from "../support/light-table.ts";
import { type Lights, type Stage, type World, startWorld } from "../support/standstill-world.ts";

const MINUTE = 60_000;
const POLL_JOB = "northside.patients";

type Severity = Overview["verdict"]["severity"];

interface Standstill {
  readonly way: string;
  /** What the verdict must name, or one of them; empty: Redis cannot be used, and there is no verdict. */
  readonly codes: readonly string[];
  readonly severity: Severity;
  /** How long after it began, as it is shown. */
  readonly after: string;
  readonly stop: (world: Stage) => Promise<void>;
  /** Before the service starts. */
  readonly prepare?: (clinic: Clinic) => void;
  readonly redis?: Record<string, string>;
  readonly clinicAheadMs?: number;
  /** The first sync never ends here. */
  readonly neverLive?: boolean;
}

/** Until the verdict names it: what the service finds out by itself takes a moment. */
async function named(world: Stage, ...codes: readonly string[]): Promise<void> {
  await world.expect
    .poll(async () => (await world.askOverview())?.verdict.issues.map(({ code }) => code) ?? [], {
      timeout: 240_000,
    })
    .toEqual(world.expect.arrayContaining([...codes]));
}

/** Something to be told, whose second does not matter. */
function moveAppointment({ clinic }: World): void {
  const [appointment] = clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  if (!appointment) throw new Error("the seeded clinic has an appointment");
  clinic.desk.move(appointment.id, appointment.starts_at + 3_600);
}

/** A process notices within a second or two that nothing can be written. */
async function refused(world: Stage): Promise<void> {
  await world.expect.poll(async () => await world.askReady()).toBe(503);
}

const always = (fault: Parameters<Clinic["faults"]["failRandomly"]>[0]) => async (world: World) => {
  world.clinic.faults.failRandomly(fault, 1);
};
const later = (ms: number, stop: (world: Stage) => Promise<void>) => async (world: Stage) => {
  await stop(world);
  world.aheadMs = ms;
};

const STANDSTILLS: readonly Standstill[] = [
  {
    way: "no process reads",
    codes: ["worker_missing"],
    severity: "critical",
    after: "at once",
    stop: async (world) => await world.stop("poll"),
  },
  {
    way: "no process delivers",
    codes: ["worker_missing"],
    severity: "critical",
    after: "at once",
    stop: async (world) => await world.stop("dispatch"),
  },
  {
    way: "a source has no job",
    codes: ["poll_missing"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      await world.stop("poll");
      await withPollQueue(world, async (queue) => await queue.remove(POLL_JOB));
    },
  },
  {
    way: "its job is lost",
    codes: ["poll_missing"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      await world.stop("poll");
      await takeFromQueue(world, POLL_JOB);
    },
  },
  {
    way: "its job failed for good",
    codes: ["poll_failed"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      await world.stop("poll");
      await takeFromQueue(world, POLL_JOB);
      await world.redis.zadd(`${POLL_KEYS}:failed`, Date.now(), POLL_JOB);
    },
  },
  {
    way: "its job sleeps for ten hours, as after a clock's jump",
    codes: ["poll_asleep"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      await world.stop("poll");
      const at = (Date.now() + 10 * 60 * MINUTE) * 0x1000;
      await takeFromQueue(world, POLL_JOB);
      await world.redis.zadd(`${POLL_KEYS}:delayed`, at, POLL_JOB);
    },
  },
  {
    way: "nobody wakes its job",
    codes: ["poll_overdue"],
    severity: "critical",
    after: "60 s",
    stop: later(2 * MINUTE, async (world) => {
      await world.stop("poll");
      await takeFromQueue(world, POLL_JOB);
      await world.redis.zadd(`${POLL_KEYS}:delayed`, Date.now() * 0x1000, POLL_JOB);
    }),
  },
  {
    way: "its lease is held by somebody who is gone",
    codes: ["lease_stuck", "source_late", "poll_overdue"],
    severity: "critical",
    after: "5 min (late: 61 s)",
    stop: later(6 * MINUTE, async (world) => {
      await world.redis.set(world.keys.lease("northside", "patients"), "9:gone:0");
    }),
  },
  {
    way: "Cliniko answers 429, and wants us to wait ten minutes",
    codes: ["budget_blocked", "poll_asleep", "source_late"],
    severity: "critical",
    after: "5 min",
    stop: later(6 * MINUTE, async (world) => {
      world.clinic.faults.failRandomly({ kind: "rate_limited", resetInMs: 10 * MINUTE }, 1);
      await named(world, "budget_blocked");
    }),
  },
  {
    way: "Cliniko does not answer",
    codes: ["source_late", "degraded", "poll_overdue"],
    severity: "critical",
    after: "5 min (late: 61 s)",
    stop: later(6 * MINUTE, always({ kind: "hang" })),
  },
  {
    way: "Cliniko answers 503",
    codes: ["source_late", "degraded", "poll_overdue"],
    severity: "critical",
    after: "5 min (notice at once, late: 61 s)",
    stop: later(6 * MINUTE, async (world) => {
      await always({ kind: "status", status: 503 })(world);
      await named(world, "scan_failing");
    }),
  },
  {
    way: "Cliniko refuses every filter",
    codes: ["degraded", "source_late", "poll_overdue"],
    severity: "critical",
    after: "5 min (notice at once, late: 61 s)",
    stop: later(6 * MINUTE, async (world) => {
      const way = "refused";
      world.clinic.faults.enforce({ updatedAt: way, createdAt: way, idRanges: way, sort: way });
      await named(world, "scan_failing");
    }),
  },
  {
    way: "a first sync does not get on",
    codes: ["first_sync_stuck", "degraded", "source_late"],
    severity: "critical",
    after: "15 min (5 min: warning)",
    neverLive: true,
    prepare: (clinic) => clinic.faults.failRandomly({ kind: "hang" }, 1),
    stop: later(16 * MINUTE, async () => undefined),
  },
  {
    way: "Cliniko's clock is two minutes behind",
    codes: ["clock_skew"],
    severity: "warning",
    after: "at once",
    clinicAheadMs: -2 * MINUTE,
    stop: async (world) => await named(world, "clock_skew"),
  },
  {
    way: "Cliniko's clock is two minutes ahead",
    codes: ["clock_skew"],
    severity: "warning",
    after: "at once",
    clinicAheadMs: 2 * MINUTE,
    stop: async (world) => await named(world, "clock_skew"),
  },
  {
    way: "a process falls silent",
    codes: ["process_silent"],
    severity: "notice",
    after: "30 s",
    stop: async (world) => {
      const [id = ""] = await world.redis.zrange(world.keys.processes, "0", "0");
      const facts = await world.redis.get(world.keys.process(id));
      await world.redis.set(world.keys.process("gone"), (facts ?? "").replace(id, "gone"));
      await world.redis.zadd(world.keys.processes, Date.now() - 40_000, "gone");
    },
  },
  {
    way: "a guard holds the account",
    codes: ["account_quarantined"],
    severity: "critical",
    after: "at once",
    stop: hold,
  },
  {
    way: "the key is revoked",
    codes: ["key_revoked"],
    severity: "critical",
    after: "60 s (notice at once)",
    stop: async (world) => {
      world.clinic.revokeKey(world.apiKey);
      await named(world, "key_revoked");
    },
  },
  {
    way: "this machine's clock is behind",
    codes: ["clock_skew", "storage_clock"],
    severity: "critical",
    after: "at once",
    stop: later(-60 * MINUTE, async (world) => await world.stop("poll")),
  },
  {
    way: "this machine's clock is ahead",
    codes: ["storage_clock", "source_late"],
    severity: "critical",
    after: "at once",
    stop: later(60 * MINUTE, async () => undefined),
  },
  {
    way: "an endpoint accepts nothing",
    codes: ["endpoint_failing"],
    severity: "critical",
    after: "10 min (notice at once)",
    stop: later(11 * MINUTE, async (world) => {
      world.answer(500);
      moveAppointment(world);
      await named(world, "endpoint_failing");
      await world.stop("poll");
    }),
  },
  {
    way: "an endpoint has begun to fail",
    codes: ["endpoint_failing"],
    severity: "notice",
    after: "at once",
    stop: async (world) => {
      world.answer(500);
      moveAppointment(world);
      await named(world, "endpoint_failing");
    },
  },
  {
    way: "an endpoint is about to be disabled",
    codes: ["endpoint_warned"],
    severity: "critical",
    after: "4 days",
    stop: async (world) => {
      const since = Date.now() - MINUTE;
      const failingSince = since - 4 * 24 * 60 * MINUTE;
      const health: Health = { step: "warned", since, failingSince, failedForMs: since - failingSince };
      const state: WorkerState = { health, circuit: initialCircuit(8), told: 2, freshInRow: 0 };
      // What is still to be told is not accepted either: a success would be the end of it.
      world.answer(500);
      await world.whileStopped(async () => {
        await world.redis.set(world.keys.outbox("crm").health, JSON.stringify(state));
      });
      await world.live();
      await named(world, "endpoint_warned");
    },
  },
  {
    way: "an endpoint is disabled by a 410",
    codes: ["endpoint_disabled"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      world.answer(410);
      moveAppointment(world);
      await named(world, "endpoint_disabled");
    },
  },
  {
    way: "an endpoint is paused",
    codes: ["endpoint_paused"],
    severity: "notice",
    after: "at once",
    stop: async (world) => {
      world.expect(await world.post("/v1/endpoints/crm/pause")).toBe(200);
    },
  },
  {
    way: "deliveries wait and nobody takes them",
    codes: ["delivery_overdue"],
    severity: "critical",
    after: "10 min (60 s: warning; without a process: at once)",
    stop: later(11 * MINUTE, async (world) => {
      await world.stop("dispatch");
      const outbox = createOutbox(world.redis, world.keys, createKeyring(world.config.encryptionKeys));
      await outbox.add("crm", "northside", [outboxEventOf("evt_1", { at: Date.now() })]);
    }),
  },
  {
    way: "Redis is a read-only replica",
    codes: ["storage_unwritable"],
    severity: "critical",
    after: "3 s",
    stop: async (world) => {
      await world.stop("poll");
      await world.stop("dispatch");
      await world.redis.call("REPLICAOF", "127.0.0.1", "1");
      await refused(world);
    },
  },
  {
    way: "Redis is full (OOM)",
    codes: ["storage_unwritable"],
    severity: "critical",
    after: "3 s",
    stop: async (world) => {
      await world.redis.config("SET", "maxmemory", "1mb");
      await refused(world);
    },
  },
  {
    way: "Redis cannot save (MISCONF)",
    codes: ["storage_unwritable", "storage_unsaved"],
    severity: "critical",
    after: "3 s",
    redis: { "enable-protected-configs": "yes", save: "3600 1", "stop-writes-on-bgsave-error": "yes" },
    stop: async (world) => {
      const folder = temporaryFolder();
      await world.redis.config("SET", "dir", folder.path);
      folder[Symbol.dispose]();
      // Refused, too, while the append-only file of its own is being written anew, as at a start.
      await world.expect
        .poll(async () => String(await world.redis.pipeline().bgsave().info("persistence").exec()))
        .toContain("rdb_last_bgsave_status:err");
      await refused(world);
    },
  },
  {
    way: "Redis hangs",
    codes: [],
    severity: "critical",
    after: "5 s (commands: 10 s)",
    stop: async (world) => {
      process.kill(world.redisPid, "SIGSTOP");
      await refused(world);
    },
  },
  {
    way: "Redis was emptied, and nobody reads",
    codes: ["poll_missing"],
    severity: "critical",
    after: "at once",
    stop: async (world) => {
      await world.stop("poll");
      await world.redis.flushall();
      // Noticed by who is left, within a second: a light asked before says less than one asked after.
      await named(world, "storage_emptied");
    },
  },
  {
    way: "Redis went back to an older copy",
    codes: ["storage_went_back"],
    severity: "warning",
    after: "2 s (a notice after an hour, for a day)",
    stop: async (world) => {
      const putBack = await copyRedis(world);
      const marks = world.keys.marks;
      const before = JSON.stringify(await world.redis.hgetall(marks));
      await world.expect.poll(async () => JSON.stringify(await world.redis.hgetall(marks))).not.toBe(before);
      await putBack();
      await named(world, "storage_went_back");
    },
  },
  {
    way: "Redis was put back to an older copy while nothing ran",
    codes: ["storage_went_back"],
    severity: "warning",
    after: "at the start (a notice after an hour, for a day)",
    stop: async (world) => {
      // Asked of Redis itself: an overview may be of a moment before the copy.
      const cursor = world.keys.cursor("northside", "patients");
      const upTo = async (): Promise<string | null> => await world.redis.hget(cursor, "watermark");
      const putBack = await copyRedis(world);
      const before = await upTo();
      await world.expect.poll(upTo).not.toBe(before);
      let seenAt = 0;
      await world.whileStopped(async () => {
        const seen = readFileSync(join(world.config.keysFolder ?? "", "last-seen"), "utf8");
        seenAt = (JSON.parse(seen) as { at: number }).at;
        await putBack();
      });
      await named(world, "storage_went_back");
      // Each of the three processes has found it at its start: it is one incident.
      world.expect(await world.redis.hget(world.keys.marks, "incident_id")).toBe(`last-seen-${seenAt}`);
    },
  },
];

const rows: string[] = [];

afterAll(() => {
  console.info(formatLightTable(rows.flat()));
});

/** Lights that say well, or do not name what it is. */
function faultsOf({ codes, severity }: Standstill, lights: Lights, isStill: boolean): string[] {
  const { alerts, doctor, overview, ready, status } = lights;
  const found: readonly string[] = overview?.verdict.issues.map(({ code }) => code) ?? [];
  const isBad = severity === "warning" || severity === "critical";
  const isNamed = overview
    ? codes.some((code) => found.includes(code)) && overview.verdict.severity === severity
    : ready === 503;
  return [
    status.text.includes("All is well") ? "status says well" : "",
    doctor.text.includes("Everything is well") ? "doctor says well" : "",
    isBad && (status.well || doctor.well) ? "a command ends with 0" : "",
    isBad && alerts.length === 0 ? "no alert" : "",
    isNamed ? "" : `named ${overview?.verdict.severity ?? ready}: ${found.join()}`,
    ...disagreements(lights, isStill),
  ].filter(Boolean);
}

test("where nothing stands still every light says so", async () => {
  await using world = await startWorld();
  await world.live();
  const lights = await world.look();

  expect(lights.overview?.verdict).toMatchObject({ severity: "ok", issues: [] });
  expect(lights.status).toMatchObject({
    well: true,
    text: expect.stringContaining("All is well") as string,
  });
  expect(lights.doctor.text).toMatch(/Everything is well|to be looked at/);
  expect(lights).toMatchObject({ ready: 200, alerts: [], dashboard: [] });
  expect(disagreements(lights, true)).toEqual([]);
  rows[0] = toLightRow({ way: "nothing", after: "" }, lights, [], true);

  // A restart has lost nothing.
  await world.whileStopped(async () => undefined);
  await world.live();
  const again = await world.askOverview();
  expect(again?.verdict.issues.map(({ code }) => code)).not.toContain("storage_went_back");
});

test.concurrent.for(STANDSTILLS)("$way: no light says well", async (row, context) => {
  const { codes, neverLive, stop } = row;
  const world = Object.assign(await startWorld(row), { expect: context.expect });
  try {
    if (!neverLive) await world.live();
    await stop(world);
    const lights = await world.look();
    const found: readonly string[] = lights.overview?.verdict.issues.map(({ code }) => code) ?? codes;
    const meant = codes.filter((code) => found.includes(code));
    rows[1 + STANDSTILLS.indexOf(row)] = toLightRow(row, lights, meant, world.aheadMs === 0);

    // As text: a list is cut short where a failure is shown.
    world.expect(faultsOf(row, lights, world.aheadMs === 0).join("\n")).toBe("");
  } finally {
    // One that is stopped can be asked to end only when it goes on.
    process.kill(world.redisPid, "SIGCONT");
    await world.redis.call("REPLICAOF", "NO", "ONE");
    await world.redis.config("SET", "maxmemory", "0");
    await world.redis.config("SET", "stop-writes-on-bgsave-error", "no");
    await world[Symbol.asyncDispose]();
  }
});

test("the table stands in the operator's guide", () => {
  const guide = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const absent = STANDSTILLS.filter(({ way }) => !guide.includes(`| ${way}`));
  expect(absent.map(({ way }) => way)).toEqual([]);
});
