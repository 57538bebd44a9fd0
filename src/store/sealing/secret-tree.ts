import { hash } from "node:crypto";

/*
 * A tree of secrets in which single leaves can be destroyed (a puncturable pseudo-random function). It begins as one
 * secret; every node's four children are hashes of it, so that all 2^64 leaves follow from the root. To destroy a leaf, the
 * nodes on its path are replaced by those beside it: every other leaf is the same as before, and nothing that is left leads to
 * this one. Part of the stored format: never edit how a child is derived.
 */

/** Bytes of a leaf's name; two bits of it are one step down. */
export const LEAF_NAME_BYTES = 8;
const SECRET_BYTES = 32;
const ARITY = 4;
const DEPTH = (LEAF_NAME_BYTES * 8) / 2;

type Branch = readonly [SecretTree, SecretTree, SecretTree, SecretTree];

/** A secret that everything below follows from, four parts of what it was, or nothing: destroyed. Never changed in place. */
export type SecretTree = Buffer | Branch | undefined;

/** Undefined: it was destroyed. */
export function leafSecret(tree: SecretTree, name: Buffer): Buffer | undefined {
  const { node, depth } = coverOf(tree, name);
  if (!node) return undefined;
  let secret = node;
  for (let at = depth; at < DEPTH; at += 1) secret = childOf(secret, stepAt(name, at));
  return secret;
}

/** As `leafSecret` would say, for less. */
export function isPunctured(tree: SecretTree, name: Buffer): boolean {
  return coverOf(tree, name).node === undefined;
}

export function hasPunctures(tree: SecretTree): boolean {
  return !Buffer.isBuffer(tree);
}

/** The tree without this leaf. */
export function puncture(tree: SecretTree, name: Buffer, depth = 0): SecretTree {
  if (!tree || depth === DEPTH) return undefined;
  const step = stepAt(name, depth);
  return branchOf((at) => {
    const child = Buffer.isBuffer(tree) ? childOf(tree, at) : tree[at];
    return at === step ? puncture(child, name, depth + 1) : child;
  });
}

/** What both still have: a leaf that either lost is lost. They are of one root. */
export function intersect(left: SecretTree, right: SecretTree): SecretTree {
  if (!left || !right) return undefined;
  if (Buffer.isBuffer(left)) return right;
  if (Buffer.isBuffer(right)) return left;
  return branchOf((at) => intersect(left[at], right[at]));
}

const NOTHING = 0;
const SECRET = 1;
const BRANCH = 2;

/** Depth first: one byte of what it is, and the secret or the four parts. */
export function encodeTree(tree: SecretTree): Buffer {
  if (!tree) return Buffer.from([NOTHING]);
  if (Buffer.isBuffer(tree)) return Buffer.concat([Buffer.from([SECRET]), tree]);
  return Buffer.concat([Buffer.from([BRANCH]), ...tree.map(encodeTree)]);
}

/** @throws RangeError when the bytes are not of `encodeTree` */
export function decodeTree(bytes: Buffer): SecretTree {
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    if (at > bytes.length) throw new RangeError("the tree ends too early");
    return bytes.subarray(at - length, at);
  };
  const read = (depth: number): SecretTree => {
    const kind = take(1).readUInt8();
    if (kind === NOTHING) return undefined;
    if (kind === SECRET) return Buffer.from(take(SECRET_BYTES));
    if (kind !== BRANCH || depth === DEPTH) throw new RangeError("not a tree of secrets");
    return [read(depth + 1), read(depth + 1), read(depth + 1), read(depth + 1)];
  };
  const tree = read(0);
  if (at !== bytes.length) throw new RangeError("the tree goes on after its end");
  return tree;
}

/** The secret that a leaf follows from, and how far down it is. */
function coverOf(
  tree: SecretTree,
  name: Buffer,
): { readonly node: Buffer | undefined; readonly depth: number } {
  let node = tree;
  let depth = 0;
  while (node && !Buffer.isBuffer(node)) {
    node = node[stepAt(name, depth)];
    depth += 1;
  }
  return { node, depth };
}

type Step = 0 | 1 | 2 | 3;

function stepAt(name: Buffer, depth: number): Step {
  const bits = name.readUInt8(Math.floor(depth / ARITY)) >> (6 - 2 * (depth % ARITY));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- two bits are no more than three
  return (bits & 3) as Step;
}

function childOf(secret: Buffer, step: number): Buffer {
  const input = Buffer.allocUnsafe(SECRET_BYTES + 1);
  secret.copy(input);
  input.writeUInt8(step, SECRET_BYTES);
  return hash("sha256", input, "buffer");
}

/** Four parts; nothing when nothing is left of any. */
function branchOf(part: (at: Step) => SecretTree): SecretTree {
  const parts: Branch = [part(0), part(1), part(2), part(3)];
  return parts.every((one) => one === undefined) ? undefined : parts;
}
