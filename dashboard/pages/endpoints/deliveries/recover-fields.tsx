import type { ReactNode } from "react";

import { CheckChoice } from "../../../components/controls/check-choice.tsx";
import { SelectField } from "../../../components/controls/select-field.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { RESTING_STATES, type RecoverDraft, type RestingState } from "./recover-range.ts";
import { useTypeChoices } from "./type-choices.ts";

const STATES: Readonly<Record<RestingState, { readonly label: string; readonly hint: string }>> = {
  parked: { label: "Parked", hint: "The endpoint was disabled before it could be sent." },
  failed: { label: "Given up", hint: "All attempts were used up." },
  delivered: {
    label: "Delivered",
    hint: "It was accepted. For a receiver that has lost what it had: everything comes a second time.",
  },
};

/** Of which time, in which state, of which type. */
export function RecoverFields({
  draft,
  faultAt,
  onChange,
}: {
  readonly draft: RecoverDraft;
  readonly faultAt: (name: string) => string | undefined;
  readonly onChange: (changes: Partial<RecoverDraft>) => void;
}): ReactNode {
  const types = useTypeChoices();
  return (
    <>
      <div className="filters">
        <TextField
          label="From"
          type="datetime-local"
          value={draft.since}
          hint="When it was recorded, by your clock. Empty: all that is kept."
          fault={faultAt("since")}
          onChange={(since) => onChange({ since })}
        />
        <TextField
          label="Until"
          type="datetime-local"
          value={draft.until}
          hint="Empty: up to now."
          fault={faultAt("until")}
          onChange={(until) => onChange({ until })}
        />
        <SelectField
          label="Of type"
          value={draft.type}
          choices={types}
          onChange={(type) => onChange({ type })}
        />
      </div>
      <StateChoices states={draft.states} onChange={onChange} />
    </>
  );
}

function StateChoices({
  states,
  onChange,
}: {
  readonly states: RecoverDraft["states"];
  readonly onChange: (changes: Pick<RecoverDraft, "states">) => void;
}): ReactNode {
  return (
    <>
      <fieldset className="choices">
        <legend>What became of them</legend>
        {RESTING_STATES.map((state) => (
          <CheckChoice
            key={state}
            label={STATES[state].label}
            hint={STATES[state].hint}
            isChosen={states.includes(state)}
            onChange={(chosen) => {
              onChange({
                states: RESTING_STATES.filter((other) => (other === state ? chosen : states.includes(other))),
              });
            }}
          />
        ))}
      </fieldset>
      {states.length === 0 ? <p className="hint">Choose one at least.</p> : null}
    </>
  );
}
