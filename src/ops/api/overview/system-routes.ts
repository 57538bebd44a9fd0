import { type SystemStatus, readSystem } from "../../../admin/accounts/system.ts";
import { assessProcess } from "../../../admin/assess/assess-process.ts";
import { assessClock, assessLatency, assessMemory } from "../../../admin/assess/assess-storage.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { readVersion } from "../../../shared/version.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { toJudgement } from "./issue-answer.ts";
import { type System, systemSchema } from "./system-schemas.ts";

const WELL = { severity: "ok", code: "usable", since: null } as const;

const EXAMPLE: System = {
  version: "0.1.0",
  processes: [
    {
      id: "5b8d1b0e-6c3f-4e56-9a5e-0f7c2f1f9c11",
      host: "notifier-1",
      pid: 17,
      roles: ["poll", "dispatch", "ops"],
      version: "0.1.0",
      node: "24.11.1",
      started_at: "2026-11-20T08:00:00.000Z",
      seen_at: "2026-11-22T03:15:00.000Z",
      memory_bytes: 121_634_816,
      event_loop_p99_ms: 1.4,
      ...WELL,
      detail: "its event loop lets others wait for 1.4 ms",
    },
  ],
  missing_roles: [],
  redis: {
    flavour: "redis",
    version: "7.4.1",
    used_bytes: 48_234_496,
    max_bytes: null,
    policy: "noeviction",
    append_only: true,
    fsync: "everysec",
    latency_ms: 1,
    clock_ahead_ms: 0,
    latency: { ...WELL, detail: "1 ms for one answer" },
    clock: { ...WELL, detail: "within a second of this machine's" },
    memory: { ...WELL, detail: "no limit is set" },
    warnings: [],
  },
  storage: [{ account: "northside", events: 18_204, oldest_at: "2026-10-23T03:15:00.000Z" }],
  retention: { events_seconds: 2_592_000, attempts_seconds: 604_800 },
};

export function addSystemRoutes(scope: ApiScope, { base }: ApiDeps): void {
  const version = readVersion();
  const { attemptsMs, eventsMs } = base.config.retention;
  scope.route({
    method: "GET",
    url: "/system",
    config: {
      operation: {
        roles: ["admin", "viewer"],
        answers: { 200: "The processes, their Redis, and how much is kept." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "readSystem",
      tags: ["Service"],
      summary: "Read what the service runs on",
      description:
        "Which processes work, on what roles, and whether their Redis can be trusted with what is kept. Nothing is asked of Cliniko.",
      response: { 200: systemSchema },
    },
    handler: async () => {
      const { missingRoles, processes, redis, storage } = await readSystem(base);
      return {
        version,
        processes: processes.map(toProcess),
        missing_roles: [...missingRoles],
        redis: toRedis(redis),
        storage: storage.map(({ account, events, oldestAt }) => ({
          account,
          events,
          oldest_at: toIsoOrNull(oldestAt),
        })),
        retention: { events_seconds: eventsMs / 1_000, attempts_seconds: attemptsMs / 1_000 },
      };
    },
  });
}

function toProcess(process: SystemStatus["processes"][number]): System["processes"][number] {
  const { host, id, loopDelayMs, memoryBytes, node, pid, roles, seenAt, startedAt, version } = process;
  return {
    id,
    host,
    pid,
    roles: [...roles],
    version,
    node,
    started_at: new Date(startedAt).toISOString(),
    seen_at: new Date(seenAt).toISOString(),
    memory_bytes: memoryBytes,
    event_loop_p99_ms: loopDelayMs,
    ...toJudgement(assessProcess(process)),
  };
}

function toRedis(redis: SystemStatus["redis"]): System["redis"] {
  return {
    flavour: redis.flavour,
    version: redis.version ?? null,
    used_bytes: redis.usedBytes ?? null,
    max_bytes: redis.maxBytes || null,
    policy: redis.policy ?? null,
    append_only: redis.appendOnly ?? null,
    fsync: redis.fsync ?? null,
    latency_ms: redis.latencyMs,
    clock_ahead_ms: redis.clockAheadMs,
    latency: toJudgement(assessLatency(redis)),
    clock: toJudgement(assessClock(redis)),
    memory: toJudgement(assessMemory(redis)),
    warnings: redis.warnings.map(({ message, remedy }) => ({ message, remedy })),
  };
}
