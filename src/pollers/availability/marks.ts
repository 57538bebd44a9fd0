import type { WebhookEvent } from "../../diff/event.ts";
import { linkedId } from "../../diff/normalise.ts";
import { isRecord } from "../../shared/is-record.ts";
import { resourceOf, resources } from "../../resources/registry.ts";
import type { AccountStore, Reread } from "../../store/detection/account-store.ts";
import { namedValues } from "../../diff/values.ts";
import type { Triple } from "../../cliniko/available-times.ts";

const AVAILABLE_TIMES = "available_times";
/** Of what an event says whose times it may have moved. */
const LINKS = ["practitioner", "booking"] as const;
/** What is a part of a triple itself. */
const PARTS: Readonly<Record<string, string>> = {
  businesses: "business",
  practitioners: "practitioner",
  appointment_types: "appointment_type",
};
const ALL = "all";

/** Whose times these events may have moved: they are read again. */
export function timesMovedBy(events: readonly WebhookEvent[]): Reread[] {
  const marks = events.flatMap(({ data, subject }) => {
    const resource = resourceOf(subject.type);
    if (!resource?.followedBy.includes(AVAILABLE_TIMES)) return [];
    const part = PARTS[resource.path];
    if (part) return [`${part}/${subject.id}`];
    // Handed over, it moves the times of both.
    const links = LINKS.flatMap((link) =>
      [data.object?.[link], data.previous[link]].flatMap((wire) => {
        const id = isRecord(wire) ? linkedId(wire) : undefined;
        return id === undefined ? [] : [`${link}/${id}`];
      }),
    );
    return links.length > 0 ? links : [ALL];
  });
  return [...new Set(marks)].map((id) => ({ resource: AVAILABLE_TIMES, id }));
}

/** Which of the triples are named by such a mark. A place in a class names the class, which names the practitioner. */
export async function isMarkedBy(
  store: Pick<AccountStore, "loadSnapshots">,
  account: string,
  marks: readonly string[],
): Promise<(triple: Triple) => boolean> {
  const bookings = marks.filter((mark) => mark.startsWith("booking/")).map((mark) => mark.slice(8));
  const classes = await store.loadSnapshots(account, "group_appointments", bookings);
  const practitioners = bookings.map((id) => {
    const snapshot = classes.get(id);
    return snapshot && namedValues(resources.group_appointments, snapshot)?.get("practitioner");
  });
  // Of a booking that is not known nobody knows whose it is.
  const all = new Set([
    ...marks,
    ...practitioners.map((id) => (typeof id === "string" ? `practitioner/${id}` : ALL)),
  ]);
  return ({ appointmentType, business, practitioner }) =>
    [ALL, `business/${business}`, `practitioner/${practitioner}`, `appointment_type/${appointmentType}`].some(
      (mark) => all.has(mark),
    );
}
