import { defineResource } from "./define-resource.ts";
import { boolean, phoneNumbers, sensitive, text } from "./field.ts";
import { differs } from "./rule-kinds.ts";
import { activity } from "./rules-of-staff.ts";
import { deletion } from "./rules.ts";

export const users = defineResource({
  path: "users",
  subject: "user",
  group: "people",
  tier: "quarter",
  title: "Users",
  noun: "user",
  one: "Somebody who may sign in to Cliniko",
  about:
    "Seeing other users is for upper roles: a key of a lower one sees its own user, or is refused. One who leaves the list is asked for by id.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    role: text("administrator, bookkeeper, power receptionist, practitioner, receptionist or scheduler."),
    user_active: boolean("Whether they may sign in."),
    active: boolean("The same, where `user_active` is unset."),
    first_name: text("Given name."),
    last_name: text("Family name."),
    title: text("Mr, Dr, …"),
    email: sensitive(text("With which they sign in.")),
    phone_numbers: sensitive(phoneNumbers),
    time_zone_identifier: text("Where they are: Australia/Brisbane."),
  },
  noise: {
    time_zone: text("The time zone in other words."),
    new_ui_enabled: boolean("Not served since 2025."),
    privacy_policy_accepted: boolean("Not served since 2025."),
  },
  rules: [
    deletion,
    differs(["role_changed", { title: "Role changed", when: "`role` is another one" }], {
      columns: ["role"],
      example: () => ({ after: { role: "power receptionist" } }),
    }),
    activity("user_active", "active"),
  ],
  events: { updated: { when: "a name, title, address, number or time zone changed" } },
  sample: {
    id: "1085025583890432001",
    created_at: "2026-10-01T00:02:41Z",
    role: "receptionist",
    active: true,
    user_active: true,
    first_name: "Robin",
    last_name: "Lindqvist",
    title: null,
    email: "robin@example.com",
    phone_numbers: [],
    time_zone: "Brisbane",
    time_zone_identifier: "Australia/Brisbane",
  },
  examples: { updated: { after: { last_name: "Lindqvist-Hale" } } },
});
