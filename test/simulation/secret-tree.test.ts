import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type SecretTree,
  decodeTree,
  encodeTree,
  hasPunctures,
  intersect,
  isPunctured,
  leafSecret,
  puncture,
} from "../../src/store/sealing/secret-tree.ts";

const ROOT = createHash("sha256").update("a root").digest();
const name = (hex: string): Buffer => Buffer.from(hex, "hex");
const aName = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
/** Names that share long beginnings, as none at random do. */
const aNearName = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 }))
  .map(([first, last]) => Buffer.from([first << 6, 0, 0, 0, 0, 0, 0, last]));
const names = fc.uniqueArray(fc.oneof(aName, aNearName), {
  minLength: 1,
  maxLength: 12,
  selector: (one) => one.toString("hex"),
});

function without(destroyed: readonly Buffer[]): SecretTree {
  return destroyed.reduce<SecretTree>((tree, one) => puncture(tree, one), ROOT);
}

/** Every secret that is anywhere in it. */
function secretsIn(tree: SecretTree): Buffer[] {
  if (!tree) return [];
  return Buffer.isBuffer(tree) ? [tree] : tree.flatMap(secretsIn);
}

test("a leaf follows from the root by 32 hashes, two bits of its name each", () => {
  const leaf = "1b00000000000000"; // 00 01 10 11, and then nothing but 00
  let byHand: Buffer = ROOT;
  for (const step of [0, 1, 2, 3, ...Array.from({ length: 28 }, () => 0)]) {
    byHand = createHash("sha256")
      .update(Buffer.concat([byHand, Buffer.from([step])]))
      .digest();
  }

  expect(leafSecret(ROOT, name(leaf))).toEqual(byHand);
  expect(leafSecret(ROOT, name("1b00000000000001"))).not.toEqual(byHand);
  // The stored format: it must never come out otherwise.
  expect(byHand.toString("hex")).toBe("4a1b1ed43e45871428ad0217da5c6b6e0da9ea13c00fcbc949207805770b5bfb");
});

test("a destroyed leaf cannot be had any more, and every other one is what it was", () => {
  fc.assert(
    fc.property(names, names, (destroyed, others) => {
      const tree = without(destroyed);
      const gone = new Set(destroyed.map((one) => one.toString("hex")));

      for (const one of destroyed) {
        expect(leafSecret(tree, one)).toBeUndefined();
        expect(isPunctured(tree, one)).toBe(true);
      }
      for (const one of others.filter((other) => !gone.has(other.toString("hex")))) {
        expect(leafSecret(tree, one)).toEqual(leafSecret(ROOT, one));
        expect(isPunctured(tree, one)).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});

test("nothing that is left of the tree is above a destroyed leaf", () => {
  fc.assert(
    fc.property(names, (destroyed) => {
      const left = new Set(secretsIn(without(destroyed)).map((secret) => secret.toString("hex")));

      for (const one of destroyed) {
        let secret: Buffer = ROOT;
        for (let depth = 0; depth <= 32; depth += 1) {
          expect(left.has(secret.toString("hex"))).toBe(false);
          const byte = one.readUInt8(Math.floor(Math.min(depth, 31) / 4));
          const step = (byte >> (6 - 2 * (depth % 4))) & 3;
          secret = createHash("sha256")
            .update(Buffer.concat([secret, Buffer.from([step])]))
            .digest();
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("the order in which leaves are destroyed, or by whom, makes no difference", () => {
  fc.assert(
    fc.property(names, names, (some, others) => {
      const together = encodeTree(without([...some, ...others]));
      const isSame = (tree: SecretTree): boolean => encodeTree(tree).equals(together);

      expect(isSame(without([...others, ...some, ...others]))).toBe(true);
      expect(isSame(intersect(without(some), without(others)))).toBe(true);
      expect(isSame(intersect(without(others), without(some)))).toBe(true);
      expect(isSame(without(some))).toBe(others.every((one) => isPunctured(without(some), one)));
    }),
    { numRuns: 100 },
  );
});

test("it is the same after it was written down and read", () => {
  fc.assert(
    fc.property(names, (destroyed) => {
      const written = encodeTree(without(destroyed));
      expect(encodeTree(decodeTree(written)).equals(written)).toBe(true);
    }),
    { numRuns: 100 },
  );
  expect(hasPunctures(decodeTree(encodeTree(ROOT)))).toBe(false);
  expect(hasPunctures(without([name("1b00000000000000")]))).toBe(true);
});

test("a destroyed leaf costs three kilobytes", () => {
  const [one, two] = [name("1b00000000000000"), name("1b00000000000001")];

  expect(encodeTree(ROOT)).toHaveLength(33);
  expect(encodeTree(without([one])).length).toBeLessThan(3_300);
  // The last step is all that they do not share.
  expect(encodeTree(without([one, two])).length).toBeLessThan(encodeTree(without([one])).length);
});

test.each([
  ["nothing", ""],
  ["half a secret", "0102"],
  ["half a branch", "020000"],
  ["another kind", "07"],
  ["more after its end", `01${"ab".repeat(32)}00`],
  ["branches without end", "02".repeat(40)],
])("%s is refused", (_what, hex) => {
  expect(() => decodeTree(name(hex))).toThrow(RangeError);
});
