import fc from "fast-check";

/** Text of any characters. `fc.string({ unit: "binary" })` lists a million of them first, for a second. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })), {
    maxLength: 200,
  })
  .map((codes) => String.fromCodePoint(...codes));
