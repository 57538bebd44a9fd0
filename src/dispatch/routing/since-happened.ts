import type { WebhookEvent } from "../../diff/event.ts";
import { isOfRecord } from "../../diff/event.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import type { ClaimedDelivery } from "../../store/outbox/outbox.ts";

/**
 * How long ago a change happened when an attempt at telling it ended, ms. Undefined where the answer would say nothing of
 * how fast changes are told: it was asked for by a person (once more, or as part of a recovery, when it may be last
 * week's), it is the present state instead of a change (backfill), a test, or told of the service itself.
 */
export function sinceHappened(
  { manual, recovered }: Pick<ClaimedDelivery, "manual" | "recovered">,
  event: WebhookEvent | UnreadableRecordError,
  endedAt: number,
): number | undefined {
  if (event instanceof UnreadableRecordError || manual || recovered || !isOfRecord(event)) return undefined;
  switch (event.origin) {
    case "live":
    case "sweep":
      return Math.max(0, endedAt - Date.parse(event.timestamp));
    case "backfill":
    case "test":
      return undefined;
  }
}
