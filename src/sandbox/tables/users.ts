import { flag, list, text, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const users = defineTable({
  path: "users",
  columns: {
    active: flag(true),
    first_name: word("Robin"),
    last_name: word("Desk"),
    title: text(),
    email: word("robin.desk@example.com"),
    role: word("administrator"),
    time_zone: word("Australia/Brisbane"),
    phone_numbers: list<unknown>(),
  },
  extras: ({ active }) => ({ user_active: active }),
  filters: [],
  hiddenBy: [],
});
