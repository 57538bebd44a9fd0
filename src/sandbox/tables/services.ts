import { links, parent } from "../storage/columns.ts";
import { defineTable, moved, type Deed } from "./define-table.ts";

interface Service {
  readonly practitioner_ids: readonly string[];
}

/** Who offers what where: a row for each business and appointment type, without an id or a stamp. */
export const services = defineTable({
  path: "services",
  subject: "service",
  columns: {
    business_id: parent("businesses"),
    appointment_type_id: parent("appointment_types"),
    practitioner_ids: links("practitioners"),
  },
  identifiedBy: ["business_id", "appointment_type_id"],
  filters: [],
  hiddenBy: [],
  appearance: "offered",
  disappearance: "withdrawn",
  facts: { practitioners_changed: moved("practitioners") },
  acts: {
    /** Nobody offers it for a while, and it stays in the list. */
    leaveToNobody: (row: Service): Deed<Service> | undefined =>
      row.practitioner_ids.length === 0
        ? undefined
        : { writes: { practitioner_ids: [] }, tells: ["practitioners_changed"] },
  },
  endings: {
    withdraw: (): Deed<Service> => ({ writes: {}, tells: ["withdrawn"], isGone: true }),
  },
});
