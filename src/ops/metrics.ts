import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

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
    /** Unix seconds; undefined when the scan was not completed. */
    readonly completeUpTo: number | undefined;
  }): void;
  /** `ok`, or the kind of trouble. */
  connectionChanged(account: string, state: string): void;
  attemptEnded(attempt: {
    readonly endpoint: string;
    readonly outcome: string;
    readonly durationMs: number;
    readonly sinceObservedMs: number;
    readonly delivered: boolean;
  }): void;
  /** Prometheus text format. */
  render(): Promise<string>;
}

export interface QueueCount {
  readonly queue: string;
  readonly state: string;
  readonly count: number;
}

const PREFIX = "cliniko_webhooks";
const CONNECTION_STATES = ["ok", "degraded", "key_revoked", "permission_reduced", "schema_changed"];

export function createMetrics(countQueues: () => Promise<readonly QueueCount[]>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = createInstruments([registry], countQueues);
  return {
    scanEnded({ account, resource, ...scan }) {
      instruments.scans.inc({ account, resource, outcome: scan.outcome });
      instruments.scanSeconds.observe({ account, resource }, scan.durationMs / 1_000);
      instruments.records.inc({ account, resource }, scan.records);
      instruments.events.inc({ account, resource }, scan.events);
      if (scan.completeUpTo !== undefined)
        instruments.completeUpTo.set({ account, resource }, scan.completeUpTo);
    },
    connectionChanged(account, state) {
      for (const known of CONNECTION_STATES)
        instruments.connection.set({ account, state: known }, known === state ? 1 : 0);
    },
    attemptEnded({ endpoint, ...attempt }) {
      instruments.attempts.inc({ endpoint, outcome: attempt.outcome });
      instruments.attemptSeconds.observe({ endpoint }, attempt.durationMs / 1_000);
      if (attempt.delivered) instruments.latency.observe({ endpoint }, attempt.sinceObservedMs / 1_000);
    },
    async render() {
      return await registry.metrics();
    },
  };
}

/** One instrument a line of the operator's dashboard; docs/operations.md says what to watch. */
// oxlint-disable-next-line max-lines-per-function -- a list, not a procedure
function createInstruments(registers: Registry[], countQueues: () => Promise<readonly QueueCount[]>) {
  return {
    scans: new Counter({
      name: `${PREFIX}_scans_total`,
      help: "Scans of one resource that ended, by outcome",
      labelNames: ["account", "resource", "outcome"],
      registers,
    }),
    scanSeconds: new Histogram({
      name: `${PREFIX}_scan_duration_seconds`,
      help: "Duration of a scan",
      labelNames: ["account", "resource"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    records: new Counter({
      name: `${PREFIX}_records_read_total`,
      help: "Records read from the upstream",
      labelNames: ["account", "resource"],
      registers,
    }),
    events: new Counter({
      name: `${PREFIX}_events_total`,
      help: "Events committed to the log",
      labelNames: ["account", "resource"],
      registers,
    }),
    completeUpTo: new Gauge({
      name: `${PREFIX}_complete_up_to_seconds`,
      help: "Upstream time (unix seconds) up to which every change has been seen",
      labelNames: ["account", "resource"],
      registers,
    }),
    connection: new Gauge({
      name: `${PREFIX}_connection_state`,
      help: "1 for the state an account's connection is in",
      labelNames: ["account", "state"],
      registers,
    }),
    attempts: new Counter({
      name: `${PREFIX}_delivery_attempts_total`,
      help: "Delivery attempts, by outcome",
      labelNames: ["endpoint", "outcome"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: `${PREFIX}_delivery_duration_seconds`,
      help: "Duration of a delivery attempt",
      labelNames: ["endpoint"],
      registers,
    }),
    latency: new Histogram({
      name: `${PREFIX}_delivery_latency_seconds`,
      help: "From the change being observed to its callback being accepted",
      labelNames: ["endpoint"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
      registers,
    }),
    queueJobs: new Gauge({
      name: `${PREFIX}_queue_jobs`,
      help: "Jobs in a queue, by state",
      labelNames: ["queue", "state"],
      registers,
      async collect() {
        for (const { queue, state, count } of await countQueues()) this.set({ queue, state }, count);
      },
    }),
  };
}
