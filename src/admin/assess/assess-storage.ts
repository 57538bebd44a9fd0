import { MOST_AUDIT_ENTRIES } from "../../store/access/audit-log.ts";
import type { RedisFacts } from "../../store/redis/redis-facts.ts";
import type { Incident } from "../../store/detection/marks.ts";
import { NEARLY_FULL } from "../../store/redis/redis-warnings.ts";
import { describeIncident } from "../../pollers/connection/tell-incident.ts";
import { formatSpan } from "../format-span.ts";
import type { Assessment, Code, Subject } from "./assessment.ts";
import { judgeAge } from "./lateness.ts";
import type { Severity } from "./severity.ts";

export interface StorageSituation extends Pick<
  RedisFacts,
  "clockAheadMs" | "maxBytes" | "persisted" | "usedBytes"
> {
  /** Why nothing can be written, in the words of Redis; undefined: it can. */
  readonly unwritable: string | undefined;
}

const CLOCK = { lateMs: 5_000, stuckMs: 60_000 };
const FULL = { warning: NEARLY_FULL, critical: 0.95 };
/** Each call to it is a part of every poll and delivery. */
const SLOW_MS = 50;

/** Who looks the next morning is to see it, and who looks at once is to be stopped by it. */
const INCIDENT_MS = { warning: 60 * 60_000, notice: 24 * 60 * 60_000 };

/** What Redis lost lately; undefined: nothing. Pure. @param now unix ms */
export function assessIncident(incident: Incident | undefined, now: number): Assessment | undefined {
  if (!incident || now - incident.noticedAt > INCIDENT_MS.notice) return undefined;
  const severity = now - incident.noticedAt > INCIDENT_MS.warning ? "notice" : "warning";
  const code = incident.kind === "emptied" ? "storage_emptied" : "storage_went_back";
  const detail = `${formatSpan(now - incident.noticedAt)} ago: ${describeIncident(incident)}`;
  return { ...judge("content", severity, code, detail), since: incident.noticedAt };
}

/** Whether Redis takes what we write, has room for more, and agrees on the time. Pure. */
export function assessStorage(situation: StorageSituation): Assessment[] {
  return [assessWrites(situation), assessMemory(situation), assessClock(situation)];
}

function assessWrites({ persisted, unwritable }: StorageSituation): Assessment {
  if (unwritable !== undefined)
    return judge("writes", "critical", "storage_unwritable", `takes no writes: ${unwritable}`);
  return persisted
    ? judge("writes", "ok", "usable", "takes what is written")
    : judge("writes", "critical", "storage_unsaved", "what it wrote last did not reach the disk");
}

export function assessMemory({
  maxBytes,
  usedBytes,
}: Pick<StorageSituation, "maxBytes" | "usedBytes">): Assessment {
  if (usedBytes === undefined) return judge("memory", "ok", "usable", "not known: this Redis does not say");
  if (!maxBytes) return judge("memory", "ok", "usable", "no limit is set");
  const part = usedBytes / maxBytes;
  const detail = `${Math.floor(part * 100)} % of maxmemory is used`;
  if (part <= FULL.warning) return judge("memory", "ok", "usable", detail);
  return judge("memory", part > FULL.critical ? "critical" : "warning", "storage_full", detail);
}

export function assessClock({ clockAheadMs }: Pick<StorageSituation, "clockAheadMs">): Assessment {
  const gapMs = Math.abs(clockAheadMs);
  const severity = judgeAge(gapMs, CLOCK);
  const detail = `${describeSkew(clockAheadMs)} this machine's`;
  return judge("clock", severity, severity === "ok" ? "usable" : "storage_clock", detail);
}

/** One answer of this moment, to who looks: it is no issue of the installation. Pure. */
export function assessLatency({ latencyMs }: Pick<RedisFacts, "latencyMs">): Assessment {
  const detail = `${Math.round(latencyMs)} ms for one answer`;
  return latencyMs > SLOW_MS
    ? judge("latency", "warning", "storage_slow", detail)
    : judge("latency", "ok", "usable", detail);
}

/** How far a clock is from another: `40 s ahead of`. @param aheadMs less than 0: it is behind */
export function describeSkew(aheadMs: number): string {
  const gapMs = Math.abs(aheadMs);
  if (gapMs < 1_000) return "within a second of";
  return `${formatSpan(gapMs)} ${aheadMs > 0 ? "ahead of" : "behind"}`;
}

/** Whether the oldest lines of the audit log are about to go, or go already. Pure. */
export function assessAudit(entries: number, most: number = MOST_AUDIT_ENTRIES): Assessment {
  const part = entries / most;
  const detail = `${entries} of ${most} lines`;
  if (part <= FULL.warning) return judge("audit", "ok", "usable", detail);
  return judge("audit", part >= 1 ? "warning" : "notice", "audit_log_full", detail);
}

type Part = Extract<Subject, { readonly kind: "storage" }>["part"];

function judge(part: Part, severity: Severity, code: Code, detail: string): Assessment {
  return { subject: { kind: "storage", part }, severity, code, since: undefined, detail };
}
