import type { ReactNode } from "react";

import { type Choice, SelectField } from "../controls/select-field.tsx";
import { useFilters } from "./use-filters.ts";

/** A filter that one chooses. What stands in the address and is none of the choices is shown all the same. */
export function SelectFilter({
  name,
  label,
  choices,
}: {
  /** Of the parameter in the address. */
  readonly name: string;
  readonly label: string;
  readonly choices: readonly Choice[];
}): ReactNode {
  const filters = useFilters();
  const value = filters.get(name);
  const isKnown = choices.some(({ id }) => id === value);
  return (
    <SelectField
      label={label}
      value={value}
      choices={isKnown ? choices : [...choices, { id: value, name: value }]}
      onChange={(id) => filters.set({ [name]: id })}
    />
  );
}
