import type { ClinikoClient } from "../../cliniko/client.ts";
import { findInList } from "../../cliniko/find-in-list.ts";
import type { PageRequest } from "../../cliniko/list-query.ts";
import type { Failure, Outcome, Page } from "../../cliniko/outcome.ts";
import type { Pass, ReadingPlan } from "../../cliniko/reading-plan.ts";
import type { AdoptContext, Appearance } from "../../diff/adopt.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";
import type { KnownResource } from "../../resources/registry.ts";
import type { RowFilter } from "./row-filter.ts";
import type { PrivacyFilter } from "./privacy-filter.ts";
import { type Confirm, type PageTimes, adoptPage } from "./adopt-page.ts";
import type { KeyUser } from "../connection/key-user.ts";
import type { ExplainMissing } from "../reconcile/explained.ts";
import type { Guard } from "../reconcile/guard.ts";
import type { MassLimits } from "../reconcile/mass-limits.ts";
import type { LinkWitness } from "./link-witness.ts";
import type { Rechecks } from "./rechecks.ts";
import type { Steadiness } from "./steadiness.ts";
import { rereadsAfter } from "./rereads-after.ts";

/** What every kind of reading besides the scan needs. They run under the scan's lease, after a scan that completed. */
export interface ReadingDeps {
  readonly client: Pick<ClinikoClient, "listPage" | "findRecord">;
  readonly store: AccountStore;
  readonly reading: ReadingStore;
  readonly state: ReadingState;
  readonly resource: KnownResource;
  readonly plan: ReadingPlan;
  readonly context: Omit<AdoptContext, "baselineStartedAt">;
  readonly rowFilter?: RowFilter | undefined;
  readonly privacyFilter?: PrivacyFilter | undefined;
  readonly appearances?: Omit<Appearance, "shownFrom"> | undefined;
  readonly limits?: MassLimits | undefined;
  readonly rechecks?: Rechecks | undefined;
  /** See `ScanDeps`. */
  readonly asksById?: boolean;
  /** See `ScanDeps`. */
  readonly steadiness?: Steadiness | undefined;
  readonly linkWitness?: LinkWitness | undefined;
  /** What took missing records along; nothing is known to when left out. */
  readonly explainMissing?: ExplainMissing | undefined;
  /** See `ScanDeps`. */
  readonly watchesTimes?: boolean;
  readonly confirm?: Confirm | undefined;
  /** Asked before a deletion is told that has left no stamp; it is believed when left out. */
  readonly keyUser?: KeyUser | undefined;
  /** The watermark of the scan that just completed, unix seconds by the upstream's clock. */
  readonly watermark: number;
  /** See `PageTimes`; the watermark when left out. */
  readonly shownFrom?: number | undefined;
  readonly now: () => number;
  /** Whether the next scan can wait a little longer; it always can when left out. */
  readonly hasTime?: () => boolean;
}

export type ReadingResult =
  | {
      readonly kind: "done";
      readonly events: number;
      /** Records of which it is not known whether what was shown is older than what is known. */
      readonly doubted?: readonly string[];
    }
  | { readonly kind: "guarded"; readonly guard: Guard }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** The lease was lost, or the process is to stop. */
  | { readonly kind: "stopped" };

/**
 * Takes over a page that did not come from a scan: the cursor stays.
 * @param oldestSeconds of a list: see `AdoptContext`. What answers by its id is believed.
 */
export async function takeOver(
  deps: ReadingDeps,
  lease: Lease,
  page: Pick<Page, "rows" | "date">,
  origin: PageTimes["origin"],
  oldestSeconds = 0,
): Promise<ReadingResult> {
  const times = {
    origin,
    unchangedUntil: deps.state.presentAt || deps.watermark,
    baselineStartedAt: undefined,
    shownFrom: deps.shownFrom ?? deps.watermark,
  };
  const context = { ...deps.context, oldestSeconds };
  const changes = await adoptPage({ ...deps, context }, lease, page, times);
  if ("kind" in changes) return changes.kind === "guarded" ? changes : { kind: "failed", failure: changes };
  const { doubted, open, snapshots, events, observed, older } = changes;
  const ids = page.rows.map(({ id }) => id).filter((id) => !doubted.includes(id) && !open.includes(id));
  deps.rechecks?.shown(ids, older, page.date, false);
  if (snapshots.size === 0) return { kind: "done", events: 0, doubted };
  const rereads = rereadsAfter(deps.resource, observed, deps.watchesTimes);
  const committed = await deps.store.commit(lease, { snapshots, events, cursor: undefined, rereads });
  return committed === "fenced" ? { kind: "stopped" } : { kind: "done", events: events.length, doubted };
}

/** A full list of everything, narrowed by `conditions`, of a plan that has it in one. */
export function listEverything(
  { plan: { order, passes } }: Pick<ReadingDeps, "plan">,
  conditions: readonly string[],
  after?: string,
): PageRequest {
  const [pass] = passes;
  if (!pass) throw new RangeError("a plan has a pass");
  return { pass, order, since: undefined, after, conditions };
}

/**
 * One page of everything, narrowed by `conditions`, through all lists of the plan that take such conditions. `next` names
 * the place to go on from: list and row.
 */
export async function pageOfEverything(
  { client, plan: { order, passes }, resource }: Pick<ReadingDeps, "client" | "plan" | "resource">,
  conditions: readonly string[],
  place: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<{ readonly page: Page }>> {
  const lists = passes.filter(takesConditions);
  const [, at = "0", after = ""] = /^(\d+)\/(.*)$/.exec(place ?? "") ?? [];
  const index = Number(at);
  const pass = lists[index];
  if (!pass) return { kind: "bad_filter", detail: "the place is of another plan" };
  const request = { pass, order, since: undefined, after: after || undefined, conditions };
  const answer = await client.listPage(resource, request, signal);
  if (answer.kind !== "ok") return answer;
  const { page } = answer;
  const onward = page.next === undefined ? `${index + 1}/` : `${index}/${page.next}`;
  const isLast = page.next === undefined && index + 1 >= lists.length;
  return { kind: "ok", page: { ...page, next: isLast ? undefined : onward } };
}

/** Of the old lists only those that take the usual filters. */
function takesConditions({ since, variant }: Pass): boolean {
  return variant === undefined || since === "updated_at";
}

/** A client that asks for a single record as the account lets itself be asked: by each list of its plan. */
export function byPlan<Client extends ReadingDeps["client"]>(
  client: Client,
  { order, passes }: ReadingPlan,
): Client {
  return {
    ...client,
    findRecord: async (resource, id, signal, timeoutMs) => {
      let date = 0;
      // A part of the records is no place of its own: the path of a record leads to it, in whichever list it is.
      for (const pass of passes.filter(({ says, variant }) => !says || variant === undefined)) {
        const found =
          pass.variant === undefined
            ? await client.findRecord(resource, id, signal, timeoutMs, pass.shows)
            : await findInList(client, resource, { pass, order }, id, signal, timeoutMs);
        if (found.kind !== "ok" || found.found) return found;
        date = found.date;
      }
      return { kind: "ok", found: false, date };
    },
  };
}
