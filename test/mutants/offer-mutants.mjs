import { mutant } from "./mutant.mjs";

const OFFER = "src/diff/available-times.ts";
const READ = "src/pollers/availability/read-availability.ts";

const offers = "test/integration/pollers/available-times.test.ts";

/** What can be booked online. */
export const offerMutants = [
  mutant(
    "a time that came too near is told as taken",
    [offers],
    [OFFER, "time >= from && time <= to", "time <= to"],
  ),
  mutant(
    "a day that came within reach is told as added",
    [offers],
    [OFFER, "time >= from && time <= to", "time >= from"],
  ),
  mutant(
    "a visitor's hold is told",
    [offers],
    [OFFER, "(since.get(time) ?? readAt) >= holdSeconds", "(since.get(time) ?? readAt) >= 0"],
  ),
  mutant(
    "those that take the place of others in a morning are told",
    [offers],
    ["src/pollers/availability/offer-span.ts", "rules.isSegmented ?", "rules.leadHours < 0 ?"],
  ),
  mutant(
    "a type's own shorter lead time is passed over",
    [offers],
    ["src/pollers/availability/offer-span.ts", "(time) => time < usual", "(time) => time < 0"],
  ),
  mutant(
    "one answer of 404 is the end of an offer",
    [offers],
    [READ, "date - missingSince >= APART_SECONDS", "date >= missingSince"],
  ),
  mutant(
    "what available times cost is not counted",
    [offers],
    [READ, "owing.count += deps.requests() - before;", "owing.count += 0;"],
  ),
  mutant(
    "what was booked has nothing read",
    [offers],
    [
      "src/pollers/scan/rereads-after.ts",
      "watchesTimes ? timesMovedBy(events) : []",
      "watchesTimes ? [] : []",
    ],
  ),
  mutant(
    "the earliest time is told when it comes too near",
    [offers],
    [OFFER, "is > to : was < from", "is > to : was < 0"],
  ),
];
