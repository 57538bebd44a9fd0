import { createHash, createHmac } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { IdentityKey } from "../../diff/identity.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
import { defineScript } from "../redis/script.ts";

const lineSchema = z.strictObject({
  /** Unix ms. */
  at: z.number(),
  /** Who: a token's id, `ops-token`, `cli:<user of the system>`, or `endpoint:<id>` that was called. */
  who: z.string(),
  /** api, dashboard, cli, delivery, or `log` for what the log says of itself. */
  via: z.string(),
  /** What was done, in the words of the API: `readEvent`, `deliver`. */
  what: z.string(),
  account: z.string().optional(),
  /** `patient/42`. Never a value of a record. */
  subjects: z.array(z.string()),
  request: z.string().optional(),
});

/** One reading, or delivery, of personal data. */
export type AccessLine = Readonly<z.infer<typeof lineSchema>>;

export interface NumberedLine extends AccessLine {
  /** From 1, without a gap. */
  readonly number: number;
  /** Of this line and all before it, hex. */
  readonly hash: string;
}

const headSchema = z.strictObject({
  /** Batches that were trimmed, and all that were ever written. */
  trimmed: z.int(),
  batches: z.int(),
  /** The same of lines. */
  trimmedLines: z.int(),
  lines: z.int(),
  /** After the last line that was trimmed, and after the last of all. */
  anchor: z.string(),
  hash: z.string(),
  /** What the batches take. */
  bytes: z.int(),
});

/** Where the log begins and ends. Sealed, so that a cut shows. */
export type AccessHead = Readonly<z.infer<typeof headSchema>>;

const batchSchema = z.strictObject({ first: z.int(), before: z.string(), lines: z.array(lineSchema) });
export type AccessBatch = Readonly<z.infer<typeof batchSchema>>;

export const EMPTY_HEAD: AccessHead = {
  trimmed: 0,
  batches: 0,
  trimmedLines: 0,
  lines: 0,
  anchor: "",
  hash: "",
  bytes: 0,
};

/** What is kept of it at most. Beyond, the oldest lines go, however young: an attacker must not fill Redis by reading. */
export const MOST_BYTES = 64 * 1_024 * 1_024;

/**
 * Who read what, and what was delivered to whom: append-only, sealed, each line chained to all before it by a hash, and the
 * end sealed with its count. Whoever writes to Redis without the key can neither forge, change, reorder nor cut it unseen;
 * putting the whole of it back to an earlier state is seen by every process that saw more.
 */
export interface AccessStore {
  /** Writes lines in one step, after all that are there, whoever else writes. */
  append(lines: readonly AccessLine[]): Promise<void>;
  readHead(): Promise<AccessHead>;
  /** One batch; undefined: there is none. @throws UnreadableRecordError */
  readBatch(batch: number): Promise<AccessBatch | undefined>;
  /** Numbers of the batches that are there, whatever the head says. */
  batchNumbers(): Promise<readonly number[]>;
  /** Removes what is older than `cutoff` (unix ms), and the oldest beyond MOST_BYTES. Resolves to how many lines. */
  trim(cutoff: number, mostBytes?: number): Promise<number>;
  /** Of a head: says offline that it was ours. */
  readonly sign: (head: Pick<AccessHead, "lines" | "hash">) => string;
}

/** And field and bytes to write (empty bytes: to remove)… Answers whether it was done. */
const SWAP = defineScript(
  { keys: ["log"], args: ["from", "to"] },
  `
local current = redis.call('HGET', log, 'head') or ''
if current == to then return 1 end
if current ~= from then return 0 end
redis.call('HSET', log, 'head', to)
for at = MORE + 1, #ARGV, 2 do
  if ARGV[at + 1] == '' then redis.call('HDEL', log, ARGV[at])
  else redis.call('HSET', log, ARGV[at], ARGV[at + 1]) end
end
return 1`,
);

interface KeptHead {
  readonly bytes: Buffer | "";
  readonly head: AccessHead;
}

export function createAccessStore(
  redis: Redis,
  keys: Pick<Keys, "accessLog">,
  keyring: Keyring,
  identityKey: IdentityKey,
  now: () => number,
): AccessStore {
  /** The furthest that this process knows of: its own last write, as a rule. */
  let known: KeptHead = { bytes: "", head: EMPTY_HEAD };

  const load = async (): Promise<KeptHead> => {
    const bytes = await redis.hgetBuffer(keys.accessLog, "head");
    if (!bytes) return { bytes: "", head: EMPTY_HEAD };
    const fault = "the head of the access log is not of a shape that this release knows";
    return { bytes, head: openJson(keyring, bytes, accessContext("head"), headSchema, fault) };
  };
  const swap = async (
    from: KeptHead,
    head: AccessHead,
    fields: readonly (string | Buffer)[],
  ): Promise<boolean> => {
    const bytes = sealJson(keyring, head, accessContext("head"));
    const done =
      Number(
        await SWAP.run(redis, {
          keys: { log: keys.accessLog },
          args: { from: from.bytes, to: bytes },
          more: fields,
        }),
      ) === 1;
    if (done) known = { bytes, head };
    return done;
  };
  const readBatch = async (batch: number): Promise<AccessBatch | undefined> => {
    const name = String(batch);
    const bytes = await redis.hgetBuffer(keys.accessLog, name);
    const fault = `batch ${name} of the access log is not of a shape that this release knows`;
    return bytes ? openJson(keyring, bytes, accessContext(name), batchSchema, fault) : undefined;
  };

  return {
    readBatch,

    async append(given) {
      for (let from = known; ;) {
        const { head } = from;
        // Less than this process has seen: somebody took lines away, or Redis came back as an older copy.
        const lines = head.lines < known.head.lines ? [wentBack(known.head, head, now()), ...given] : given;
        const sealed = sealJson(
          keyring,
          { first: head.lines + 1, before: head.hash, lines },
          accessContext(String(head.batches)),
        );
        const next = {
          ...head,
          batches: head.batches + 1,
          lines: head.lines + lines.length,
          hash: lines.reduce(chain, head.hash),
          bytes: head.bytes + sealed.length,
        };
        if (await swap(from, next, [String(head.batches), sealed])) return;
        from = await load();
      }
    },

    async readHead() {
      return (await load()).head;
    },

    async batchNumbers() {
      const fields = await redis.hkeys(keys.accessLog);
      return fields
        .filter((field) => /^\d+$/.test(field))
        .map(Number)
        .toSorted((left, right) => left - right);
    },

    async trim(cutoff, mostBytes = MOST_BYTES) {
      let removed = 0;
      for (;;) {
        const from = await load();
        const { head } = from;
        const batch =
          head.trimmed < head.batches ? await readBatch(head.trimmed).catch(() => undefined) : undefined;
        const last = batch?.lines.at(-1);
        if (!batch || !last || (last.at >= cutoff && head.bytes <= mostBytes)) return removed;
        const name = String(head.trimmed);
        const next = {
          ...head,
          trimmed: head.trimmed + 1,
          trimmedLines: batch.first - 1 + batch.lines.length,
          anchor: batch.lines.reduce(chain, batch.before),
          bytes: head.bytes - (await redis.hstrlen(keys.accessLog, name)),
        };
        if (await swap(from, next, [name, ""])) removed += batch.lines.length;
      }
    },

    sign: ({ lines, hash }) =>
      createHmac("sha256", identityKey).update(`access-log/head\n${lines}\n${hash}`).digest("hex"),
  };
}

/** The hash after a line: of the line and of the hash before it. */
export function chain(before: string, line: AccessLine): string {
  return createHash("sha256")
    .update(`${before}\n${JSON.stringify(lineSchema.parse(line))}`)
    .digest("hex");
}

export function parseLine(value: unknown): AccessLine | undefined {
  return lineSchema.safeParse(value).data;
}

function wentBack(had: AccessHead, found: AccessHead, at: number): AccessLine {
  const what = `had ${had.lines} lines and found ${found.lines}`;
  return { at, who: "service", via: "log", what, subjects: [] };
}

/** What a batch, or the head, is sealed to. */
export function accessContext(field: string): string {
  return `access-log/${field}`;
}
