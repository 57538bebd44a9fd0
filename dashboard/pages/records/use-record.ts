import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import type { KnownRecord, Timeline } from "../../api/answers.ts";
import type { ProblemError } from "../../api/problem.ts";
import { useApi } from "../../api/use-api.ts";
import { isPending } from "../../components/delivery/format-delivery.ts";
import { type Unmasked, useUnmasked } from "../../components/records/sensitive.tsx";
import { useLive } from "../../shell/live-events.tsx";

export interface RecordName {
  readonly account: string;
  readonly subject: string;
  readonly id: string;
}

export interface RecordAnswers {
  readonly record: Pick<UseQueryResult<KnownRecord, ProblemError>, "data" | "error">;
  readonly timeline: Pick<UseQueryResult<Timeline, ProblemError>, "data" | "error">;
  /** Sensitive fields that are left out, here or in any of its events. */
  readonly withheld: readonly string[];
  readonly unmasked: Pick<Unmasked<unknown>, "isShown" | "show" | "hide" | "error">;
}

/** A timeline is looked up in the whole log: not too often. */
const PENDING_MS = 5_000;
const IDS = { payload: "ids" };

/** What is known of a record and what has happened to it; both are read anew when something happens to it. */
export function useRecord(name: RecordName): RecordAnswers {
  const path = recordApiPath(name);
  const record = useApi<KnownRecord>(path, { isOwn: true });
  const timeline = useApi<Timeline>(`${path}/timeline`, {
    query: IDS,
    isOwn: true,
    refreshMs: hasPending,
  });
  const withheld = [
    ...new Set([
      ...(record.data?.withheld ?? []),
      ...(timeline.data?.entries.flatMap((entry) => entry.withheld) ?? []),
    ]),
  ];
  const shownRecord = useUnmasked<KnownRecord>(path, { query: {}, fields: withheld });
  const refreshMs = hasPending(timeline.data);
  const shownTimeline = useUnmasked<Timeline>(`${path}/timeline`, {
    query: IDS,
    fields: withheld,
    refreshMs,
  });
  useOnEventOf(name, () => {
    void record.refetch();
    void timeline.refetch();
    shownRecord.refresh();
    shownTimeline.refresh();
  });
  return {
    record: { data: shownRecord.answer ?? record.data, error: record.error },
    timeline: { data: shownTimeline.answer ?? timeline.data, error: timeline.error },
    withheld,
    unmasked: {
      isShown: shownTimeline.isShown,
      error: shownTimeline.error ?? shownRecord.error,
      show: () => {
        shownRecord.show();
        shownTimeline.show();
      },
      hide: () => {
        shownRecord.hide();
        shownTimeline.hide();
      },
    },
  };
}

export function recordApiPath({ account, subject, id }: RecordName): string {
  return `/accounts/${encodeURIComponent(account)}/records/${encodeURIComponent(subject)}/${encodeURIComponent(id)}`;
}

/** Deliveries under way change without an event. */
function hasPending(timeline: Timeline | undefined): number | undefined {
  return timeline?.entries.some(({ deliveries }) => deliveries.some(isPending)) === true
    ? PENDING_MS
    : undefined;
}

function useOnEventOf({ account, subject, id }: RecordName, act: () => void): void {
  const { events } = useLive();
  const newest = events.find(
    (event) => event.account === account && event.subject.type === subject && event.subject.id === id,
  )?.id;
  const former = useRef(newest);
  useEffect(() => {
    if (former.current === newest) return;
    former.current = newest;
    act();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- when something happened to it, and not when `act` is another
  }, [newest]);
}
