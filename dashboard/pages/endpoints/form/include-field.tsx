import type { ReactNode } from "react";

import { CheckChoice } from "../../../components/controls/check-choice.tsx";
import { useRights } from "../../../shell/use-me.ts";
import type { SensitiveField } from "./fields-of.ts";
import { FieldFault } from "./field-fault.tsx";

/** Which sensitive fields are sent all the same. */
export function IncludeField({
  include,
  sensitive,
  onChange,
  fault,
}: {
  readonly include: readonly string[];
  readonly sensitive: readonly SensitiveField[];
  readonly onChange: (include: readonly string[]) => void;
  readonly fault?: string | undefined;
}): ReactNode {
  const { mayUnmask } = useRights();
  const unknown = include.filter((name) => !sensitive.some((field) => field.name === name));
  const choices = [...sensitive, ...unknown.map((name) => ({ name, description: "" }))];
  return (
    <fieldset className="picker">
      <legend>Sensitive fields</legend>
      <p className="hint">
        Notes, card numbers and private links are left out of every callback. Tick only what the receiver
        cannot do without: it is health data.
      </p>
      {mayUnmask ? null : (
        <p className="hint">Your token may not have them. The operator can give you one that may.</p>
      )}
      {mayUnmask && choices.length === 0 ? (
        <p className="hint">The chosen events have none, or none is chosen yet.</p>
      ) : null}
      {mayUnmask || include.length > 0
        ? choices.map(({ description, name }) => (
            <CheckChoice
              key={name}
              label={<code>{name}</code>}
              hint={description === "" ? undefined : description}
              isChosen={include.includes(name)}
              isDisabled={!mayUnmask}
              onChange={(chosen) => {
                onChange(chosen ? [...include, name] : include.filter((other) => other !== name));
              }}
            />
          ))
        : null}
      <FieldFault fault={fault} />
    </fieldset>
  );
}
