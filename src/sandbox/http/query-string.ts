/** A query string as it was sent, decoded once. */
export interface QueryString {
  /** Values of `q[]`, in order. */
  readonly conditions: readonly string[];
  /** A bare `q=…` was sent: the upstream falls over on it. */
  readonly malformed: boolean;
  /** First value of a plain parameter. Unknown ones are there too, for nobody to look at. */
  readonly get: (name: string) => string | undefined;
  /** The same query with another page, encoded again. */
  readonly withPage: (page: number, perPage: number) => string;
}

export function parseQueryString(raw: string): QueryString {
  const pairs = raw.split("&").flatMap(toPair);
  const kept = pairs.filter(([name]) => name !== "page" && name !== "per_page");
  return {
    conditions: pairs.filter(([name]) => name === "q[]").map(([, value]) => value),
    malformed: pairs.some(([name]) => name === "q"),
    get: (name) => pairs.find(([candidate]) => candidate === name)?.[1],
    withPage: (page, perPage) =>
      [...kept, ["page", String(page)], ["per_page", String(perPage)]]
        .map((pair) => pair.map((part) => encodeURIComponent(part)).join("="))
        .join("&"),
  };
}

function toPair(text: string): [string, string][] {
  if (text === "") return [];
  const split = text.indexOf("=");
  return split === -1
    ? [[decode(text), ""]]
    : [[decode(text.slice(0, split)), decode(text.slice(split + 1))]];
}

/** A broken percent sign stands for itself, as lenient servers have it. */
function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
