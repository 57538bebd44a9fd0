import { type ReactNode, useState } from "react";

import { CheckChoice } from "./check-choice.tsx";
import { TextField } from "./text-field.tsx";

/** More than these want a search. */
const AT_A_GLANCE = 8;
const MOST_SHOWN = 50;

/** Some of the accounts, by their names; with many of them by a search. */
export function AccountNames({
  legend,
  known,
  chosen,
  onChange,
}: {
  readonly legend: string;
  readonly known: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}): ReactNode {
  const [text, setText] = useState("");
  // What was chosen and is not configured any more has to be seen to be taken out.
  const names = [...new Set([...chosen, ...known])];
  const found = names.filter((name) => name.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {names.length > AT_A_GLANCE ? (
        <TextField label="Find an account" type="search" value={text} onChange={setText} />
      ) : null}
      <div className="choices-many">
        {found.slice(0, MOST_SHOWN).map((name) => (
          <CheckChoice
            key={name}
            label={name}
            isChosen={chosen.includes(name)}
            onChange={(isChosen) => {
              onChange(isChosen ? [...chosen, name] : chosen.filter((other) => other !== name));
            }}
          />
        ))}
      </div>
      {found.length > MOST_SHOWN ? (
        <p className="hint">{found.length - MOST_SHOWN} more: search for them.</p>
      ) : null}
    </fieldset>
  );
}
