import type { ReactNode } from "react";

import type { KnownRecord } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Facts } from "../../components/layout/facts.tsx";
import { FieldList } from "../../components/records/field-diff.tsx";
import type { DiffRow } from "../../components/records/to-diff-rows.ts";
import { Loading } from "../../components/layout/loading.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Note } from "../../components/layout/note.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import type { RecordAnswers, RecordName } from "./use-record.ts";

/** The watched fields of a record, as Cliniko served them last. */
export function KnownNow({
  name,
  record: { data, error },
}: {
  readonly name: RecordName;
  readonly record: RecordAnswers["record"];
}): ReactNode {
  return (
    <Card title="Known now" aside={data ? <State record={data} /> : null}>
      {data ? <Known name={name} record={data} /> : null}
      {!data && error ? error.status === 404 ? <Unknown /> : <ProblemNote problem={error} /> : null}
      {data || error ? null : <Loading what="what is known of it" />}
    </Card>
  );
}

function State({ record: { state } }: { readonly record: KnownRecord }): ReactNode {
  return state === "present" ? <Pill tone="good">Present</Pill> : <Pill tone="idle">Deleted</Pill>;
}

function Unknown(): ReactNode {
  return (
    <Note>
      <p>
        Cliniko has never shown a record with this id to this account, or it, or its patient, was forgotten
        here.
      </p>
    </Note>
  );
}

function Known({ name, record }: { readonly name: RecordName; readonly record: KnownRecord }): ReactNode {
  const { fields, updated_at, deleted_at, sequence } = record;
  const rows = toRows(record);
  const set = rows.filter((row) => row.hidden || !isEmpty(row.after));
  const empty = rows.filter((row) => !row.hidden && isEmpty(row.after));
  return (
    <>
      <Facts
        facts={[
          deleted_at === null
            ? { name: "Changed in Cliniko", value: <Moment at={updated_at} exact /> }
            : { name: "Deleted", value: <Moment at={deleted_at} exact /> },
          { name: "Events so far", value: sequence },
        ]}
      />
      {fields === null ? (
        <p className="quiet">Nothing of what it held is kept.</p>
      ) : (
        <FieldList caption="What is known of it now" account={name.account} rows={set} />
      )}
      {empty.length > 0 ? (
        <details>
          <summary>{empty.length === 1 ? "1 field is" : `${empty.length} fields are`} empty</summary>
          <p className="field-names">{empty.map(({ field }) => field).join(", ")}</p>
        </details>
      ) : null}
    </>
  );
}

function toRows({ fields, withheld }: KnownRecord): readonly DiffRow[] {
  return [
    ...Object.entries(fields ?? {}).map(
      ([field, value]) => ({ field, hidden: false, before: value, after: value }) as const,
    ),
    ...withheld.map((field) => ({ field, hidden: true }) as const),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}
