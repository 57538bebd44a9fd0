import type { WebhookEvent } from "../../diff/event.ts";
import { linkedId } from "../../diff/normalise.ts";
import { mergedPatients } from "../../diff/patient-links.ts";
import { type KnownResource, NAMING_PATIENTS, targetOf } from "../../resources/registry.ts";
import type { Reread } from "../../store/detection/account-store.ts";
import { timesMovedBy } from "../availability/marks.ts";

/** What these events may have moved without moving its stamp: what hangs on merged patients, and what a movement of stock leads to. */
export function rereadsAfter(
  { fields, moves }: Pick<KnownResource, "fields" | "moves">,
  events: readonly WebhookEvent[],
  watchesTimes = false,
): Reread[] {
  const hanging = mergedPatients(events).flatMap((id) =>
    NAMING_PATIENTS.map((resource) => ({ resource, id })),
  );
  const moved = moves.flatMap((link) => {
    const resource = targetOf(fields[link]) ?? "";
    return events.flatMap(({ data }) => {
      const id = linkedId(data.object?.[link]);
      return id === undefined ? [] : [{ resource, id }];
    });
  });
  return [...hanging, ...moved, ...(watchesTimes ? timesMovedBy(events) : [])];
}
