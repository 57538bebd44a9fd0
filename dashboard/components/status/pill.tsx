import type { ReactNode } from "react";

import { Icon, type IconName } from "../layout/icon.tsx";
import type { Tone } from "./tone.ts";

const ICONS: Readonly<Record<Tone, IconName>> = { good: "good", warn: "alert", bad: "bad", idle: "waiting" };

/** A state in one or two words. Its colour is never all that tells it. */
export function Pill({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className="pill" data-tone={tone}>
      <Icon name={icon ?? ICONS[tone]} />
      {children}
    </span>
  );
}
