import { Fragment, type ReactNode } from "react";

import { RecordLink } from "./record-link.tsx";
import { useSubjectNames } from "./event-type.tsx";
import { showValue } from "./show-value.ts";

/** A value of a record's field. What it says is the clinic's: shown as text, whatever stands in it. */
export function FieldValue({
  account,
  value,
}: {
  readonly account: string;
  readonly value: unknown;
}): ReactNode {
  const shown = showValue(value, useSubjectNames());
  switch (shown.kind) {
    case "empty":
      return <span className="quiet">empty</span>;
    case "text":
      // What turns the direction of writing turns nothing of ours.
      return <bdi className="field-text">{shown.text}</bdi>;
    case "moment":
      return (
        <span className="field-moment">
          <time dateTime={shown.raw}>{shown.text}</time> <code className="quiet">{shown.raw}</code>
        </span>
      );
    case "link":
      return shown.subject ? <RecordLink account={account} subject={shown.subject} /> : shown.text;
    case "json":
      return <pre className="field-json">{shown.text}</pre>;
  }
}

/** Where a sensitive value is, which was not asked for. */
export function HiddenValue(): ReactNode {
  return (
    <span className="field-hidden">
      <span aria-hidden="true">••••</span> hidden
    </span>
  );
}

/** The API's own name of a field; on a narrow screen it breaks behind its underscores. */
export function FieldName({ name }: { readonly name: string }): ReactNode {
  return (
    <code>
      {name.split(/(?<=_)/).map((part, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- its place in the name is what a part is
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}
