const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FAILING_AFTER_MS = 6 * HOUR;
const WARNED_AFTER_MS = 4 * DAY;
const DISABLED_AFTER_MS = 5 * DAY;
/** Between the warning and the disabling, whatever the failures add up to. */
const NOTICE_MS = DAY;
/**
 * Longer than any wait of the schedule (24 h and a fifth): two failures further apart have had nothing to try between them,
 * and the silence says nothing of the endpoint.
 */
const MAX_GAP_MS = 30 * HOUR;
/** How exact `lastSuccessAt` is: a busy healthy endpoint is not written down again for every callback. */
const SUCCESS_GRAIN_MS = MINUTE;

/**
 * The ladder of an endpoint that fails and fails. Each arrow down is taken by a failure, one step at a time.
 *
 *                6 h of failures           4 d                  5 d, and 24 h after the warning
 *   healthy ───────────────────▶ failing ───────▶ warned ───────────────────────────────────────▶ disabled
 *      ▲                            │                │                                               │
 *      └──── success, test passed, enabled ──────────┴── the same; after a 410 not a mere success ───┘
 *
 *   A 410 disables from every step at once.
 *
 * Times are unix ms. Plain data: it rests in Redis as JSON.
 */
export interface Health {
  readonly step: HealthStep;
  /** When the present step was reached. */
  readonly since: number;
  /** The first failure after the last success. */
  readonly failingSince?: number;
  /** How long it has failed and nothing else, in ms: silence not included. 0 unless `failingSince` is set. */
  readonly failedForMs: number;
  readonly lastFailureAt?: number;
  /** Exact to a minute. */
  readonly lastSuccessAt?: number;
  /** Why the last failure failed. */
  readonly reason?: string;
  /** Set while disabled. */
  readonly disabledBy?: "failures" | "gone";
}

export const HEALTH_STEPS = ["healthy", "failing", "warned", "disabled"] as const;
export type HealthStep = (typeof HEALTH_STEPS)[number];

export type HealthEvent =
  /** A delivery was answered with 2xx. */
  | { readonly kind: "success"; readonly at: number }
  /** A delivery failed, not by a fault of ours. `gone`: by a 410. */
  | { readonly kind: "failure"; readonly at: number; readonly gone: boolean; readonly reason: string }
  /** A test event was answered with 2xx. A test that fails is no event: who asked for it sees it. */
  | { readonly kind: "test_passed"; readonly at: number }
  /** A person says that it is to be tried again. */
  | { readonly kind: "enabled"; readonly at: number };

export type HealthNews = "failing" | "warned" | "disabled" | "recovered";

export interface HealthTurn {
  readonly health: Health;
  /** What subscribers to the endpoint's own events are to be told. */
  readonly told: readonly HealthNews[];
}

export function initialHealth(at: number): Health {
  return { step: "healthy", since: at, failedForMs: 0 };
}

/** Total and pure. The same object when nothing changes, as one success soon after another changes nothing. */
export function nextHealth(health: Health, event: HealthEvent): HealthTurn {
  switch (event.kind) {
    case "failure":
      return afterFailure(health, event);
    case "success":
      // Some copy of the receiver may not know yet that it is gone: a 410 stands until a test passes or a person decides.
      // Disabled for failing it is a different matter: an answer to an attempt that was still under way proves recovery.
      if (health.disabledBy === "gone") return quiet({ ...health, lastSuccessAt: event.at });
      return recovered(health, event.at, event.at);
    case "test_passed":
      return recovered(health, event.at, event.at);
    case "enabled":
      return recovered(health, event.at, health.lastSuccessAt);
  }
}

/** The earliest time at which a warned endpoint can be disabled, unix ms: by the first failure from then on. */
export function disablesAt(health: Health): number | undefined {
  return health.step === "warned" ? health.since + NOTICE_MS : undefined;
}

function recovered(health: Health, at: number, lastSuccessAt: number | undefined): HealthTurn {
  const wasHealthy = health.step === "healthy";
  const isOldNews =
    lastSuccessAt === health.lastSuccessAt ||
    Math.abs(at - (health.lastSuccessAt ?? -Infinity)) < SUCCESS_GRAIN_MS;
  if (wasHealthy && health.failingSince === undefined && isOldNews) return quiet(health);
  return {
    health: {
      step: "healthy",
      since: wasHealthy ? health.since : at,
      failedForMs: 0,
      ...(health.lastFailureAt === undefined ? {} : { lastFailureAt: health.lastFailureAt }),
      ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    },
    told: wasHealthy ? [] : ["recovered"],
  };
}

function afterFailure(before: Health, event: Extract<HealthEvent, { kind: "failure" }>): HealthTurn {
  const { at, gone, reason } = event;
  const failed: Health = {
    ...before,
    failingSince: before.failingSince ?? at,
    failedForMs: before.failedForMs + failingTime(before, at),
    lastFailureAt: Math.max(before.lastFailureAt ?? at, at),
    reason,
  };
  if (gone) {
    const health: Health = { ...failed, step: "disabled", disabledBy: "gone" };
    return before.step === "disabled"
      ? quiet(health)
      : { health: { ...health, since: at }, told: ["disabled"] };
  }
  const step = stepDown(failed, at);
  if (step === undefined) return quiet(failed);
  const disabledBy = step === "disabled" ? ({ disabledBy: "failures" } as const) : {};
  return { health: { ...failed, step, since: at, ...disabledBy }, told: [step] };
}

/** What the time since the failure before adds. Nothing on the first: one failure is a moment, however long ago. */
function failingTime({ failingSince, lastFailureAt }: Health, at: number): number {
  if (failingSince === undefined || lastFailureAt === undefined) return 0;
  const gapMs = at - lastFailureAt;
  return gapMs > 0 && gapMs <= MAX_GAP_MS ? gapMs : 0;
}

/**
 * One step at a time, so that a warning precedes every disabling but a 410's. The rule of other senders, "at least two failures,
 * 12 h apart", needs no rule of its own: five days that are measured between failures have them.
 */
function stepDown(
  { step, since, failedForMs }: Health,
  at: number,
): "failing" | "warned" | "disabled" | undefined {
  switch (step) {
    case "healthy":
      return failedForMs >= FAILING_AFTER_MS ? "failing" : undefined;
    case "failing":
      return failedForMs >= WARNED_AFTER_MS ? "warned" : undefined;
    case "warned":
      return failedForMs >= DISABLED_AFTER_MS && at >= since + NOTICE_MS ? "disabled" : undefined;
    case "disabled":
      return undefined;
  }
}

function quiet(health: Health): HealthTurn {
  return { health, told: [] };
}
