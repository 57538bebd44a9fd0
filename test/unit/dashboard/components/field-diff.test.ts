import { expect, test } from "vitest";

import type { LoggedEvent } from "../../../../dashboard/api/answers.ts";
import { showValue } from "../../../../dashboard/components/records/show-value.ts";
import { toDiffRows } from "../../../../dashboard/components/records/to-diff-rows.ts";
import { LOGGED_EVENT } from "../../../../src/ops/api/events/event-examples.ts";
import { resources } from "../../../../src/resources/registry.ts";

const SUBJECTS = new Map(Object.values(resources).map(({ path, subject }) => [path, subject]));

test.for([null, undefined, "", {}, []])("%j is empty", (value) => {
  expect(showValue(value, SUBJECTS)).toEqual({ kind: "empty" });
});

test.for([
  [true, "Yes"],
  [false, "No"],
  [0, "0"],
  ["<b>bold</b>", "<b>bold</b>"],
  ["2026-11-22", "2026-11-22"],
  [
    [{ phone_type: "Mobile", number: "0491 578 148", extension: null }],
    "phone type: Mobile, number: 0491 578 148, extension: empty",
  ],
  [["a", "b"], "a\nb"],
] as const)("%j is shown as text", ([value, text]) => {
  expect(showValue(value, SUBJECTS)).toEqual({ kind: "text", text });
});

test("a moment keeps its raw form beside the reader's", () => {
  expect(showValue("2026-11-22T03:15:00Z", SUBJECTS)).toMatchObject({
    kind: "moment",
    raw: "2026-11-22T03:15:00Z",
  });
});

test("a link names what it leads to, and where we have a page for it", () => {
  const linkTo = (path: string) =>
    showValue({ links: { self: `https://api.au1.cliniko.com/v1/${path}` } }, SUBJECTS);

  expect(linkTo("patients/17")).toEqual({
    kind: "link",
    text: "Patient 17",
    subject: { type: "patient", id: "17" },
  });
  expect(linkTo("individual_appointments/8")).toMatchObject({ subject: { type: "appointment", id: "8" } });
  expect(linkTo("bookings/3")).toEqual({ kind: "link", text: "Booking 3", subject: undefined });
  expect(linkTo("individual_appointments/8/repeats")).toMatchObject({ kind: "text" });
  // The last that was known of a deleted record says no host.
  expect(showValue({ links: { self: "/patients/17" } }, SUBJECTS)).toMatchObject({ text: "Patient 17" });
});

test("anything else is shown as it is", () => {
  expect(showValue({ interval: { weeks: 2 } }, SUBJECTS)).toEqual({
    kind: "json",
    text: '{\n  "interval": {\n    "weeks": 2\n  }\n}',
  });
});

const { event } = LOGGED_EVENT;

function eventOf(data: Partial<NonNullable<LoggedEvent["event"]>["data"]>, withheld: readonly string[] = []) {
  if (!event) throw new Error("the example has a body");
  return { event: { ...event, data: { ...event.data, ...data } }, withheld: [...withheld] };
}

test("changed fields have both values, and the others the one they have", () => {
  const object = { starts_at: "b", notes_count: 1, links: {} };
  const { changed, unchanged } = toDiffRows(
    eventOf({ object, previous: { starts_at: "a" }, changed: ["starts_at"] }),
  );

  expect(changed).toEqual([{ field: "starts_at", hidden: false, before: "a", after: "b" }]);
  expect(unchanged).toEqual([{ field: "notes_count", hidden: false, before: 1, after: 1 }]);
});

test("what is withheld is there, without its values", () => {
  const { changed, unchanged } = toDiffRows(
    eventOf({ object: {}, previous: {}, changed: ["notes"] }, ["notes", "cancellation_note"]),
  );

  expect(changed).toEqual([{ field: "notes", hidden: true }]);
  expect(unchanged).toEqual([{ field: "cancellation_note", hidden: true }]);
});

test("an event without its body has nothing to compare", () => {
  expect(toDiffRows({ event: null, withheld: [] })).toEqual({ changed: [], unchanged: [] });
});
