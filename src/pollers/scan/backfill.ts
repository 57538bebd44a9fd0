import type { Row } from "../../cliniko/outcome.ts";
import { toBackfillEvent } from "../../diff/adopt.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import type { EventLog } from "../../store/events/event-log.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { isResourceName } from "../../resources/registry.ts";
import { holdLease } from "./hold-lease.ts";
import { HELD_BACK_MS, mustRest } from "../connection/key-watch.ts";
import { POLLS_PER_ACCOUNT } from "./places.ts";
import { createPageSizes } from "./page-sizes.ts";
import type { PollDeps, PolledAccount } from "./poll-deps.ts";
import { readingDeps } from "./read-once.ts";
import { type ReadingDeps, takeOver } from "./reading-deps.ts";
import { createShortPages } from "./short-pages.ts";

/** A page at a time, at this pace: the scans come first. */
const PAUSE_MS = 1_000;
/** The scan has the resource just now, or the upstream did not answer. */
const LOOK_AGAIN_MS = 5_000;

export interface Backfill {
  readonly account: string;
  readonly resource: string;
  readonly endpoint: string;
  readonly pass: number;
  readonly after?: string | undefined;
  /** Events handed to delivery so far. */
  readonly sent: number;
}

export interface BackfillDeps extends PollDeps {
  readonly log: Pick<EventLog, "keepAside">;
  /** Hands events to an endpoint. Must be idempotent by (event, endpoint). */
  readonly give: (endpoint: string, account: string, events: readonly WebhookEvent[]) => Promise<void>;
  readonly onBackfill: (backfill: Backfill, done: boolean) => void;
  /** Whether an endpoint is still there. */
  readonly isThere: (endpoint: string) => Promise<boolean>;
  /** It ends before its end, with why. */
  readonly onGivenUp: (backfill: Backfill, why: string) => void;
}

/**
 * Handles one page of a backfill: the present state of each record, as events for the endpoint that asked. Runs under
 * the resource's lease and takes over what is new first, so that no live event of a record can be older than its
 * backfill. A page that is done twice makes the same events again. Undefined: all pages are done, or nobody wants them any more.
 */
export function createBackfillHandler(
  deps: BackfillDeps,
): (backfill: Backfill) => Promise<{ data: Backfill; atMs: number } | undefined> {
  const sizes = createPageSizes(deps.now);
  const shortPages = createShortPages(deps.now);
  /** Of those under way, by account, resource and endpoint: each knows what its pages have shown so far. */
  const clients = new Map<string, PolledAccount["client"]>();
  return async (backfill) => {
    const account = deps.accounts.get(backfill.account);
    const { resource } = backfill;
    const why = await whyUnwanted(deps, backfill);
    if (why !== undefined) deps.onGivenUp(backfill, why);
    if (why !== undefined || !account || !isResourceName(resource)) return undefined;
    // Whatever keeps it from being read: its polls find out when that is over.
    if (mustRest(await deps.keeper.read(backfill.account))) {
      return { data: backfill, atMs: deps.now() + HELD_BACK_MS };
    }
    const atMost = { count: POLLS_PER_ACCOUNT, resources: account.resources };
    const scope = { account: backfill.account, resource, atMost };
    const reader = `${backfill.account}/${resource}`;
    const key = `${reader}/${backfill.endpoint}`;
    const client = clients.get(key) ?? shortPages.of(reader, sizes.of(reader, account.client));
    clients.set(key, client);
    const next = await holdLease(
      deps.leases,
      scope,
      deps.renewLeaseEveryMs,
      deps.signal,
      async (lease, signal) => {
        const cursor = await deps.store.readCursor(backfill.account, resource);
        // The first sync has not been through yet: there is nothing to hold a page against.
        if (cursor?.phase !== "live") return undefined;
        const state = await deps.reading.read(backfill.account, resource);
        const reading = {
          ...readingDeps(deps, { ...account, client }, lease, resource, state),
          watermark: cursor.watermark,
        };
        return await backfillPage(deps, reading, backfill, lease, signal);
      },
    );
    if (next === undefined) return { data: backfill, atMs: deps.now() + LOOK_AGAIN_MS };
    if (next.done) clients.delete(key);
    deps.onBackfill(next.data, next.done);
    return next.done ? undefined : { data: next.data, atMs: deps.now() + PAUSE_MS };
  };
}

/** Asked anew for each page: what is read, and who is there to have it, may change while it is under way. */
async function whyUnwanted(
  { accounts, isThere }: BackfillDeps,
  { account, endpoint, resource }: Backfill,
): Promise<string | undefined> {
  const read = accounts.get(account)?.resources;
  if (!read) return "the configuration does not name the account any more";
  if (!read.includes(resource))
    return "the account does not read it any more: see its resources in the configuration";
  return (await isThere(endpoint)) ? undefined : "the endpoint was deleted";
}

/** Undefined: this page did not come; it is asked for again. */
async function backfillPage(
  deps: BackfillDeps,
  reading: ReadingDeps,
  backfill: Backfill,
  lease: Lease,
  signal: AbortSignal,
): Promise<{ data: Backfill; done: boolean } | undefined> {
  const { plan, client, resource } = reading;
  const pass = plan.passes[backfill.pass];
  if (!pass) return { data: backfill, done: true };
  const request = { pass, order: plan.order, since: undefined, after: backfill.after };
  const answer = await client.listPage(resource, request, signal);
  if (answer.kind !== "ok" || signal.aborted) return undefined;
  const { page } = answer;
  const taken = await takeOver(reading, lease, page, "sweep");
  if (taken.kind !== "done") return undefined;
  if (taken.events > 0) await deps.onEvents(backfill.account);

  const { privacyFilter } = reading;
  const rows = privacyFilter ? await privacyFilter.withhold(page.rows) : page.rows;
  const made = await toEvents(reading, lease, { ...page, rows }, backfill.endpoint);
  const consent = privacyFilter ? await privacyFilter.judge(made) : undefined;
  if (consent && "kind" in consent) return undefined;
  const events = consent ? made.filter((event) => consent(event) === "told") : made;
  if ((await deps.log.keepAside(backfill.account, events, lease)) === "fenced") return undefined;
  await deps.give(backfill.endpoint, backfill.account, events);
  const sent = backfill.sent + events.length;
  if (page.next !== undefined) return { data: { ...backfill, after: page.next, sent }, done: false };
  const { after: _done, ...rest } = backfill;
  const data = { ...rest, pass: backfill.pass + 1, sent };
  return { data, done: data.pass >= plan.passes.length };
}

async function toEvents(
  { context, store }: ReadingDeps,
  { account, resource }: Lease,
  page: {
    readonly rows: readonly Row[];
    readonly date: number;
  },
  endpoint: string,
): Promise<WebhookEvent[]> {
  const ids = page.rows.map(({ id }) => id);
  const snapshots = await store.loadSnapshots(account, resource, ids);
  return page.rows.flatMap((row) => {
    const snapshot = snapshots.get(row.id);
    // A record of which we know a newer version than this page shows is told as what we know next time.
    if (!snapshot || snapshot.deletedAt !== undefined || snapshot.updatedAt > row.updatedAt) return [];
    // What does not say when it changed is as it is since it was taken over.
    const { updatedAt } = context.projection.hasStamps ? row : snapshot;
    const observation = { ...row, updatedAt, unchangedUntil: updatedAt, readAt: page.date };
    return [toBackfillEvent({ ...context, baselineStartedAt: undefined }, snapshot, observation, endpoint)];
  });
}
