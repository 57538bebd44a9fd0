import { type RefObject, useEffect } from "react";

import type { LoggedEvent } from "../../api/answers.ts";
import type { Pages } from "../../api/use-pages.ts";
import { useLive } from "../../shell/live-events.tsx";
import { type EventFilterValues, belongsAtTop } from "./event-query.ts";

/** Above this the reader still looks at the top. */
const TOP_PX = 160;

/**
 * Takes new events into the list by itself while the reader is at its top and busy with nothing there. Otherwise they wait,
 * so that nothing moves below somebody's eyes or fingers. @returns how many wait
 */
export function useNewEvents(
  pages: Pages<LoggedEvent>,
  values: EventFilterValues,
  list: RefObject<HTMLElement | null>,
): number {
  const { events } = useLive();
  const { items, refresh, count } = pages;
  const waiting =
    items === undefined
      ? 0
      : events.filter((event) => belongsAtTop(values, event) && !items.some(({ id }) => id === event.id))
          .length;
  useEffect(() => {
    if (waiting === 0 || count > 1 || scrollY > TOP_PX) return;
    if (list.current?.contains(document.activeElement) === true) return;
    refresh();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only something new makes it look again
  }, [waiting]);
  return waiting;
}
