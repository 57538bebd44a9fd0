import type { ReactNode } from "react";

import { useApi } from "../../api/use-api.ts";

export interface EventTypeSummary {
  readonly type: string;
  readonly subject: string;
  /** Path in Cliniko of what tells of it; null: the service itself. */
  readonly resource: string | null;
  readonly title: string;
  readonly when: string;
}

interface Answer {
  readonly data: readonly EventTypeSummary[];
}

/** Every type there is, by its name. Asked for once: it is of the build. Empty until it is there. */
export function useEventTypes(): readonly EventTypeSummary[] {
  return useApi<Answer>("/event-types", { query: { limit: 100 }, isFixed: true }).data?.data ?? [];
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
