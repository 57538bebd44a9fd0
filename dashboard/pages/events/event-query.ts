import type { Callback } from "../../api/answers.ts";
import type { Query } from "../../api/request.ts";

export const FILTERS = ["types", "accounts", "subject", "subject_id", "since", "until", "order"] as const;
export type EventFilter = (typeof FILTERS)[number];

/** What the list is narrowed to; empty: not. As the API takes them. */
export type EventFilterValues = Readonly<Record<EventFilter, string>>;

/** For `GET /v1/events`. No values are asked for: names of fields are all that a list shows. */
export function toQuery(values: EventFilterValues): Query {
  // An id alone does not say what kind of record has it, and the API would refuse it.
  const { subject_id, ...others } = values;
  return { ...others, ...(values.subject === "" ? {} : { subject_id }), payload: "ids" };
}

/** Whether the list, as it is narrowed, has a place for an event at its top. */
export function belongsAtTop(
  values: EventFilterValues,
  { type, account, subject, data }: Pick<Callback, "type" | "account" | "subject" | "data">,
): boolean {
  const { types, accounts, order, until } = values;
  if (order === "oldest_first" || until !== "") return false;
  if (accounts !== "" && accounts !== account) return false;
  if (values.subject !== "" && values.subject !== subject.type) return false;
  if (values.subject !== "" && values.subject_id !== "" && values.subject_id !== subject.id) return false;
  if (types === "") return true;
  const names = [
    type,
    `${subject.type}.*`,
    ...data.transitions.map((transition) => `${subject.type}.${transition}`),
  ];
  return types.split(",").some((pattern) => pattern === "*" || names.includes(pattern));
}
