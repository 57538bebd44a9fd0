import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  date,
  dictionary,
  integer,
  bigInt,
  oneof,
  property,
  string,
  record,
} from "fast-check";
import { expect, test } from "vitest";

import { project } from "../../src/diff/compare.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/store/detection/snapshot-codec.ts";
import type { FieldKind } from "../../src/resources/field.ts";
import { resources } from "../../src/resources/registry.ts";
import { keyringOf, snapshotOf } from "../support/stored-things.ts";
import { anyText } from "../support/any-text.ts";

const CONTEXT = "northside/anything/42";
const ring = keyringOf("k1");

/** Everything that a field of this kind may be served as, unset included. */
function wireOf(kind: FieldKind): Arbitrary<unknown> {
  const unset = constantFrom(null, undefined, "");
  if (typeof kind === "object" && kind.link === undefined) {
    const one = dictionary(constantFrom(...kind.attributes, "introduced_yesterday"), anyText);
    return oneof(unset, constant({}), one, array(one, { maxLength: 5 }));
  }
  if (typeof kind === "object") {
    const id = oneof(bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String), constant("0042"));
    const link = id.map((last) => ({
      links: { self: `https://api.au4.cliniko.com/v1/${kind.link}/${last}` },
    }));
    return oneof(unset, constant({}), kind.many ? array(link, { maxLength: 5 }) : link);
  }
  switch (kind) {
    case "text":
      return oneof(unset, anyText, integer().map(String), constant("\ud83d"));
    case "integer":
      return oneof(unset, integer(), integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }));
    case "boolean":
    case "flag":
      return oneof(unset, boolean());
    case "instant":
      return oneof(
        unset,
        date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }).map(
          (moment) => moment.toISOString(),
        ),
      );
    case "decimal":
      return oneof(
        unset,
        integer().map((cents) => cents / 100),
        constantFrom("-0.00", "12.50", "1e3", ".5"),
      );
    case "ids":
      return oneof(unset, array(integer({ min: 0 }).map(String), { maxLength: 5 }));
    case "json":
    case "digest":
      return oneof(
        unset,
        constant({}),
        constant([]),
        dictionary(string(), oneof(integer(), string(), constant(null))),
      );
  }
}

test.each(Object.entries(resources))(
  "whatever %s are served as, what is remembered of them comes back the same",
  (_resource, projection) => {
    const wire = record(
      Object.fromEntries(Object.entries(projection.fields).map(([name, kind]) => [name, wireOf(kind)])),
    );

    assert(
      property(wire, (served) => {
        const values = project(projection, served);
        const stored = encodeSnapshot(ring, CONTEXT, snapshotOf(values));

        expect(decodeSnapshot(ring, CONTEXT, stored).values()).toEqual(values);
      }),
    );
  },
);

test("a changed bit anywhere in the sealed values is found", () => {
  const stored = encodeSnapshot(
    ring,
    CONTEXT,
    snapshotOf(["Ada Quill", 1_763_781_291, "1390726237298631770"]),
  );

  for (let at = 26; at < stored.length; at += 1) {
    const changed = Buffer.from(stored);
    changed.writeUInt8(changed.readUInt8(at) ^ 4, at);
    expect(() => decodeSnapshot(ring, CONTEXT, changed).values()).toThrow(/northside\/anything\/42/);
  }
  expect(decodeSnapshot(ring, CONTEXT, stored).values()[0]).toBe("Ada Quill");
});
