import type { Base } from "../admin/base.ts";
import { withLeftAccounts } from "../admin/privacy/left-at-start.ts";
import { syncFileEndpoints } from "../store/outbox/endpoint-file.ts";
import { refuseFormerOutboxes } from "../store/outbox/refuse-former.ts";

/** Before anything is read or delivered: an endpoint is given what is committed from its making on. */
export async function bringInEndpoints(base: Base): Promise<void> {
  const { endpoints, logger, now } = base;
  await refuseFormerOutboxes(base, await endpoints.ids());
  const configured = await withLeftAccounts(base);
  const { created, changed, leftOut, paused, unreadable } = await syncFileEndpoints(
    endpoints,
    configured,
    now,
  );
  if (created.length + changed.length > 0) logger.info({ created, changed }, "endpoints taken over");
  if (leftOut.length > 0) {
    logger.warn({ endpoints: leftOut }, "endpoints are no longer in the configuration file: paused");
  }
  if (paused.length > 0) logger.warn({ endpoints: paused }, "endpoints are paused: deliveries wait");
  if (unreadable.length > 0)
    logger.error({ endpoints: unreadable }, "endpoints cannot be opened: deliveries wait");
}
