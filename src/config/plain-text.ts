/**
 * What steers a terminal or a page instead of standing in it: control characters (C0, DEL, C1), marks that turn the
 * direction of writing, and Unicode's own line ends. Source: UAX #9, "Trojan Source" (CVE-2021-42574).
 */
const STEERING = String.raw`\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069`;

const ANY = new RegExp(`[${STEERING}]`, "u");
const EACH = new RegExp(`[${STEERING}]`, "gu");

/** Whether a name or a description would steer what shows it. */
export function isPlain(text: string): boolean {
  return !ANY.test(text);
}

export const NOT_PLAIN = {
  message: "holds control characters, or marks that turn the direction of writing",
  remedy: "write plain text on one line",
};

/** The colours and weights of our own. Source: `styleText` of node:util. */
// oxlint-disable-next-line no-control-regex -- these are the ones that may pass
const OUR_STYLES = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;

/**
 * A text as a terminal may show it: what would steer it stands there as `\u001b`, which is what JSON makes of it too. Line
 * ends, tabs and our own colours stay.
 */
export function printable(text: string): string {
  return text
    .split(OUR_STYLES)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(EACH, (sign) => escaped(sign))))
    .join("");
}

/** The same on one line: nothing in it can pass for a line of ours. */
export function onOneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, " "));
}

function escaped(sign: string): string {
  if (sign === "\n" || sign === "\t") return sign;
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
