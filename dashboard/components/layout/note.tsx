import type { ReactNode } from "react";

import { Icon, type IconName } from "./icon.tsx";
import type { Tone } from "../status/tone.ts";

const ICONS: Readonly<Record<Tone, IconName>> = {
  good: "good",
  warn: "alert",
  bad: "warning",
  idle: "alert",
};

/** Something to know, set apart from the rest. */
export function Note({
  tone = "idle",
  children,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="note" data-tone={tone}>
      <Icon name={ICONS[tone]} />
      <div>{children}</div>
    </div>
  );
}
