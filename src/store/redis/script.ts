import { createHash } from "node:crypto";

import type { ChainableCommander } from "ioredis";

import type { Redis } from "./client.ts";

type Value = string | number | Buffer;

/** Which keys and arguments a script takes, in any order: in its text they are locals of these names. */
export interface ScriptNames<Key extends string, Argument extends string> {
  readonly keys: readonly Key[];
  readonly args?: readonly Argument[];
}

/** What one call of a script is about. */
export interface ScriptCall<Key extends string, Argument extends string> {
  readonly keys: Readonly<Record<Key, string>>;
  readonly args: Readonly<Record<Argument, Value>>;
  /** Keys behind the named ones: `KEYS[MORE_KEYS + 1]` and on. */
  readonly moreKeys?: readonly string[];
  /** Arguments behind the named ones: `ARGV[MORE + 1]` and on. */
  readonly more?: readonly Value[];
}

/** A script in a batch is asked for by its hash first. */
export type HowAsked = "by hash" | "with text";

/** Whether a server refused a script because it does not know it (any more). */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/** One atomic step in Redis. Everything that it names must be in one hash slot. */
export interface Script<Key extends string, Argument extends string> {
  /** Sent by its hash: its text goes over the wire when a server does not know it. */
  run(redis: Redis, call: ScriptCall<Key, Argument>): Promise<unknown>;
  /** The same, its answer's text as bytes. */
  runBuffer(redis: Redis, call: ScriptCall<Key, Argument>): Promise<unknown>;
  /** The same in a batch, which asks with its text where a server does not know it. */
  queue(pipeline: ChainableCommander, call: ScriptCall<Key, Argument>, how: HowAsked): void;
}

/** @param lua sees the names of its keys and arguments as locals, and how many there are as `MORE_KEYS` and `MORE` */
export function defineScript<const Key extends string, const Argument extends string = never>(
  { keys, args = [] }: ScriptNames<Key, Argument>,
  lua: string,
): Script<Key, Argument> {
  const text = [
    ...keys.map((name, at) => `local ${name} = KEYS[${at + 1}]`),
    ...args.map((name, at) => `local ${name} = ARGV[${at + 1}]`),
    `local MORE_KEYS, MORE = ${keys.length}, ${args.length}`,
    lua,
  ].join("\n");
  const hash = createHash("sha1").update(text).digest("hex");
  const flatten = (call: ScriptCall<Key, Argument>): [count: number, ...Value[]] => {
    const { moreKeys = [], more = [] } = call;
    const named = [...keys.map((name) => call.keys[name]), ...moreKeys];
    return [named.length, ...named, ...args.map((name) => call.args[name]), ...more];
  };
  const send = async (redis: Redis, call: ScriptCall<Key, Argument>, asBytes: boolean): Promise<unknown> => {
    const given = flatten(call);
    const ask = async (command: string, script: string): Promise<unknown> =>
      await (asBytes ? redis.callBuffer(command, script, ...given) : redis.call(command, script, ...given));
    try {
      return await ask("evalsha", hash);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await ask("eval", text);
    }
  };
  return {
    run: async (redis, call) => await send(redis, call, false),
    runBuffer: async (redis, call) => await send(redis, call, true),
    queue(pipeline, call, how) {
      const [count, ...given] = flatten(call);
      if (how === "by hash") pipeline.evalsha(hash, count, ...given);
      else pipeline.eval(text, count, ...given);
    },
  };
}
