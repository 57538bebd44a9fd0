import type { DeliveryState } from "../outbox/delivery-state.ts";

/**
 * Every Redis key we write (BullMQ writes its own under `<prefix>:queue`). All keys of an account carry `{account}`,
 * so that on a cluster they share one hash slot and one script can change them together.
 */
export interface Keys {
  readonly installation: string;
  /** Hash: whose Redis this is, what its processes wrote last, and what happened to it. See marks.ts. */
  readonly marks: string;
  /** Hash: name to a sealed list of what lives. In one slot with `endpoints` and `tokens`. See rosters.ts. */
  readonly rosters: string;
  /** Hash: endpoint id to sealed endpoint. */
  readonly endpoints: string;
  /** Hash: token id to sealed token. In one slot with `tokenUses`. */
  readonly tokens: string;
  /** Hash: token id to when it was last used. */
  readonly tokenUses: string;
  /** Stream: endpoints whose workers are to look again. See wake-feed.ts. */
  readonly wakeFeed: string;
  /** Never exists: what is asked whether it can be written. */
  readonly writeProbe: string;
  /** Set: leaves of the erasure key that were destroyed, hex. Every process destroys them in its own file. */
  readonly punctured: string;
  /** Set: every account that a service was ever started with. */
  readonly seenAccounts: string;
  /** Hash: an account's former name to what it is called now; with " unfinished" while it moves. */
  readonly renamedAccounts: string;
  /** Hash: `head`, and number to sealed batch, of who read what. See access-log.ts. */
  readonly accessLog: string;
  /** Stream: who changed what. In one slot with `kept`. */
  readonly audit: string;
  /** Hash: hour (since 1970) to bytes that a token left behind in it. */
  kept(token: string): string;
  /** A browser's session, by its secret's hash. */
  session(hash: string): string;
  /** What a sign-in link opens, by its code's hash. */
  signInCode(hash: string): string;
  /** Hash: `<minute>:times` and `<minute>:guesses` of sign-ins that failed, of an hour. */
  readonly signInFailures: string;
  /** String: the latest that Redis's clock was seen to show, unix ms. */
  readonly clock: string;
  /** Hash: the last clock that was set. */
  readonly clockStep: string;
  /** Hash: thing to what people were told of it last. In one slot with `noticesHolder`. */
  readonly notices: string;
  /** The process that tells people at this moment. */
  readonly noticesHolder: string;
  /** Sorted set: ids of the processes that run, by when they last said so. In one slot with `process`. */
  readonly processes: string;
  /** What a process says of itself; gone when it has been silent for a while. */
  process(id: string): string;
  /** What was answered to a request with an idempotency key. */
  answer(place: string): string;
  budget(keyHash: string): string;
  connection(account: string): string;
  /** Stream: one entry an event, without its body. */
  log(account: string): string;
  /** Hash: event id to its place in the log. See log-index-scripts.ts. */
  logPlaces(account: string): string;
  /** Hash: record to the places of its events. */
  logTrails(account: string): string;
  /** Hash: event id to sealed body, apart from the log so that a body can be erased and the event still counted. */
  bodies(account: string): string;
  /** Hash: event id to the versions of the records that it led to. See related-scripts.ts. */
  related(account: string): string;
  /** Hash: version to the record as it was then, sealed as a snapshot. */
  versions(account: string): string;
  /** Hash: version to how many times the events that are kept name it. */
  versionUses(account: string): string;
  cursor(account: string, resource: string): string;
  snapshots(account: string, resource: string): string;
  /** Hash: id to what is kept of a deleted record. */
  gone(account: string, resource: string): string;
  /** Hash: id to when the upstream first said that it is not there. */
  suspects(account: string, resource: string): string;
  /** Hash: how and when a resource is read besides the scans. */
  reading(account: string, resource: string): string;
  /** Hash: step of reconciliation to what is kept of its failing. */
  failingSteps(account: string, resource: string): string;
  /** Set: patients whose appointments are to be read again. */
  rereads(account: string): string;
  /** Hash: keyed hash of a forgotten patient's id to the sealed tombstone. */
  forgotten(account: string): string;
  /** Hash: the same hash, of one who is known again, to the generation of their leaf. */
  unforgotten(account: string): string;
  /** Set: events whose bodies were erased, while what became of them is still to be cleaned. */
  erasing(account: string): string;
  lease(account: string, resource: string): string;
  epoch(account: string, resource: string): string;
  schedule(account: string, resource: string): string;
  /** List: the last readings of one class, the newest first. */
  runs(account: string, resource: string, kept: string): string;
  /** Sorted set: events kept beside the log, by when. */
  aside(account: string): string;
  /** Hash: numbers for plots, of one stretch of time. See history-layout.ts. */
  history(scope: HistoryScope, stepSeconds: number, chunk: number): string;
  /** All keys of an endpoint's outbox, in one hash slot. */
  outbox(endpoint: string): OutboxKeys;
}

/** Whose numbers: of a clinic's account, an endpoint, what an endpoint got of an account, or (neither) of everything. */
export interface HistoryScope {
  readonly account?: string;
  readonly endpoint?: string;
}

export interface OutboxKeys {
  /** Sorted sets of event ids: the set that a delivery stands in is its state. */
  readonly states: Readonly<Record<DeliveryState, string>>;
  /** Sorted set: event ids by when they were committed. */
  readonly timeline: string;
  /** Sorted set, by name: what is pending of each subject, in order. */
  readonly subjectQueue: string;
  /** Hash: event id to what it is about. */
  readonly heads: string;
  /** Hash: event id to its sealed attempts. */
  readonly attempts: string;
  /** Hash: event id to how many attempts of its schedule are used up. */
  readonly counted: string;
  /** Set: deliveries of erased events. Nothing is written into their attempts any more. */
  readonly erased: string;
  /** Hash: account to the last place of its log that was looked at. */
  readonly positions: string;
  readonly epoch: string;
  /** Counts up whenever there may be something to do. */
  readonly wakes: string;
  readonly health: string;
}

export function createKeys(prefix: string): Keys {
  return {
    installation: `${prefix}:installation`,
    marks: `${prefix}:installation:marks`,
    rosters: `${prefix}:{_service}:rosters`,
    endpoints: `${prefix}:{_service}:endpoints`,
    tokens: `${prefix}:{_service}:tokens`,
    tokenUses: `${prefix}:{_service}:token-uses`,
    wakeFeed: `${prefix}:{_service}:wake-feed`,
    writeProbe: `${prefix}:{_service}:write-probe`,
    punctured: `${prefix}:{_service}:punctured`,
    seenAccounts: `${prefix}:{_service}:seen-accounts`,
    renamedAccounts: `${prefix}:{_service}:renamed-accounts`,
    accessLog: `${prefix}:{_service}:access-log`,
    audit: `${prefix}:{_service}:audit`,
    kept: (token) => `${prefix}:{_service}:kept:${token}`,
    session: (hash) => `${prefix}:{_service}:session:${hash}`,
    signInCode: (hash) => `${prefix}:{_service}:sign-in-code:${hash}`,
    signInFailures: `${prefix}:{_service}:sign-in-failures`,
    clock: `${prefix}:{_service}:clock`,
    clockStep: `${prefix}:{_service}:clock-step`,
    notices: `${prefix}:{_service}:notices`,
    noticesHolder: `${prefix}:{_service}:notices-holder`,
    processes: `${prefix}:{_service}:processes`,
    process: (id) => `${prefix}:{_service}:process:${id}`,
    answer: (place) => `${prefix}:answer:{${place}}`,
    budget: (keyHash) => `${prefix}:budget:{${keyHash}}`,
    connection: (account) => `${prefix}:{${account}}:connection`,
    log: (account) => `${prefix}:{${account}}:log`,
    logPlaces: (account) => `${prefix}:{${account}}:log-places`,
    logTrails: (account) => `${prefix}:{${account}}:log-trails`,
    bodies: (account) => `${prefix}:{${account}}:bodies`,
    related: (account) => `${prefix}:{${account}}:related`,
    versions: (account) => `${prefix}:{${account}}:versions`,
    versionUses: (account) => `${prefix}:{${account}}:version-uses`,
    cursor: (account, resource) => `${prefix}:{${account}}:cursor:${resource}`,
    snapshots: (account, resource) => `${prefix}:{${account}}:snapshots:${resource}`,
    gone: (account, resource) => `${prefix}:{${account}}:gone:${resource}`,
    suspects: (account, resource) => `${prefix}:{${account}}:suspects:${resource}`,
    reading: (account, resource) => `${prefix}:{${account}}:reading:${resource}`,
    failingSteps: (account, resource) => `${prefix}:{${account}}:failing-steps:${resource}`,
    rereads: (account) => `${prefix}:{${account}}:rereads`,
    forgotten: (account) => `${prefix}:{${account}}:forgotten`,
    unforgotten: (account) => `${prefix}:{${account}}:unforgotten`,
    erasing: (account) => `${prefix}:{${account}}:erasing`,
    lease: (account, resource) => `${prefix}:{${account}}:lease:${resource}`,
    epoch: (account, resource) => `${prefix}:{${account}}:epoch:${resource}`,
    schedule: (account, resource) => `${prefix}:{${account}}:schedule:${resource}`,
    runs: (account, resource, kept) => `${prefix}:{${account}}:runs:${resource}:${kept}`,
    aside: (account) => `${prefix}:{${account}}:aside`,
    history: (scope, stepSeconds, chunk) => `${historyBase(prefix, scope)}:${stepSeconds}:${chunk}`,
    outbox: (endpoint) => createOutboxKeys(`${prefix}:{endpoint:${endpoint}}`),
  };
}

function historyBase(prefix: string, { account, endpoint }: HistoryScope): string {
  if (endpoint === undefined) return `${prefix}:{${account ?? "_service"}}:history`;
  return `${prefix}:{endpoint:${endpoint}}:history${account === undefined ? "" : `:${account}`}`;
}

function createOutboxKeys(base: string): OutboxKeys {
  return {
    states: {
      ready: `${base}:ready`,
      retry: `${base}:retry`,
      in_flight: `${base}:in_flight`,
      blocked: `${base}:blocked`,
      parked: `${base}:parked`,
      failed: `${base}:failed`,
      delivered: `${base}:delivered`,
    },
    timeline: `${base}:timeline`,
    subjectQueue: `${base}:subject-queue`,
    heads: `${base}:heads`,
    attempts: `${base}:attempts`,
    counted: `${base}:counted`,
    erased: `${base}:erased`,
    positions: `${base}:positions`,
    epoch: `${base}:epoch`,
    wakes: `${base}:wakes`,
    health: `${base}:health`,
  };
}
