import { styleText } from "node:util";

import { expect, test } from "vitest";

import { formatEventLine } from "../../../src/cli/events/event-line.ts";
import { formatTable } from "../../../src/cli/terminal/table.ts";
import { isPlain, onOneLine, printable } from "../../../src/config/plain-text.ts";
import { exampleOf } from "../../support/example-of.ts";

/** What a clinic's receptionist or a subscriber could write to whoever looks. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ["clears the screen", "\u001b[2J\u001b[H"],
  ["sets the title", "\u001b]0;root@hospital\u0007"],
  ["writes the clipboard (OSC 52)", "\u001b]52;c;cm0gLXJmIC8=\u0007"],
  ["hides text", "\u001b[8msecret\u001b[0m"],
  ["uses C1 for CSI", "\u009b2J"],
  ["goes back over what stood there", "FAIL\rok  "],
  ["deletes", "bad\b\b\bgood"],
  ["rings", "\u0007"],
  ["turns the direction", "invoice\u202exslx.exe"],
  ["isolates", "\u2066admin\u2069"],
  ["ends a line by Unicode", "one\u2028two"],
];

test.each(HOSTILE)("what %s is refused in a name and stands harmless on a terminal", (_what, text) => {
  expect(isPlain(text)).toBe(false);
  expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  // As a value of JSON it is the same value.
  expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
});

test.each(["Zoë’s “CRM” – 東京 👩‍👩‍👧 עברית العربية", "a\tb"])("%j is shown as it is", (text) => {
  expect(printable(text)).toBe(text);
});

test("colours of our own stay", () => {
  const text = styleText("green", "live", { validateStream: false });

  expect(printable(text)).toBe(text);
});

test("nothing in a cell of a table passes for a line of ours", () => {
  const description = "harmless\nadmin  healthy  0 waiting\r\n\u001b[2J";

  expect(formatTable([["crm", description]]).split("\n")).toHaveLength(1);
  expect(onOneLine(description)).toBe("harmless admin  healthy  0 waiting \\u001b[2J");
});

test("a clinic's words in an event stay on the event's line", () => {
  const example = exampleOf("appointment.cancelled");
  const reason = "Sick\n12:00:00  patient.deleted\u001b]52;c;AA\u0007";
  const object = { ...example.data.object, cancellation_reason_description: reason };
  const event = { ...example, data: { ...example.data, object } };

  expect(formatEventLine(0, event)).toContain("Sick 12:00:00");
  expect(formatEventLine(0, event).split("\n")).toHaveLength(1);
  expect(formatEventLine(0, event)).not.toContain("\u0007");
});
