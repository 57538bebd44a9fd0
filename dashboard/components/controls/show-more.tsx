import type { ReactNode } from "react";

import { Button } from "./button.tsx";
import { formatCount } from "../format/format-count.ts";

/** Under a list that begins with its most important: opens the rest, and closes it again. Nothing hidden: nothing. */
export function ShowMore({
  hidden,
  one,
  isWhole,
  onChange,
}: {
  /** How many are not shown at first. */
  readonly hidden: number;
  /** What one of them is. */
  readonly one: string;
  readonly isWhole: boolean;
  readonly onChange: (isWhole: boolean) => void;
}): ReactNode {
  if (hidden <= 0) return null;
  return (
    <p className="more">
      <Button aria-expanded={isWhole} onPress={() => onChange(!isWhole)}>
        {isWhole ? "Show fewer" : `Show ${formatCount(hidden, `more ${one}`)}`}
      </Button>
    </p>
  );
}
