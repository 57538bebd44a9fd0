import { flag, list, text, word } from "../storage/columns.ts";
import { defineTable, moved } from "./define-table.ts";
import { ACTIVITY } from "./staff.ts";

/** Who may sign in. Whether the list shows those who may not any longer is not known. */
export const users = defineTable({
  path: "users",
  subject: "user",
  columns: {
    active: flag(true),
    first_name: word("Robin"),
    last_name: word("Desk"),
    title: text(),
    email: word("robin.desk@example.com"),
    role: word("administrator", {
      values: [
        "administrator",
        "bookkeeper",
        "power receptionist",
        "practitioner",
        "receptionist",
        "scheduler",
      ],
    }),
    time_zone: word("Australia/Brisbane"),
    phone_numbers: list<unknown>({ sample: [{ phone_type: "Mobile", number: "0491 570 006" }] }),
  },
  extras: ({ active, time_zone }) => ({ user_active: active, time_zone_identifier: time_zone }),
  filters: [],
  hiddenBy: [],
  parts: { "": ({ active }, { inactiveUsersListed }) => active !== false || inactiveUsersListed },
  facts: { role_changed: moved("role"), ...ACTIVITY.facts },
  noise: ["time_zone"],
  acts: ACTIVITY.acts,
});
