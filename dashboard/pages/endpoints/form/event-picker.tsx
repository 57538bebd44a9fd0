import { type ReactNode, useState } from "react";

import { Button } from "../../../components/controls/button.tsx";
import { CheckChoice } from "../../../components/controls/check-choice.tsx";
import { useEventTypes } from "../../../components/records/event-type.tsx";
import { formatSubject } from "../../../components/records/record-link.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { useRights } from "../../../shell/use-me.ts";
import {
  type EventTypeWords,
  type SubjectTypes,
  chooseAll,
  chooseSubject,
  chooseType,
  findTypes,
  groupBySubject,
  isChosen,
} from "./event-choice.ts";
import { FieldFault } from "./field-fault.tsx";

interface PickerProps {
  readonly events: readonly string[];
  readonly onChange: (events: readonly string[]) => void;
  readonly fault?: string | undefined;
}

/** Which events: single ones, all of a kind of record, or all there are. */
export function EventPicker({ events, onChange, fault }: PickerProps): ReactNode {
  const [text, setText] = useState("");
  const { isOperator } = useRights();
  // What is told of endpoints is about those of the whole installation: not for a subscriber.
  const types = useEventTypes().filter(({ subject }) => isOperator || subject !== "endpoint");
  const found = findTypes(types, text);
  const all = events.includes("*");
  return (
    <fieldset className="picker">
      <legend>Event types</legend>
      <Chosen events={events} onChange={onChange} />
      <FieldFault fault={fault} />
      <CheckChoice
        label={
          <>
            Every event <code>*</code>
          </>
        }
        hint="Also those that a later version adds."
        isChosen={all}
        onChange={(chosen) => onChange(chooseAll(chosen))}
      />
      <TextField
        label="Find a type"
        type="search"
        value={text}
        onChange={setText}
        placeholder="cancelled, no-show, patient …"
      />
      <div className="picker-list">
        {groupBySubject(found).map((group) => (
          <Subject
            key={group.subject}
            found={group}
            all={groupBySubject(types).find(({ subject }) => subject === group.subject) ?? group}
            events={events}
            isSearched={text.trim() !== ""}
            onChange={onChange}
          />
        ))}
        {found.length === 0 && types.length > 0 ? (
          <p className="quiet" role="status">
            No event type is about “<bdi>{text}</bdi>”.
          </p>
        ) : null}
      </div>
    </fieldset>
  );
}

function Chosen({ events, onChange }: Pick<PickerProps, "events" | "onChange">): ReactNode {
  if (events.length === 0) return <p className="hint">None is chosen yet.</p>;
  return (
    <ul className="chips" aria-label="Chosen event types">
      {events.map((pattern) => (
        <li key={pattern}>
          <code>{pattern}</code>
          <Button
            look="quiet"
            aria-label={`Take ${pattern} out`}
            onPress={() => onChange(events.filter((other) => other !== pattern))}
          >
            ×
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** One kind of record: those of its types that are found. Folded unless something is searched or chosen one by one. */
function Subject({
  found,
  all,
  events,
  isSearched,
  onChange,
}: {
  readonly found: SubjectTypes;
  readonly all: SubjectTypes;
  readonly events: readonly string[];
  readonly isSearched: boolean;
  readonly onChange: (events: readonly string[]) => void;
}): ReactNode {
  const { subject } = found;
  const [isOpen, setOpen] = useState(() => events.some((pattern) => pattern.startsWith(`${subject}.`)));
  const isEvery = events.includes("*");
  const count = all.types.filter(({ type }) => isChosen(events, type)).length;
  return (
    <details
      open={isOpen || isSearched}
      onToggle={({ currentTarget }) => {
        if (!isSearched) setOpen(currentTarget.open);
      }}
    >
      <summary>
        {formatSubject(subject)}{" "}
        <span className="quiet">
          {count} of {all.types.length} chosen
        </span>
      </summary>
      <div className="picker-types">
        <CheckChoice
          label={
            <>
              All of them <code>{subject}.*</code>
            </>
          }
          isChosen={isEvery || events.includes(`${subject}.*`)}
          isDisabled={isEvery}
          onChange={(chosen) => onChange(chooseSubject(events, subject, chosen))}
        />
        {found.types.map((summary) => (
          <Type
            key={summary.type}
            summary={summary}
            isChosen={isChosen(events, summary.type)}
            isDisabled={isEvery}
            onChange={(chosen) => onChange(chooseType(events, all, summary.type, chosen))}
          />
        ))}
      </div>
    </details>
  );
}

function Type({
  summary: { title, type, when },
  ...choice
}: {
  readonly summary: EventTypeWords;
  readonly isChosen: boolean;
  readonly isDisabled: boolean;
  readonly onChange: (isChosen: boolean) => void;
}): ReactNode {
  return (
    <CheckChoice
      {...choice}
      label={
        <>
          {title} <code>{type}</code>
        </>
      }
      hint={`When ${when.replaceAll("`", "")}.`}
    />
  );
}
