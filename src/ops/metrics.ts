import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

import { METRIC_PREFIX } from "./metric-prefix.ts";
import { type MetricState, createStateGauges } from "./state-gauges.ts";

/** What the other rooms report. Labels are names from the configuration and closed sets: never a person, never a URL. */
export interface Metrics {
  scanEnded(scan: {
    readonly account: string;
    readonly resource: string;
    /** `completed`, `stopped`, or the kind of the failure. */
    readonly outcome: string;
    readonly durationMs: number;
    readonly records: number;
    readonly events: number;
  }): void;
  attemptEnded(attempt: {
    readonly endpoint: string;
    readonly outcome: string;
    readonly durationMs: number;
    readonly sinceObservedMs: number;
    readonly delivered: boolean;
  }): void;
  /** @param door one of a closed set */
  signInFailed(door: string): void;
  /** Prometheus text format. Answers within READ_LIMIT_MS, also while Redis does not. */
  render(): Promise<string>;
}

export interface MetricSources {
  readonly now: () => number;
  /** What is kept in Redis, read when somebody asks. Undefined: only what this process has done is shown. */
  readonly readState: (() => Promise<MetricState>) | undefined;
  readonly retention: { readonly eventsMs: number; readonly attemptsMs: number };
}

/** Shorter than Prometheus's own patience (10 s): what this process has done is shown also when Redis is away. */
const READ_LIMIT_MS = 5_000;

export function createMetrics({ now, readState, retention }: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = createInstruments([registry]);
  const kept = new Gauge({
    name: `${METRIC_PREFIX}_retention_seconds`,
    help: "How long is kept what can be sent again (events) and looked up (attempts)",
    labelNames: ["what"],
    registers: [registry],
  });
  kept.set({ what: "events" }, retention.eventsMs / 1_000);
  kept.set({ what: "attempts" }, retention.attemptsMs / 1_000);
  const gauges = readState && createStateGauges(registry);
  const read = readState && limited(readState);

  const render = async (): Promise<string> => {
    if (gauges && read) gauges.show(await read(), now());
    return await registry.metrics();
  };
  let rendering: Promise<string> | undefined;
  return {
    scanEnded({ account, resource, ...scan }) {
      instruments.scans.inc({ account, outcome: scan.outcome });
      instruments.scanSeconds.observe({ resource }, scan.durationMs / 1_000);
      instruments.records.inc({ resource }, scan.records);
      if (scan.events > 0) instruments.events.inc({ account, resource }, scan.events);
    },
    attemptEnded({ endpoint, ...attempt }) {
      instruments.attempts.inc({ endpoint, outcome: attempt.outcome });
      instruments.attemptSeconds.observe({ endpoint }, attempt.durationMs / 1_000);
      if (attempt.delivered) instruments.latency.observe({ endpoint }, attempt.sinceObservedMs / 1_000);
    },
    signInFailed(door) {
      instruments.signInFailures.inc({ door });
    },
    async render() {
      // Who asks meanwhile gets the same answer: two of them would clear each other's gauges.
      rendering ??= render().finally(() => {
        rendering = undefined;
      });
      return await rendering;
    },
  };
}

/** Undefined: it took too long or failed. While one reading has not ended no other is begun: they would pile up in an outage. */
function limited<Value>(read: () => Promise<Value>): () => Promise<Value | undefined> {
  let underWay: Promise<Value | undefined> | undefined;
  return async () => {
    underWay ??= read()
      .catch(() => undefined)
      .finally(() => {
        underWay = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), READ_LIMIT_MS);
    });
    try {
      return await Promise.race([underWay, limit]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * What this process has done since it started: here the `sum` over processes is the whole. Accounts and resources are labels
 * together only where that many series can be borne: a thousand accounts may read forty resources each.
 */
// oxlint-disable-next-line max-lines-per-function -- a list, not a procedure
function createInstruments(registers: Registry[]) {
  return {
    scans: new Counter({
      name: `${METRIC_PREFIX}_scans_total`,
      help: "Scans that ended, by outcome",
      labelNames: ["account", "outcome"],
      registers,
    }),
    scanSeconds: new Histogram({
      name: `${METRIC_PREFIX}_scan_duration_seconds`,
      help: "Duration of a scan",
      labelNames: ["resource"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    records: new Counter({
      name: `${METRIC_PREFIX}_records_read_total`,
      help: "Records read from the upstream",
      labelNames: ["resource"],
      registers,
    }),
    events: new Counter({
      name: `${METRIC_PREFIX}_events_total`,
      help: "Events committed to the log",
      labelNames: ["account", "resource"],
      registers,
    }),
    attempts: new Counter({
      name: `${METRIC_PREFIX}_delivery_attempts_total`,
      help: "Delivery attempts, by outcome",
      labelNames: ["endpoint", "outcome"],
      registers,
    }),
    signInFailures: new Counter({
      name: `${METRIC_PREFIX}_sign_in_failures_total`,
      help: "Credentials that opened nothing, or were not looked at, by where they were shown",
      labelNames: ["door"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: `${METRIC_PREFIX}_delivery_duration_seconds`,
      help: "Duration of a delivery attempt",
      labelNames: ["endpoint"],
      registers,
    }),
    latency: new Histogram({
      name: `${METRIC_PREFIX}_delivery_latency_seconds`,
      help: "From the change being observed to its callback being accepted",
      labelNames: ["endpoint"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
      registers,
    }),
  };
}
