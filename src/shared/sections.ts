import { isRecord } from "./is-record.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object of sections as fields by their paths: `{ a: { b: 1 } }` is `{ "a.b": 1 }`. Taken apart as far as the names go, so that
 * a structure with a name of its own stays one. A section that is null has all its fields null; one that is missing has none.
 */
export function flatten(sections: Fields, names: readonly string[]): Fields {
  const flat: Record<string, unknown> = {};
  const take = (section: Fields, above: string): void => {
    for (const [key, value] of Object.entries(section)) {
      const path = above + key;
      const inner = names.includes(path) ? [] : names.filter((name) => name.startsWith(`${path}.`));
      if (inner.length > 0 && isRecord(value)) take(value, `${path}.`);
      else if (inner.length > 0 && value === null) for (const name of inner) flat[name] = null;
      else flat[path] = value;
    }
  };
  take(sections, "");
  return flat;
}

/** The reverse. */
export function unflatten(flat: Fields): Record<string, unknown> {
  const sections: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) {
    const keys = path.split(".");
    const last = keys.pop() ?? path;
    let section = sections;
    for (const key of keys) {
      const inner: Record<string, unknown> = isRecord(section[key]) ? { ...section[key] } : {};
      section[key] = inner;
      section = inner;
    }
    section[last] = value;
  }
  return sections;
}

/** A field of a record: by its name, or by its path through sections. Undefined: it is not there. */
export function fieldIn(record: Fields, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  const at = path.indexOf(".");
  const section = at < 0 ? undefined : record[path.slice(0, at)];
  return isRecord(section) ? fieldIn(section, path.slice(at + 1)) : undefined;
}

/** The record without a field, wherever it stands. */
export function withoutField(record: Fields, path: string): Fields {
  if (Object.hasOwn(record, path)) {
    const { [path]: _gone, ...rest } = record;
    return rest;
  }
  const at = path.indexOf(".");
  const name = path.slice(0, Math.max(0, at));
  const section = record[name];
  return isRecord(section) ? { ...record, [name]: withoutField(section, path.slice(at + 1)) } : record;
}
