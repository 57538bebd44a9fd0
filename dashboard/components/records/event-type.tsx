import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { request } from "../../api/request.ts";

export interface EventTypeSummary {
  readonly type: string;
  readonly subject: string;
  /** Path in Cliniko of what tells of it; null: the service itself. */
  readonly resource: string | null;
  readonly title: string;
  readonly when: string;
}

interface Page {
  readonly data: readonly EventTypeSummary[];
  readonly next: string | null;
}

/** As many as the API gives at once. */
const PAGE_SIZE = 100;

/** From the page that `cursor` says, to the last. */
async function readTypes(cursor?: string): Promise<readonly EventTypeSummary[]> {
  const { data, next } = await request<Page>("/event-types", { query: { limit: PAGE_SIZE, cursor } });
  return next === null ? data : [...data, ...(await readTypes(next))];
}

const NONE: readonly EventTypeSummary[] = [];

/** Every type there is, by its name. Asked for once: it is of the build. Empty until it is there. */
export function useEventTypes(): readonly EventTypeSummary[] {
  const { data } = useQuery({
    queryKey: ["/event-types"],
    queryFn: async () => await readTypes(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? NONE;
}

/** What events call each kind of record, by what Cliniko calls it. */
export function useSubjectNames(): ReadonlyMap<string, string> {
  return new Map(
    useEventTypes().flatMap(({ resource, subject }) =>
      resource === null ? [] : [[resource, subject] as const],
    ),
  );
}

/** What an event type says, in words; its own name until they are known. */
export function useTitleOfType(): (type: string) => string {
  const types = useEventTypes();
  return (type) => types.find((known) => known.type === type)?.title ?? type;
}

/** A type in words, with its name beside it. */
export function EventTypeName({ type }: { readonly type: string }): ReactNode {
  const title = useTitleOfType()(type);
  return (
    <span className="event-type">
      {title === type ? null : <span>{title}</span>} <code>{type}</code>
    </span>
  );
}
