import { compareIds, withoutLeadingZeros } from "../clinic/ids.ts";
import { parseWireTime } from "../wire/time.ts";

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_PATTERN = /^[\d*]{4}-[\d*]{2}-[\d*]{2}$/;
const WHOLE_NUMBER = /^\d+$/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A test of one column's value; a text is what is wrong with the filter value. */
export type ValueTest = ((value: unknown) => boolean) | string;

/** Moments are stored as whole seconds, and a fraction in the filter is cut off before it is compared. */
export function parseDateTimeTest(operator: string, value: string): ValueTest {
  const wanted = DATE_TIME.test(value) ? parseWireTime(value) : undefined;
  if (wanted === undefined) return "not a date time";
  return (stored) => typeof stored === "number" && holds(operator, stored - wanted);
}

/** Dates are text of fixed width, so they compare as text; a star stands for one digit and goes with `=` only. */
export function parseDateTest(operator: string, value: string): ValueTest {
  if (operator === "=" && value.includes("*") && DATE_PATTERN.test(value)) {
    const pattern = new RegExp(`^${value.replaceAll("*", "\\d")}$`);
    return (stored) => typeof stored === "string" && pattern.test(stored);
  }
  if (!DATE.test(value) || Number.isNaN(Date.parse(value))) return "not a date";
  return (stored) => typeof stored === "string" && holds(operator, compareText(stored, value));
}

/** `=` takes a list. Ids are beyond a double, so whole numbers are compared as digits. */
export function parseNumericTest(operator: string, value: string): ValueTest {
  const wanted = value.split(",");
  if (!wanted.every((one) => NUMBER.test(one)) || (operator !== "=" && wanted.length > 1)) {
    return "not a number";
  }
  if (operator === "=") {
    const exact = new Set(wanted.map(withoutLeadingZeros));
    return (stored) => isNumeric(stored) && exact.has(String(stored));
  }
  return (stored) => isNumeric(stored) && holds(operator, compareNumbers(String(stored), value));
}

/** `~` looks for a part, `~~` for a pattern with `%`; both take letters as they come, `=` and `!=` exactly. */
export function parseStringTest(operator: string, value: string): ValueTest {
  if (operator === "~") {
    const part = value.toLowerCase();
    return (stored) => typeof stored === "string" && stored.toLowerCase().includes(part);
  }
  if (operator === "~~") {
    const pattern = new RegExp(`^${value.split("%").map(escapePattern).join(".*")}$`, "is");
    return (stored) => typeof stored === "string" && pattern.test(stored);
  }
  return (stored) => typeof stored === "string" && holds(operator, compareText(stored, value));
}

function holds(operator: string, difference: number): boolean {
  switch (operator) {
    case "=":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case ">=":
      return difference >= 0;
    case ">":
      return difference > 0;
    case "<=":
      return difference <= 0;
    default:
      return difference < 0;
  }
}

function isNumeric(stored: unknown): stored is string | number {
  return typeof stored === "number" || (typeof stored === "string" && NUMBER.test(stored));
}

function compareNumbers(left: string, right: string): number {
  if (WHOLE_NUMBER.test(left) && WHOLE_NUMBER.test(right)) {
    return compareIds(withoutLeadingZeros(left), withoutLeadingZeros(right));
  }
  return Number(left) - Number(right);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
