import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";

import {
  LEVELS,
  type WeekHour,
  isFlat,
  levelOf,
  formatAhead,
  formatMinute,
  toLocalWeek,
} from "./local-week.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const HOURS = 24;

/** When the account is busy, as it was learnt: a map of the week that one walks through with the arrow keys. */
export function LearntWeek({ week }: { readonly week: readonly number[] }): ReactNode {
  const [{ aheadMinutes, timeZone }] = useState(readZone);
  if (isFlat(week)) {
    return (
      <p>
        Nothing has been learnt yet: every hour counts the same. It shows after the first days with changes in
        them.
      </p>
    );
  }
  return (
    <>
      <p className="hint">
        How many changes an hour brings, against the average hour of this account: busy hours are polled more
        often. In your own time ({timeZone}, UTC {formatAhead(aheadMinutes)} as it is now); what is learnt is
        kept in UTC.
      </p>
      <WeekMap days={toLocalWeek(week, aheadMinutes)} />
      <Legend />
    </>
  );
}

/** The reader's clock, as it is now. */
function readZone(): { readonly aheadMinutes: number; readonly timeZone: string } {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  // A browser counts the minutes by which it is behind UTC.
  return { aheadMinutes: -new Date().getTimezoneOffset(), timeZone };
}

interface Place {
  readonly day: number;
  /** Of the day, 0 to 23. */
  readonly hour: number;
}

function WeekMap({ days }: { readonly days: readonly (readonly WeekHour[])[] }): ReactNode {
  const [place, setPlace] = useState<Place>({ day: 0, hour: 0 });
  const [shown, setShown] = useState<WeekHour>();
  const grid = useRef<HTMLTableElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = walk(place, event.key);
    if (!next) return;
    event.preventDefault();
    setPlace(next);
    grid.current?.querySelector<HTMLElement>(`[data-place="${next.day}-${next.hour}"]`)?.focus();
  };
  return (
    <div className="week-frame">
      <table
        ref={grid}
        className="week"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- so WAI-ARIA has it: a table whose cells are walked through
        role="grid"
        aria-label="Changes by hour of the week"
        onKeyDown={onKeyDown}
      >
        <WeekHead hours={days[0] ?? []} />
        <tbody>
          {days.map((hours, day) => (
            <tr key={DAYS[day]}>
              <th scope="row">
                <abbr title={DAYS[day]}>{DAYS[day]?.slice(0, 3)}</abbr>
              </th>
              {hours.map((hour, index) => (
                <td
                  key={hour.minute}
                  data-place={`${day}-${index}`}
                  data-level={levelOf(hour.weight)}
                  tabIndex={place.day === day && place.hour === index ? 0 : -1}
                  aria-label={formatHour(hour)}
                  onFocus={() => {
                    setPlace({ day, hour: index });
                    setShown(hour);
                  }}
                  onMouseEnter={() => setShown(hour)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="week-shown">
        {shown ? formatHour(shown) : "Point at an hour, or walk there with the arrow keys."}
      </p>
    </div>
  );
}

/** Every sixth hour is named: more have no room on a phone. */
function WeekHead({ hours }: { readonly hours: readonly WeekHour[] }): ReactNode {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span className="hidden">Day</span>
        </th>
        {hours.map(({ minute }, hour) => (
          <th key={minute} scope="col">
            <span className={hour % 6 === 0 ? "week-hour" : "hidden"}>{formatMinute(minute)}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The way of the arrow keys, Home and End; undefined: another key. */
function walk({ day, hour }: Place, key: string): Place | undefined {
  switch (key) {
    case "ArrowLeft":
      return { day, hour: Math.max(0, hour - 1) };
    case "ArrowRight":
      return { day, hour: Math.min(HOURS - 1, hour + 1) };
    case "ArrowUp":
      return { day: Math.max(0, day - 1), hour };
    case "ArrowDown":
      return { day: Math.min(DAYS.length - 1, day + 1), hour };
    case "Home":
      return { day, hour: 0 };
    case "End":
      return { day, hour: HOURS - 1 };
    default:
      return undefined;
  }
}

function formatHour({ day, minute, weight }: WeekHour): string {
  return `${DAYS[day] ?? ""} ${formatMinute(minute)}–${formatMinute(minute + 60)}: ${weight.toFixed(1)} × the average hour`;
}

const STEPS = [
  `less than ${LEVELS[0]} ×`,
  ...LEVELS.map((least, level) => `${least} ×${level === LEVELS.length - 1 ? " and more" : ""}`),
];

function Legend(): ReactNode {
  return (
    <ul className="week-legend" aria-label="Levels">
      {STEPS.map((name, level) => (
        <li key={name}>
          <span data-level={level} aria-hidden="true" /> {name}
        </li>
      ))}
    </ul>
  );
}
