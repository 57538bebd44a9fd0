import { isObject, type WireRecord } from "./record.ts";

/** Fields that are named by their paths, as sections within sections. */
export function toSections(flat: WireRecord): WireRecord {
  const sections: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) put(sections, path.split("."), value);
  return sections;
}

function put(into: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const section: Record<string, unknown> = { ...(isObject(into[key]) ? into[key] : {}) };
  put(section, rest, value);
  into[key] = section;
}

/** The reverse, as far as a record has these fields. */
export function fromSections(sections: WireRecord, paths: readonly string[]): WireRecord {
  const found = paths.map((path) => [path, at(sections, path.split("."))] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** Without these fields and sections: left out, or null. */
export function withoutPaths(flat: WireRecord, paths: readonly string[], asNull: boolean): WireRecord {
  const isOf = (name: string): boolean => paths.some((path) => name === path || name.startsWith(`${path}.`));
  return Object.fromEntries(
    Object.entries(flat).flatMap(([name, value]) =>
      isOf(name) ? (asNull ? [[name, null]] : []) : [[name, value]],
    ),
  );
}
