/**
 * Places in an account's log: Redis stream ids (`<ms>-<n>`), whose first part is when the entry was committed by Redis's
 * clock (unix ms).
 */
const SHAPE = /^(\d{1,16})-(\d{1,20})$/;

/** Before every entry. */
export const LOG_START = "0-0";

export function isPosition(text: string): boolean {
  return SHAPE.test(text);
}

/** Negative: `left` comes first · 0: the same place · positive: `right` comes first. Whole logs pass here. */
export function comparePositions(left: string, right: string): number {
  const [leftDash, rightDash] = [left.indexOf("-"), right.indexOf("-")];
  return (
    Number(left.slice(0, leftDash)) - Number(right.slice(0, rightDash)) ||
    compareSerials(left.slice(leftDash + 1), right.slice(rightDash + 1))
  );
}

/** 64 bits, more than a number holds; written without leading zeros. */
function compareSerials(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}

/** When it was committed, unix ms. */
export function committedAt(position: string): number {
  return Number(position.slice(0, position.indexOf("-")));
}
