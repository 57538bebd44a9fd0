import { formatCount } from "../../components/format/format-count.ts";
import type { Trouble } from "../../shell/trouble/trouble.ts";

/** So many of a kind still have a line each. */
const MOST_APART = 2;

/** What many suffer from becomes one line, where the first of them stands: a dozen refused keys do not hide the rest. */
export function gatherTrouble(found: readonly Trouble[]): readonly Trouble[] {
  const groups = new Map<string, Trouble[]>();
  for (const trouble of found) {
    const { among, path, tone, words } = trouble;
    const key = among ? `${tone} ${among.many} ${words}` : `${path} ${words}`;
    groups.set(key, [...(groups.get(key) ?? []), trouble]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, second] = group;
    if (!first?.among || !second || group.length <= MOST_APART) return group;
    const others = group.length - 2;
    const begun = group.flatMap(({ since }) => (since === null ? [] : [since])).toSorted();
    return [
      {
        tone: first.tone,
        name: formatCount(group.length, first.among.many, first.among.many),
        words: first.words,
        since: begun[0] ?? null,
        more: `${nameOf(first)}, ${nameOf(second)} and ${formatCount(others, "more", "more")}`,
        path: first.among.path,
      },
    ];
  });
}

/** Without the word that says what it is: the line has it already. */
function nameOf({ name }: Trouble): string {
  return name.replace(/^(?:Account|Endpoint) /, "");
}
