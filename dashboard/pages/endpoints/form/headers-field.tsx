import type { ReactNode } from "react";

import { Button } from "../../../components/controls/button.tsx";
import { Icon } from "../../../components/layout/icon.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import type { DraftHeader } from "./draft.ts";
import { FieldFault } from "./field-fault.tsx";

interface HeadersProps {
  /** Null: as they are. */
  readonly headers: readonly DraftHeader[] | null;
  /** Names of those that it has. */
  readonly kept: readonly string[];
  readonly onChange: (headers: readonly DraftHeader[]) => void;
  readonly faultAt: (path: string) => string | undefined;
}

/** What is sent besides ours, like a token that a gateway wants. */
export function HeadersField({ headers, kept, onChange, faultAt }: HeadersProps): ReactNode {
  return (
    <fieldset className="picker">
      <legend>Headers</legend>
      <p className="hint">
        Sent with every callback, besides ours. Their values are kept sealed and never shown again.
      </p>
      {headers === null ? (
        <Kept kept={kept} onChange={onChange} />
      ) : (
        <Rows headers={headers} onChange={onChange} faultAt={faultAt} />
      )}
    </fieldset>
  );
}

function Kept({ kept, onChange }: Pick<HeadersProps, "kept" | "onChange">): ReactNode {
  return (
    <>
      <ul className="chips" aria-label="Headers that it has">
        {kept.map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
      </ul>
      <div>
        <Button onPress={() => onChange(kept.map((name) => ({ name, value: "" })))}>Replace them</Button>
      </div>
      <p className="hint">All are replaced at once, so that you need their values.</p>
    </>
  );
}

function Rows({
  headers,
  onChange,
  faultAt,
}: Pick<HeadersProps, "onChange" | "faultAt"> & { readonly headers: readonly DraftHeader[] }): ReactNode {
  const change = (index: number, changed: Partial<DraftHeader>): void => {
    onChange(headers.map((header, at) => (at === index ? { ...header, ...changed } : header)));
  };
  return (
    <>
      {headers.map(({ name, value }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- its place is all that tells it from the others
        <div key={index} className="header-row" role="group" aria-label={`Header ${index + 1}`}>
          <TextField
            label="Name"
            value={name}
            placeholder="x-team"
            onChange={(text) => change(index, { name: text })}
          />
          <TextField
            label="Value"
            type="password"
            autoComplete="off"
            value={value}
            onChange={(text) => change(index, { value: text })}
          />
          <Button
            look="quiet"
            aria-label={`Take header ${index + 1} out`}
            onPress={() => onChange(headers.filter((_, at) => at !== index))}
          >
            ×
          </Button>
          <FieldFault fault={name.trim() === "" ? undefined : faultAt(`headers.${name.trim()}`)} />
        </div>
      ))}
      <div>
        <Button onPress={() => onChange([...headers, { name: "", value: "" }])}>
          <Icon name="add" /> Add a header
        </Button>
      </div>
    </>
  );
}
