import { type ReactNode, useId } from "react";

export interface RadioChoice<Id extends string> {
  readonly id: Id;
  readonly name: string;
  /** What it means to choose it. */
  readonly hint?: ReactNode;
}

/** One of a few that want explaining: each with its words below it. */
export function RadioChoices<Id extends string>({
  legend,
  value,
  choices,
  onChange,
}: {
  /** The question. */
  readonly legend: string;
  readonly value: Id;
  readonly choices: readonly RadioChoice<Id>[];
  readonly onChange: (id: Id) => void;
}): ReactNode {
  const group = useId();
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {choices.map(({ id, name, hint }) => (
        <div key={id} className="choice">
          <input
            type="radio"
            id={`${group}-${id}`}
            name={group}
            checked={value === id}
            aria-describedby={hint === undefined ? undefined : `${group}-${id}-hint`}
            onChange={() => onChange(id)}
          />
          <label htmlFor={`${group}-${id}`}>{name}</label>
          {hint === undefined ? null : (
            <p id={`${group}-${id}-hint`} className="hint">
              {hint}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}
