import type { ReactNode } from "react";

import { Card } from "../../../components/layout/card.tsx";
import { useEventTypes } from "../../../components/records/event-type.tsx";
import { RadioChoices } from "../../../components/controls/radio-choices.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { useRights } from "../../../shell/use-me.ts";
import { AlongField } from "./along-field.tsx";
import { AccountsField } from "./accounts-field.tsx";
import { ConditionsField } from "./conditions-field.tsx";
import type { Draft } from "./draft.ts";
import { EventPicker } from "./event-picker.tsx";
import { IncludeField } from "./include-field.tsx";
import { MoreFields } from "./more-fields.tsx";
import { useEventFields } from "./use-event-fields.ts";

export interface EndpointFormProps {
  readonly draft: Draft;
  readonly onChange: (changes: Partial<Draft>) => void;
  /** What is wrong with a field, by its name in the API: `events.0`, `url`. */
  readonly faultAt: (path: string) => string | undefined;
  /** Only a new one chooses its id and how it is signed: later that is a rotation. */
  readonly isNew: boolean;
  /** Names of the headers that it has, whose values are not shown. */
  readonly keptHeaders?: readonly string[];
}

/** Everything that an endpoint is, in the order in which one thinks of it. */
export function EndpointForm(props: EndpointFormProps): ReactNode {
  return (
    <>
      <WhereFields {...props} />
      <WhichFields {...props} />
      <HowMuchFields {...props} />
      <MoreFields {...props} />
    </>
  );
}

function WhereFields({ draft, onChange, faultAt, isNew }: EndpointFormProps): ReactNode {
  const { isAdmin } = useRights();
  return (
    <Card title="Where">
      <TextField
        label="URL"
        type="url"
        isRequired
        value={draft.url}
        placeholder="https://crm.example.com/hooks/cliniko"
        hint="Called by POST. Public and https, unless the operator has opened something else."
        fault={faultAt("url")}
        onChange={(url) => onChange({ url })}
      />
      <TextField
        label="Description"
        value={draft.description}
        hint="What it is for, and whom to ask."
        fault={faultAt("description")}
        onChange={(description) => onChange({ description })}
      />
      {isNew && isAdmin ? (
        <TextField
          label="Id"
          value={draft.id}
          hint="A short name of your own, which stays: lower-case letters, digits, “-” and “_”. Left empty, one is made up."
          fault={faultAt("id")}
          onChange={(id) => onChange({ id })}
        />
      ) : null}
    </Card>
  );
}

function WhichFields({ draft, onChange, faultAt }: EndpointFormProps): ReactNode {
  const { watched } = useEventFields(useEventTypes(), draft.events);
  return (
    <Card title="Which events">
      <EventPicker
        events={draft.events}
        fault={faultAt("events")}
        onChange={(events) => onChange({ events })}
      />
      <AccountsField
        accounts={draft.accounts}
        fault={faultAt("accounts")}
        onChange={(accounts) => onChange({ accounts })}
      />
      <ConditionsField
        when={draft.when}
        fields={watched}
        faultAt={faultAt}
        onChange={(when) => onChange({ when })}
      />
    </Card>
  );
}

const PAYLOADS = [
  {
    id: "full",
    name: "Full",
    hint: "The whole record as Cliniko has it, and the former values of what changed.",
  },
  { id: "changes", name: "Changes", hint: "Only the fields that changed, before and after." },
  {
    id: "ids",
    name: "Ids",
    hint: "No values at all: what happened to which record. The receiver asks Cliniko for the rest.",
  },
] as const;

function HowMuchFields({ draft, onChange, faultAt }: EndpointFormProps): ReactNode {
  const { links, sensitive } = useEventFields(useEventTypes(), draft.events);
  return (
    <Card title="How much of them">
      <RadioChoices
        legend="Payload"
        value={draft.payload}
        choices={PAYLOADS}
        onChange={(payload) => onChange({ payload })}
      />
      {draft.payload === "ids" && draft.include.length === 0 ? null : (
        <IncludeField
          include={draft.include}
          sensitive={sensitive}
          fault={faultAt("include")}
          onChange={(include) => onChange({ include })}
        />
      )}
      {draft.payload === "ids" && draft.expand.length === 0 && !draft.localTime ? null : (
        <AlongField draft={draft} links={links} faultAt={faultAt} onChange={onChange} />
      )}
    </Card>
  );
}
