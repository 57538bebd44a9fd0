import { type Source, kindOf } from "../../components/status/source-kind.ts";

/** Of one account; the first speaks for all. */
export type Joined = readonly [Source, ...(readonly Source[])];

/** Kinds of record that suffer from the same are one: a refused key stops all of them, and is told once. */
export function joinWrong(sources: readonly Source[]): readonly Joined[] {
  const groups = new Map<string, [Source, ...Source[]]>();
  for (const source of sources) {
    const { detail, quarantined, resource, state } = source;
    const key =
      kindOf(source) === "wrong" ? `${state} ${String(quarantined)} ${detail ?? ""}` : `of ${resource}`;
    const group = groups.get(key);
    if (group) group.push(source);
    else groups.set(key, [source]);
  }
  return [...groups.values()];
}
