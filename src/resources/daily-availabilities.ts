import { z } from "zod";

import { defineResource } from "./define-resource.ts";
import { integer, structures, text, usualLink } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { hours } from "./rules-of-staff.ts";
import { deletion } from "./rules.ts";

const availabilities = structures(
  "Times of day without a date, by the clock of the place; null or `[]` on a day off.",
  z
    .looseObject({
      starts_at: z.exactOptional(z.string()).meta({ description: "`09:00`." }),
      ends_at: z.exactOptional(z.string()).meta({ description: "`17:00`." }),
    })
    .meta({ id: "Hours", description: "From one time of day to another." }),
);

export const dailyAvailabilities = defineResource({
  path: "daily_availabilities",
  subject: "daily_availability",
  group: "setup",
  tier: "quarter",
  title: "Weekly hours",
  noun: "weekly hours",
  one: "The hours of one practitioner in one place on one day of the week",
  about:
    "Which day `day_of_week` counts as the first is not documented: it is passed on as it is served. How Cliniko shows a day that is taken away is not either: it is reported as closed, or as deleted with `closed` among its transitions.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  followedBy: ["available_times"],
  version: 1,
  watched: {
    availabilities,
    day_of_week: integer("Which day it is, from 0 to 6."),
    time_zone_identifier: text("Of which place the times are: Australia/Brisbane."),
    business: usualLink("businesses", "Where."),
    practitioner: usualLink("practitioners", "Who is there."),
  },
  noise: { time_zone: text("The time zone in other words.") },
  rules: [deletion, hours],
  events: { updated: { when: "its day, place, practitioner or time zone changed" } },
  sample: {
    id: "1085031047102071301",
    created_at: "2026-10-01T00:20:14Z",
    availabilities: [{ starts_at: "09:00", ends_at: "17:00" }],
    day_of_week: 2,
    time_zone: "Brisbane",
    time_zone_identifier: "Australia/Brisbane",
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
  },
  examples: { updated: { after: { business: linkTo("businesses/1085025583890432977") } } },
});
