import type { ReactNode } from "react";

import type { DryRun } from "../../api/answers.ts";
import { type DayCount, fillDays } from "./days.ts";

const DAY = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});
const HEIGHT = 48;
const STEP = 10;
/** What is not nothing can be seen. */
const LEAST = 2;

/** How many on each day. One day alone needs no picture. */
export function DayBars(found: Pick<DryRun, "days" | "since" | "until">): ReactNode {
  const days = fillDays(found);
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || days.length < 2) return null;
  const most = Math.max(1, ...days.map(({ total }) => total));
  const best = days.reduce((former, day) => (day.total > former.total ? day : former), first);
  return (
    <figure className="day-bars">
      <figcaption>By day</figcaption>
      <svg
        role="img"
        aria-label={`${days.length} days, the most on ${formatDay(best)}: ${best.total}`}
        viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {days.map(({ day, total }, index) => {
          const height = total === 0 ? 0 : Math.max(LEAST, (total / most) * HEIGHT);
          return (
            <rect key={day} x={index * STEP + 1} y={HEIGHT - height} width={STEP - 2} height={height}>
              <title>{`${formatDay({ day, total })}: ${total}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className="day-ends quiet" aria-hidden="true">
        <span>{formatDay(first)}</span>
        <span>at most {best.total.toLocaleString("en-GB")}</span>
        <span>{formatDay(last)}</span>
      </p>
    </figure>
  );
}

function formatDay({ day }: DayCount): string {
  return DAY.format(new Date(`${day}T00:00:00Z`));
}
