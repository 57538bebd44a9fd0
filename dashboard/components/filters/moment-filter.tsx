import { type ReactNode, useState } from "react";

import { fromLocalInput, toLocalInput } from "../format/local-moment.ts";
import { TextField } from "../controls/text-field.tsx";
import { useFilters } from "./use-filters.ts";

/** A moment to narrow a list by, typed by the reader's clock and kept in the address as UTC. */
export function MomentFilter({
  name,
  label,
  hint,
}: {
  /** Of the parameter in the address. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
}): ReactNode {
  const filters = useFilters();
  const kept = filters.get(name);
  // While it is typed it is now and then no moment, which the address does not keep.
  const [typed, setTyped] = useState({ kept, text: toLocalInput(kept) });
  const { text } = typed.kept === kept ? typed : { text: toLocalInput(kept) };
  return (
    <TextField
      label={label}
      type="datetime-local"
      value={text}
      {...(hint === undefined ? {} : { hint })}
      onChange={(next) => {
        const iso = fromLocalInput(next);
        const change = iso !== "" || next === "";
        setTyped({ kept: change ? iso : kept, text: next });
        if (change) filters.set({ [name]: iso });
      }}
    />
  );
}
