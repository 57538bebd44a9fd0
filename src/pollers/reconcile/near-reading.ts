import type { Lease } from "../../store/detection/lease.ts";
import { toInstant } from "../../cliniko/list-query.ts";
import type { Resource } from "../../resources/resource.ts";
import { type ReadingDeps, type ReadingResult, pageOfEverything } from "../scan/reading-deps.ts";
import { takeOverList } from "./whole-reading.ts";

const DAY_SECONDS = 86_400;

type Near = Pick<Resource, "rereads" | "takesPlaceAt">;

/** Whether there are lists that are read again whatever their stamps say. */
export function hasNear({ rereads, takesPlaceAt }: Near): boolean {
  return rereads !== undefined || takesPlaceAt !== undefined;
}

/**
 * One page of what may have changed without moving `updated_at`: what takes place from yesterday to a fortnight ahead (whether a
 * no-show moves it is not documented, and this is where it would matter most), and the resource's `rereads`. A page a poll;
 * `nearAfter` carries on, with the list and the place in it.
 */
export async function nearStep(deps: ReadingDeps, lease: Lease, signal: AbortSignal): Promise<ReadingResult> {
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
  const day = (days: number): string => toInstant(watermark + days * DAY_SECONDS);
  return [
    ...(column === undefined ? [] : [[`${column}:>=${day(-1)}`, `${column}:<=${day(14)}`]]),
    ...(rereads?.(day(-1)) ?? []),
  ];
}
