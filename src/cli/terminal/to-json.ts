/** For machines, of what the API has no answer for: names in snake case, as in its answers. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, inner: unknown) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).map(([name, of]) => [toSnakeCase(name), of]))
        : inner,
    2,
  );
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
