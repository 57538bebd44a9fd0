import { gunzipSync, inflateSync } from "node:zlib";

import type { Redis } from "../../src/store/redis/client.ts";

import { unpackBytes } from "../../src/store/sealing/packing.ts";
import { decodeValues } from "../../src/store/sealing/values-codec.ts";

/** One thing that rests in Redis: a key's name, a field, a member or a value. */
export interface Loot {
  /** The key it was found in. */
  readonly where: string;
  readonly bytes: Buffer;
}

/** Everything under a prefix, as somebody takes it who has the disk and not the encryption key. */
export async function stealFrom(redis: Redis, prefix: string): Promise<Loot[]> {
  const loot: Loot[] = [];
  for (const where of await redis.keys(`${prefix}:*`)) {
    const parts = [Buffer.from(where), ...(await partsOf(redis, where))];
    loot.push(...parts.map((bytes) => ({ where, bytes })));
  }
  return loot;
}

async function partsOf(redis: Redis, name: string): Promise<Buffer[]> {
  const type = await redis.type(name);
  switch (type) {
    case "string":
      return [(await redis.getBuffer(name)) ?? Buffer.alloc(0)];
    case "hash":
      return Object.entries(await redis.hgetallBuffer(name)).flatMap(([field, value]) => [
        Buffer.from(field, "latin1"),
        value,
      ]);
    case "stream":
      return (await redis.xrangeBuffer(name, "-", "+")).flatMap(([id, fields]) => [id, ...fields]);
    case "list":
      return await redis.lrangeBuffer(name, 0, -1);
    case "set":
      return await redis.smembersBuffer(name);
    case "zset":
      return await redis.zrangeBuffer(name, "0", "-1");
    case "none":
      return [];
    default:
      throw new Error(`${name} is a ${type}`);
  }
}

/** As far as something packed may lie behind a head that is in clear. Less than this has none. */
const FARTHEST_HEAD = 48;
const DEEPEST = 3;

/**
 * Every text that can be made of bytes without a key: as they are, JSON escapes undone, base64, hex and percent signs
 * undone, deflated and gzipped parts unpacked (our dictionary and our codec are in the source, for everybody), over and over.
 * Ids and hashes come again and again: each is looked into once.
 */
function look(bytes: Buffer, depth: number, seen: Map<string, readonly string[]>): readonly string[] {
  const key = `${depth} ${bytes.toString("latin1")}`;
  const known = seen.get(key) ?? lookInto(bytes, depth, seen);
  seen.set(key, known);
  return known;
}

function lookInto(bytes: Buffer, depth: number, seen: Map<string, readonly string[]>): readonly string[] {
  const texts = [
    bytes.toString("utf8"),
    bytes.toString("latin1"),
    ...[0, 1].map((from) => utf16In(bytes, from)),
  ];
  const unescaped = texts.slice(0, 2).flatMap(unescape);
  if (depth === DEEPEST) return [...texts, ...unescaped];
  const inner = [...encodedIn(texts[1] ?? ""), ...packedIn(bytes, depth === 0)];
  return [...texts, ...unescaped, ...inner.flatMap((part) => look(part, depth + 1, seen))];
}

/** Whole units only: of an odd number of bytes at an odd address, Node 24.21 writes one byte too far. */
function utf16In(bytes: Buffer, from: number): string {
  return bytes
    .subarray(from, from + 2 * Math.floor(Math.max(0, bytes.length - from) / 2))
    .toString("utf16le");
}

function unescape(text: string): string[] {
  const found: string[] = [];
  if (/\\u[0-9a-f]{4}/i.test(text) || text.includes("\\")) {
    const plain = text
      .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll("\\n", "\n")
      .replaceAll(/\\(["\\/])/g, "$1");
    found.push(plain);
  }
  if (/%[0-9a-f]{2}/i.test(text)) {
    const undone = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    found.push(undone, Buffer.from(undone, "latin1").toString("utf8"));
  }
  return found;
}

/** Longer runs of base64 (either alphabet) and of hex. */
function encodedIn(text: string): Buffer[] {
  const base64 = [...text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)].flatMap(([run]) =>
    // Where it begins is not certain: another text may stand right before it.
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64")),
  );
  const hex = [...text.matchAll(/[0-9a-f]{12,}/gi)].flatMap(([run]) =>
    [0, 1].map((skip) => Buffer.from(run.slice(skip), "hex")),
  );
  return [...base64, ...hex];
}

/** What unpacks, from the beginning or, of what was stored so, behind a head. */
function packedIn(bytes: Buffer, isWhole: boolean): Buffer[] {
  // What is packed is no plain text.
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return [];
  const found: Buffer[] = [];
  const last = isWhole && bytes.length > FARTHEST_HEAD ? FARTHEST_HEAD : 0;
  for (let at = 0; at <= last; at += 1) {
    const rest = bytes.subarray(at);
    for (const unpack of UNPACKERS) {
      const unpacked = attempt(() => unpack(rest));
      if (unpacked && unpacked.length > 4) found.push(unpacked);
    }
  }
  return found;
}

/**
 * Deflate begins with the kind of its first block: one writes its length twice, one the lengths of its codes, which must add
 * up; only of the third nothing shows before it is tried. Source: RFC 1951 §3.2.4 and §3.2.7.
 */
function mayBeDeflated(bytes: Buffer): boolean {
  const kind = bitsOf(bytes, 1, 2);
  if (kind === 0) return bytes.length > 4 && bytes.readUInt16LE(1) + bytes.readUInt16LE(3) === 0xffff;
  return kind === 1 || (kind === 2 && addsUp(bytes));
}

/** Whether the codes for the lengths of codes fill their tree, as every inflater demands. */
function addsUp(bytes: Buffer): boolean {
  if (bitsOf(bytes, 3, 5) > 29 || bitsOf(bytes, 8, 5) > 29) return false;
  const lengths = Array.from({ length: bitsOf(bytes, 13, 4) + 4 }, (_, index) =>
    bitsOf(bytes, 17 + 3 * index, 3),
  );
  return lengths.reduce((sum, length) => sum + (length === 0 ? 0 : 128 >> length), 0) === 128;
}

function bitsOf(bytes: Buffer, from: number, count: number): number {
  const [low = 0, high = 0] = bytes.subarray(from >> 3, (from >> 3) + 2);
  return ((low | (high << 8)) >> (from & 7)) & ((1 << count) - 1);
}

const UNPACKERS: readonly ((bytes: Buffer) => Buffer | undefined)[] = [
  // With our dictionary at hand, what was packed without one unpacks as well.
  (bytes) => (mayBeDeflated(bytes) ? unpackBytes(bytes) : undefined),
  (bytes) => (bytes[0] === 0x78 ? inflateSync(bytes) : undefined),
  (bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : undefined),
  (bytes) => ((bytes[0] ?? 9) < 2 ? Buffer.from(decodeValues(bytes).join("\n")) : undefined),
];

function attempt(unpack: () => Buffer | undefined): Buffer | undefined {
  const { stackTraceLimit } = Error;
  // Most of them fail, and nobody asks where: a stack takes longer than all the rest.
  Error.stackTraceLimit = 0;
  try {
    return unpack();
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A personal text that was found, and where. */
export interface Hit {
  readonly needle: string;
  readonly where: string;
}

/**
 * Which of these texts can be seen in the loot, upper and lower case alike. Texts shorter than `SHORTEST` are refused: they
 * come up in keyed hashes and ciphertext by chance. Whoever searches must see to it that what is personal is longer.
 */
export function search(loot: readonly Loot[], needles: Iterable<string>): Hit[] {
  const wanted = [...new Set([...needles].map((needle) => needle.toLowerCase()))];
  const short = wanted.filter((needle) => needle.length < SHORTEST);
  if (short.length > 0) throw new RangeError(`too short to be searched for: ${short.join(", ")}`);
  const hits = new Map<string, Hit>();
  const seen = new Map<string, readonly string[]>();
  const find = createFinder(wanted);
  for (const { where, bytes } of loot) {
    const text = [...new Set(look(bytes, 0, seen))].join("\0").toLowerCase();
    for (const needle of find(text)) hits.set(`${needle} ${where}`, { needle, where });
  }
  return [...hits.values()];
}

/** In one walk over a text: hundreds of needles are looked for in a hundred megabytes. */
function createFinder(needles: readonly string[]): (text: string) => Set<string> {
  const byBeginning = new Map<number, string[]>();
  const mayBegin = new Uint8Array(1 << 16);
  for (const needle of needles) {
    const beginning = [0, 1, 2, 3].reduce((hash, at) => next(hash, needle.charCodeAt(at)), 0);
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), needle]);
    mayBegin[beginning & 0xffff] = 1;
  }
  return (text) => {
    const found = new Set<string>();
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      hash = next(hash, text.charCodeAt(at));
      if (mayBegin[hash & 0xffff] === 0) continue;
      for (const needle of byBeginning.get(hash) ?? [])
        if (text.startsWith(needle, at - 3)) found.add(needle);
    }
    return found;
  };
}

/** Of the last four characters: what came before them has been pushed out of its 32 bits. */
function next(hash: number, code: number): number {
  return (hash << 8) ^ code;
}

/** Six bytes at random are these six once in 10^14 times. */
export const SHORTEST = 6;
