import type { ReactNode } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";

import type { HistoryRange } from "../../api/answers.ts";
import { useFilters } from "./use-filters.ts";

const RANGES: readonly { readonly id: HistoryRange; readonly name: string }[] = [
  { id: "hour", name: "Hour" },
  { id: "day", name: "Day" },
  { id: "week", name: "Week" },
];

/** How far back plots go, as the address has it: `range`. */
export function useRange(): HistoryRange {
  const given = useFilters().get("range");
  return RANGES.find(({ id }) => id === given)?.id ?? "hour";
}

/** Hour, day or week. */
export function RangeChoice(): ReactNode {
  const filters = useFilters();
  const range = useRange();
  return (
    <ToggleButtonGroup
      className="range-choice"
      aria-label="How far back"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[range]}
      onSelectionChange={(keys) => {
        const [chosen] = keys;
        filters.set({ range: chosen === undefined || chosen === "hour" ? "" : String(chosen) });
      }}
    >
      {RANGES.map(({ id, name }) => (
        <ToggleButton key={id} id={id}>
          {name}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
