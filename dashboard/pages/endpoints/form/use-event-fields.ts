import { useQueries } from "@tanstack/react-query";

import { request } from "../../../api/request.ts";
import { type EventTypeWords, groupBySubject, isChosen } from "./event-choice.ts";
import { type EventFields, fieldsOf, mergeFields } from "./fields-of.ts";

interface TypeAnswer {
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The fields of the records that the chosen events are about. Empty while they are read, and when nothing is chosen. */
export function useEventFields(types: readonly EventTypeWords[], events: readonly string[]): EventFields {
  // What records of a kind are made of stands in each of its types.
  const asked = groupBySubject(types).flatMap((group) => {
    const [first] = group.types;
    return first && group.types.some(({ type }) => isChosen(events, type)) ? [first.type] : [];
  });
  return useQueries({
    queries: asked.map((type) => ({
      queryKey: [`/event-types/${type}`],
      queryFn: async () => await request<TypeAnswer>(`/event-types/${encodeURIComponent(type)}`),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine,
  });
}

function combine(results: readonly { readonly data: TypeAnswer | undefined }[]): EventFields {
  return mergeFields(results.flatMap(({ data }) => (data ? [fieldsOf(data.schema)] : [])));
}
