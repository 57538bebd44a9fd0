import type { ReactNode } from "react";

import { CheckChoice } from "../../../components/controls/check-choice.tsx";
import type { EndpointFormProps } from "./endpoint-form.tsx";
import { FieldFault } from "./field-fault.tsx";

const ALL = "*";

/** Which linked records, and which times, come along. */
export function AlongField({
  draft: { expand, localTime },
  links,
  faultAt,
  onChange,
}: Pick<EndpointFormProps, "draft" | "faultAt" | "onChange"> & {
  readonly links: readonly string[];
}): ReactNode {
  const names = [...new Set([...links, ...expand])].filter((name) => name !== ALL);
  const choose = (name: string, isChosen: boolean): void => {
    onChange({ expand: isChosen ? [...expand, name] : expand.filter((other) => other !== name) });
  };
  const isAll = expand.includes(ALL);
  return (
    <fieldset className="picker">
      <legend>What comes along</legend>
      <p className="hint">
        Linked records as they were when it happened, so that the receiver need not ask Cliniko for them.
      </p>
      <CheckChoice
        label="All linked records"
        isChosen={isAll}
        onChange={(isChosen) => choose(ALL, isChosen)}
      />
      {isAll
        ? null
        : names.map((name) => (
            <CheckChoice
              key={name}
              label={<code>{name}</code>}
              isChosen={expand.includes(name)}
              onChange={(isChosen) => choose(name, isChosen)}
            />
          ))}
      <CheckChoice
        label="Local times"
        hint="The record’s times by the clock of its business as well."
        isChosen={localTime}
        onChange={(isChosen) => onChange({ localTime: isChosen })}
      />
      <FieldFault fault={faultAt("expand") ?? faultAt("local_time")} />
    </fieldset>
  );
}
