import type { WebhookEvent } from "../../diff/event.ts";
import { linkedId } from "../../diff/normalise.ts";
import type { Projection } from "../../resources/resource.ts";

/** Counts the deletions of a page, but for those of records that others took the place of in the same page. */
export interface Replacements {
  note(event: WebhookEvent | undefined): void;
  deleted(): number;
}

export function createReplacements({
  appearances,
  deletedAs,
  replacedWithin: link,
}: Pick<Projection, "appearances" | "deletedAs" | "replacedWithin">): Replacements {
  const places: (string | undefined)[] = [];
  const filled = new Set<string | undefined>();
  return {
    note(event) {
      if (!event) return;
      const { object, transitions } = event.data;
      const place = link === undefined ? undefined : linkedId(object?.[link]);
      if (transitions.includes(deletedAs)) places.push(place);
      else if (place !== undefined && transitions.some((told) => appearances.includes(told)))
        filled.add(place);
    },
    deleted: () => places.filter((place) => !filled.has(place)).length,
  };
}
