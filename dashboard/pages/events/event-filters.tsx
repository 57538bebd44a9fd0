import type { ReactNode } from "react";

import { Button } from "../../components/controls/button.tsx";
import { FoldedFilters } from "../../components/filters/folded-filters.tsx";
import { type EventTypeSummary, useEventTypes } from "../../components/records/event-type.tsx";
import { MomentFilter } from "../../components/filters/moment-filter.tsx";
import { formatSubject } from "../../components/records/record-link.tsx";
import { SearchFilter } from "../../components/filters/search-filter.tsx";
import type { Choice } from "../../components/controls/select-field.tsx";
import { SelectFilter } from "../../components/filters/select-filter.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { useMe } from "../../shell/use-me.ts";
import { FILTERS } from "./event-query.ts";

const ALL: Choice = { id: "", name: "All" };
const ORDERS: readonly Choice[] = [
  { id: "", name: "Newest first" },
  { id: "oldest_first", name: "Oldest first" },
];

/** What the list is narrowed to; kept in the address. */
export function EventFilters(): ReactNode {
  const filters = useFilters();
  const types = useEventTypes();
  const { accounts } = useMe();
  const subjects = [...new Set(types.map(({ subject }) => subject))];
  const isNarrowed = FILTERS.some((name) => filters.get(name) !== "");
  return (
    <FoldedFilters count={FILTERS.filter((name) => filters.get(name) !== "").length}>
      <SelectFilter name="types" label="Type" choices={[ALL, ...typeChoices(types)]} />
      <SelectFilter
        name="accounts"
        label="Account"
        choices={[ALL, ...accounts.map((name) => ({ id: name, name }))]}
      />
      <SelectFilter
        name="subject"
        label="About"
        choices={[ALL, ...subjects.map((subject) => ({ id: subject, name: formatSubject(subject) }))]}
      />
      {filters.get("subject") === "" ? null : (
        <SearchFilter name="subject_id" label="Its id" placeholder="Whole id" />
      )}
      <MomentFilter name="since" label="Recorded since" />
      <MomentFilter name="until" label="Recorded before" />
      <SelectFilter name="order" label="Order" choices={ORDERS} />
      {isNarrowed ? (
        <p className="filters-end">
          <Button onPress={() => filters.set(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
            Show all
          </Button>
        </p>
      ) : null}
    </FoldedFilters>
  );
}

/** Each kind of record as a whole, then its types. */
function typeChoices(types: readonly EventTypeSummary[]): readonly Choice[] {
  const subjects = [...new Set(types.map(({ subject }) => subject))];
  return subjects.flatMap((subject) => [
    { id: `${subject}.*`, name: `${formatSubject(subject)}: all types` },
    ...types
      .filter((known) => known.subject === subject)
      .map(({ type, title }) => ({ id: type, name: `${title} (${type})` })),
  ]);
}
