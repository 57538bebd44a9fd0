import type { Lease } from "../../store/detection/lease.ts";
import { toInstant } from "../../cliniko/list-query.ts";
import type { Outcome, Page } from "../../cliniko/outcome.ts";
import { linkedId } from "../../diff/normalise.ts";
import { resourceAt } from "../../resources/registry.ts";
import type { Resource } from "../../resources/resource.ts";
import { type ReadingDeps, type ReadingResult, pageOfEverything } from "../scan/reading-deps.ts";
import { takeOverList } from "./whole-reading.ts";

const DAY_SECONDS = 86_400;

type Near = Pick<Resource, "keptIf" | "rereads" | "takesPlaceAt">;

/** Whether there are lists that are read again whatever their stamps say. */
export function hasNear(of: Near): boolean {
  return of.rereads !== undefined || takesPlace(of);
}

/** Whether it, or what it is a part of, takes place at some time. */
export function takesPlace({ keptIf, takesPlaceAt }: Pick<Near, "keptIf" | "takesPlaceAt">): boolean {
  return takesPlaceAt !== undefined || (keptIf && resourceAt(keptIf.leadsTo).takesPlaceAt) !== undefined;
}

/**
 * One page of what may have changed without moving `updated_at`: what takes place from yesterday to a fortnight ahead (whether a
 * no-show moves it is not documented, and this is where it would matter most), the resource's `rereads`, and the places in what
 * takes place by tomorrow. A page a poll; `nearAfter` carries on, with the list and the place in it.
 */
export async function nearStep(deps: ReadingDeps, lease: Lease, signal: AbortSignal): Promise<ReadingResult> {
  const { keptIf } = deps.resource;
  if (keptIf && deps.resource.takesPlaceAt === undefined && takesPlace(deps.resource))
    return await nearPlaces(deps, lease, keptIf, signal);
  const { account, resource } = lease;
  const lists = listsOf(deps.resource, deps.watermark);
  const [, at = "0", place = ""] = /^(?:(\d+);)?(.*)$/.exec(deps.state.nearAfter ?? "") ?? [];
  const conditions = lists[Number(at)];
  if (!conditions) {
    await deps.reading.update(account, resource, { nearAfter: undefined });
    return { kind: "done", events: 0 };
  }
  const answer = await pageOfEverything(deps, conditions, place || undefined, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const taken = await takeOverList(deps, lease, answer.page, signal);
  if (taken.kind !== "done") return taken;
  const { next } = answer.page;
  const list = Number(at) + (next === undefined ? 1 : 0);
  await deps.reading.update(account, resource, {
    nearAfter: list < lists.length ? `${list};${next ?? ""}` : undefined,
  });
  return taken;
}

function listsOf({ rereads, takesPlaceAt: column }: Near, watermark: number): readonly (readonly string[])[] {
  return [
    ...(column === undefined ? [] : [between(column, watermark, 14)]),
    ...(rereads?.(day(watermark, -1)) ?? []),
  ];
}

/** From yesterday on. */
function between(column: string, watermark: number, daysAhead: number): readonly string[] {
  return [`${column}:>=${day(watermark, -1)}`, `${column}:<=${day(watermark, daysAhead)}`];
}

function day(watermark: number, days: number): string {
  return toInstant(watermark + days * DAY_SECONDS);
}

/**
 * Who comes to a class is marked when it takes place, so the places of the classes from yesterday to tomorrow will do: a request for
 * the classes, and one for each hundred of their places. Where no place is known nothing is asked, since a new one has a new stamp.
 */
async function nearPlaces(
  deps: ReadingDeps,
  lease: Lease,
  { leadsTo, link }: { readonly leadsTo: string; readonly link: string },
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const { nearAfter } = deps.state;
  // Ids of the classes whose places are read; where their list goes on; where the list of places does.
  const [kept = "", from = "", place = ""] = nearAfter?.split(";") ?? [];
  if (nearAfter === undefined && (await deps.store.listIds(account, resource)).length === 0)
    return { kind: "done", events: 0 };
  const classes = kept === "" ? await pageOfClasses(deps, leadsTo, from || undefined, signal) : undefined;
  if (signal.aborted) return { kind: "stopped" };
  if (classes && classes.kind !== "ok") return { kind: "failed", failure: classes };
  const ids = classes ? classes.page.rows.map(({ id }) => id).join(",") : kept;
  const onward = classes ? (classes.page.next ?? "") : from;
  if (ids === "") {
    await deps.reading.update(account, resource, { nearAfter: undefined });
    return { kind: "done", events: 0 };
  }
  const answer = await pageOfEverything(deps, [`${link}_id:=${ids}`], place || undefined, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const { page } = answer;
  const asked = new Set(ids.split(","));
  const named = page.rows.flatMap(({ record }) => linkedId(record[link]) ?? []);
  if (named.some((id) => !asked.has(id)))
    return { kind: "failed", failure: { kind: "bad_filter", detail: `${link}_id:= was ignored` } };
  const taken = await takeOverList(deps, lease, page, signal);
  if (taken.kind !== "done") return taken;
  const rest = page.next === undefined ? onward && `;${onward};` : `${ids};${onward};${page.next}`;
  await deps.reading.update(account, resource, { nearAfter: rest || undefined });
  return taken;
}

/** What is hidden takes no place. */
async function pageOfClasses(
  { client, plan, watermark }: ReadingDeps,
  path: string,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<{ readonly page: Page }>> {
  const classes = resourceAt(path);
  const column = classes.takesPlaceAt;
  if (column === undefined) throw new RangeError(`${path} take place at no time`);
  const pass = { since: undefined, shows: [], variant: undefined };
  const conditions = between(column, watermark, 1);
  return await client.listPage(
    classes,
    { pass, order: plan.order, since: undefined, after, conditions },
    signal,
  );
}
