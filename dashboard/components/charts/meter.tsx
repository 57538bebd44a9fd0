import type { ReactNode } from "react";

import type { Tone } from "../status/tone.ts";

/** How much of something is used, as a bar with its words beside it. */
export function Meter({
  label,
  part,
  tone = "good",
  children,
}: {
  /** What is measured, for who cannot see where the bar stands. */
  readonly label: string;
  /** 0 to 1. */
  readonly part: number;
  readonly tone?: Tone;
  /** The same in words: `47 MB of 256 MB`. */
  readonly children: ReactNode;
}): ReactNode {
  const percent = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return (
    <div className="meter">
      <div role="meter" aria-label={label} aria-valuenow={percent} aria-valuetext={`${percent} %`}>
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect className="meter-bar" data-tone={tone} width={percent} height="8" />
        </svg>
      </div>
      <span>{children}</span>
    </div>
  );
}
