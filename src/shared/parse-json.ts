/** The value of a JSON text from outside; undefined, which no JSON says, when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
