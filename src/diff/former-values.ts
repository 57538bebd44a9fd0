import type { Projection } from "../resources/resource.ts";
import { isComparable } from "./sections.ts";
import { assertStillServed } from "./shape.ts";
import { agedValues } from "./available-times.ts";
import { type FieldValues, namedValues, valuesBeyond } from "./values.ts";

type Known = Parameters<typeof namedValues>[1];

/**
 * What a record was before, in the fields that are watched now; undefined: that is not known.
 * @throws FieldShapeError a field that it had is no longer served
 */
export function formerOf(
  projection: Projection,
  known: Known,
  record: Readonly<Record<string, unknown>>,
  values: FieldValues,
): FieldValues | undefined {
  const before = formerValues(projection, known, values);
  if (before && projection.publicly === undefined) assertStillServed(projection, before, record);
  return before;
}

/**
 * What a snapshot says of the fields that are watched now. A field that the release which took it did not watch is taken
 * as unchanged: the difference would be ours, not the clinic's. Undefined: it is not known which fields that release
 * watched.
 */
export function formerValues(
  projection: Projection,
  previous: Known,
  values: FieldValues,
): FieldValues | undefined {
  const former = namedValues(projection, previous);
  if (!former) return undefined;
  if (projection.isComputed) {
    const before = { named: former, span: valuesBeyond(projection, previous) };
    return agedValues(Object.keys(projection.fields), before, values);
  }
  const names = Object.keys(projection.fields);
  const isSaid = projection.publicly === undefined ? () => true : isComparable(projection, previous, values);
  const isTaken = projection.nameLinks.some(
    (link) => typeof former.get(link) === "string" && values[names.indexOf(link)] === false,
  );
  // What goes along with a name was not changed by the clinic, and is not told.
  const goesAlong = (name: string): boolean =>
    isTaken && projection.aboutPatient.includes(name) && !projection.patientLinks.includes(name);
  // The same, said by the newer field: no change of the record.
  const isRespelt = (name: string): boolean =>
    projection.standIns.some(
      ([older, newer]) =>
        (name === older || name === newer) &&
        former.get(older) === true &&
        (former.get(newer) ?? null) === null &&
        (values[names.indexOf(newer)] ?? null) !== null,
    );
  return names.map((name, index) => {
    const known = former.get(name);
    const isKnown = known !== undefined && !goesAlong(name) && !isRespelt(name) && isSaid(name, known);
    return (isKnown ? known : values[index]) ?? null;
  });
}
