import { type ReactNode, useEffect, useState } from "react";

import { TextField } from "../controls/text-field.tsx";
import { useFilters } from "./use-filters.ts";

/** Long enough to type a word. */
const PAUSE_MS = 300;

/** A filter that one types. It takes effect when the typing rests. */
export function SearchFilter({
  name,
  label,
  placeholder,
}: {
  /** Of the parameter in the address. */
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
}): ReactNode {
  const filters = useFilters();
  const kept = filters.get(name);
  const [text, setText] = useState(kept);
  useEffect(() => {
    setText(kept);
  }, [kept]);
  useEffect(() => {
    if (text === kept) return undefined;
    const timer = setTimeout(() => filters.set({ [name]: text.trim() }), PAUSE_MS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only typing starts the pause anew
  }, [text]);
  return (
    <TextField label={label} type="search" value={text} onChange={setText} placeholder={placeholder ?? ""} />
  );
}
