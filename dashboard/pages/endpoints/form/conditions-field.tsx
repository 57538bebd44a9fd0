import type { ReactNode } from "react";

import { Button } from "../../../components/controls/button.tsx";
import { Icon } from "../../../components/layout/icon.tsx";
import { SelectField } from "../../../components/controls/select-field.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { ANY, type DraftCondition, type DraftValue, VALUE_KINDS } from "./draft.ts";
import { FieldFault } from "./field-fault.tsx";

interface ConditionsProps {
  readonly when: readonly DraftCondition[];
  /** Fields that can be named, of the chosen events' records. */
  readonly fields: readonly string[];
  readonly onChange: (when: readonly DraftCondition[]) => void;
  readonly faultAt: (path: string) => string | undefined;
}

/** Only when a field has changed, from and to certain values. */
export function ConditionsField({ when, fields, onChange, faultAt }: ConditionsProps): ReactNode {
  return (
    <fieldset className="picker">
      <legend>Only when a field changes</legend>
      <p className="hint">
        Without a condition every chosen event comes. With several, all have to hold. A record that is seen
        for the first time counts as changed from empty.
      </p>
      {when.map((condition, index) => (
        <Condition
          // oxlint-disable-next-line react/no-array-index-key -- its place is all that tells it from the others
          key={index}
          number={index + 1}
          condition={condition}
          fields={fields}
          fault={faultAt(`when.${index}`)}
          onChange={(changed) => onChange(when.map((other, at) => (at === index ? changed : other)))}
          onRemove={() => onChange(when.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button
          isDisabled={fields.length === 0}
          onPress={() => onChange([...when, { field: fields[0] ?? "", from: ANY, to: ANY }])}
        >
          <Icon name="add" /> Add a condition
        </Button>
      </div>
      {fields.length === 0 ? (
        <p className="hint">Choose event types first: they say which fields there are.</p>
      ) : null}
    </fieldset>
  );
}

function Condition({
  number,
  condition,
  fields,
  fault,
  onChange,
  onRemove,
}: {
  readonly number: number;
  readonly condition: DraftCondition;
  readonly fields: readonly string[];
  readonly fault: string | undefined;
  readonly onChange: (condition: DraftCondition) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { field, from, to } = condition;
  const names = fields.includes(field) ? fields : [field, ...fields];
  return (
    <div className="condition" role="group" aria-label={`Condition ${number}`}>
      <SelectField
        label="Field"
        value={field}
        choices={names.map((name) => ({ id: name, name }))}
        onChange={(chosen) => onChange({ ...condition, field: chosen })}
      />
      <Value label="From" value={from} onChange={(value) => onChange({ ...condition, from: value })} />
      <Value label="To" value={to} onChange={(value) => onChange({ ...condition, to: value })} />
      <Button look="quiet" aria-label={`Take condition ${number} out`} onPress={onRemove}>
        ×
      </Button>
      <FieldFault fault={fault} />
    </div>
  );
}

const KIND_NAMES: Readonly<Record<DraftValue["kind"], string>> = {
  any: "any value",
  empty: "empty (null)",
  yes: "yes (true)",
  no: "no (false)",
  text: "this text or id",
  number: "this number",
};

function Value({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: DraftValue;
  readonly onChange: (value: DraftValue) => void;
}): ReactNode {
  return (
    <div className="condition-value">
      <SelectField
        label={label}
        value={value.kind}
        choices={VALUE_KINDS.map((kind) => ({ id: kind, name: KIND_NAMES[kind] }))}
        onChange={(id) => onChange({ ...value, kind: VALUE_KINDS.find((kind) => kind === id) ?? "any" })}
      />
      {value.kind === "text" || value.kind === "number" ? (
        <TextField
          label={`${label}: value`}
          value={value.text}
          onChange={(text) => onChange({ ...value, text })}
        />
      ) : null}
    </div>
  );
}
