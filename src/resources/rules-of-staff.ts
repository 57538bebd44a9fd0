/** What happens to the people of a clinic, and to its hours. */
import { type Read, type Rule, type Served, defineRule } from "./transition.ts";

/** Whether somebody still works here. @param columns that say so; the first that is set decides */
export function activity<const Column extends string>(
  ...columns: readonly Column[]
): Rule<"deactivated" | "reactivated", Column> {
  const isOut = (read: Read): boolean => columns.map(read).find((said) => said !== null) === false;
  const all = (active: boolean): Served => Object.fromEntries(columns.map((column) => [column, active]));
  const said = columns.map((column) => `\`${column}\``).join(", or where that is unset ");
  return defineRule<"deactivated" | "reactivated", Column>({
    tells: {
      deactivated: {
        title: "{it} made inactive",
        when: `${said} became false`,
        example: () => ({ before: all(true), after: all(false) }),
      },
      reactivated: {
        title: "{it} active again",
        when: `${said} was false and is not any longer`,
        example: () => ({ before: all(false), after: all(true) }),
      },
    },
    fields: columns,
    detect(before, after) {
      const was = before !== undefined && isOut(before);
      if (was === isOut(after)) return [];
      return [was ? "reactivated" : "deactivated"];
    },
  });
}

/** The hours of one weekday. A day without any may be a row without hours, or no row: both are told. */
export const hours = defineRule({
  tells: {
    opened: {
      title: "Day opened",
      when: "there are hours where there were none",
      example: toHours(null, "17:00"),
    },
    closed: {
      title: "Day closed",
      when: "there are no hours any longer; also beside `deleted` where the record is gone with them",
      example: toHours("17:00", null),
    },
    hours_changed: {
      title: "Hours changed",
      when: "there are other hours than before",
      example: toHours("17:00", "13:00"),
    },
  },
  fields: ["availabilities"],
  detect(before, after) {
    const [was, is] = [before?.("availabilities") ?? null, after("availabilities")];
    if (was === is) return [];
    if (was === null) return ["opened"];
    return is === null ? ["closed"] : ["hours_changed"];
  },
  gone: (before) => (before("availabilities") === null ? [] : ["closed"]),
});

function hoursUntil(until: string | null): Served {
  return { availabilities: until === null ? [] : [{ starts_at: "09:00", ends_at: until }] };
}

function toHours(
  was: string | null,
  is: string | null,
): () => { readonly before: Served; readonly after: Served } {
  return () => ({ before: hoursUntil(was), after: hoursUntil(is) });
}
