import { useEventTypes } from "../../../components/records/event-type.tsx";
import { formatSubject } from "../../../components/records/record-link.tsx";
import type { Choice } from "../../../components/controls/select-field.tsx";
import { groupBySubject } from "../form/event-choice.ts";

/** All, everything of one kind of record, or one type. */
export function useTypeChoices(): readonly Choice[] {
  const groups = groupBySubject(useEventTypes());
  return [
    { id: "", name: "All" },
    ...groups.flatMap(({ subject, types }) => [
      { id: `${subject}.*`, name: `${formatSubject(subject)}: all` },
      ...types.map(({ type }) => ({ id: type, name: type })),
    ]),
  ];
}
