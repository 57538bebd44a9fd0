import type { Base } from "../../admin/base.ts";
import type { ServiceState } from "../../admin/assess/service-state.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { comparePositions } from "../../store/events/position.ts";
import { formatSpan } from "../../admin/format-span.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Events are looked for every 5 s. */
const LATE_MS = 60_000;

/** How much each event log holds, whether old events are removed, and whether every endpoint has been given the new ones. */
export async function checkLogs(
  { config, endpoints, now, outbox }: Base,
  { logs }: Pick<ServiceState, "logs">,
): Promise<Finding[]> {
  const known = await endpoints.list();
  return await Promise.all(
    logs.map(async (log) => {
      const what = `events of ${log.account}`;
      const { events, newest, newestAt, oldestAt } = log;
      if (newestAt === undefined || newest === undefined) return ok(what, "none so far");
      const ago = now() - newestAt;
      const detail = `${events} kept, the newest ${formatSpan(ago)} old, the oldest ${formatSpan(now() - (oldestAt ?? now()))}`;
      const behind = ago < LATE_MS ? [] : await findBehind(outbox, log.account, { newest, newestAt }, known);
      if (behind.length > 0) {
        const remedy = "is a process with the role dispatch running? (docs/operations.md#no-workers)";
        return fail(what, `${detail}; the newest has not been given to ${behind.join(", ")}`, remedy);
      }
      if (now() - (oldestAt ?? now()) > config.retention.eventsMs + DAY_MS) {
        const remedy = "what an endpoint still waits for is kept: look at endpoints that are paused or fail";
        return warn(
          what,
          `${detail}: older than the retention`,
          `${remedy} (docs/operations.md#event-log-overdue)`,
        );
      }
      return ok(what, detail);
    }),
  );
}

/** An endpoint is given what is committed from its making on. */
async function findBehind(
  outbox: Base["outbox"],
  account: string,
  { newest, newestAt }: { readonly newest: string; readonly newestAt: number },
  endpoints: readonly Endpoint[],
): Promise<string[]> {
  const due = endpoints.filter(({ createdAt }) => createdAt < newestAt);
  const places = await Promise.all(
    due.map(async ({ id }) => ({ id, place: await outbox.readPosition(id, account) })),
  );
  return places
    .filter(({ place }) => place === undefined || comparePositions(newest, place) > 0)
    .map(({ id }) => id);
}
