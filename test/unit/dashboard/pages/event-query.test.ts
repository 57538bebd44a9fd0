import { expect, test } from "vitest";

import {
  type EventFilterValues,
  belongsAtTop,
  toQuery,
} from "../../../../dashboard/pages/events/event-query.ts";
import { formatChanged } from "../../../../dashboard/pages/events/format-event.ts";
import { CALLBACK } from "../../../../src/ops/api/events/event-examples.ts";

const ALL: EventFilterValues = {
  types: "",
  accounts: "",
  subject: "",
  subject_id: "",
  since: "",
  until: "",
  order: "",
};

test("no values are asked for, and an id only with what kind of record has it", () => {
  expect(toQuery({ ...ALL, subject_id: "7" })).toMatchObject({ payload: "ids" });
  expect(toQuery({ ...ALL, subject_id: "7" })).not.toHaveProperty("subject_id");
  expect(toQuery({ ...ALL, subject: "patient", subject_id: "7" })).toMatchObject({
    subject: "patient",
    subject_id: "7",
  });
});

test.for<[Partial<EventFilterValues>, boolean]>([
  [{}, true],
  [{ types: "appointment.rescheduled" }, true],
  [{ types: "patient.*,appointment.*" }, true],
  [{ types: "patient.*" }, false],
  [{ accounts: CALLBACK.account }, true],
  [{ accounts: "elsewhere" }, false],
  [{ subject: "appointment", subject_id: CALLBACK.subject.id }, true],
  [{ subject: "appointment", subject_id: "1" }, false],
  [{ subject: "patient" }, false],
  [{ since: "2026-01-01T00:00:00Z" }, true],
  [{ until: "2099-01-01T00:00:00Z" }, false],
  [{ order: "oldest_first" }, false],
])("narrowed to %j, a rescheduled appointment belongs at the top: %j", ([values, expected]) => {
  expect(belongsAtTop({ ...ALL, ...values }, CALLBACK)).toBe(expected);
});

test("a type that is not the most telling one of an event finds it all the same", () => {
  const event = {
    ...CALLBACK,
    data: { ...CALLBACK.data, transitions: ["rescheduled", "practitioner_changed"] },
  };

  expect(belongsAtTop({ ...ALL, types: "appointment.practitioner_changed" }, event)).toBe(true);
});

test("many changed fields are cut short", () => {
  expect(formatChanged([])).toBe("–");
  expect(formatChanged(["a", "b"])).toBe("a, b");
  expect(formatChanged(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});
