import type { ChainableCommander } from "ioredis";

import { type Redis, isCluster } from "./client.ts";
import { type HowAsked, isUnknownScript } from "./script.ts";

/** What was asked for. Call it when the batch has run: before, and when that failed, it throws. */
export type Later<Value> = () => Value;

/** Many small reads, sent together instead of one after the other. */
export interface Batch {
  ask<Value>(command: Command, parse: (reply: unknown) => Value): Later<Value>;
  /** Rejects with the first error of a command. */
  run(): Promise<void>;
}

type Command = (pipeline: ChainableCommander, how: HowAsked) => void;

interface Question {
  readonly command: Command;
  readonly onReply: (reply: unknown) => void;
}

/** Commands in one go: thousands can come together, and others on this connection get their turn in between. */
const MOST_AT_ONCE = 1_000;

export function createBatch(redis: Redis): Batch {
  const asked: Question[] = [];
  return {
    ask(command, parse) {
      let answer: { readonly value: ReturnType<typeof parse> } | undefined;
      const onReply = (reply: unknown): void => {
        answer = { value: parse(reply) };
      };
      asked.push({ command, onReply });
      return () => {
        if (!answer) throw new Error("the batch has not run");
        return answer.value;
      };
    },

    async run() {
      for (let from = 0; from < asked.length; from += MOST_AT_ONCE) {
        const part = asked.slice(from, from + MOST_AT_ONCE);
        // The nodes of a cluster answer each for itself; and where a slot is moving, each key for itself.
        const pieces = isCluster(redis) ? part.map((question) => [question]) : [part];
        await Promise.all(pieces.map(async (piece) => await send(redis, piece)));
      }
    },
  };
}

async function send(redis: Redis, questions: readonly Question[], how: HowAsked = "by hash"): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { command } of questions) command(pipeline, how);
  const replies = (await pipeline.exec()) ?? [];
  const again: Question[] = [];
  for (const [index, [error, reply]] of replies.entries()) {
    const question = questions[index];
    if (question && how === "by hash" && isUnknownScript(error)) again.push(question);
    else if (error) throw error;
    else question?.onReply(reply);
  }
  // With its text the first makes it known, to the others that ask for the same.
  if (again.length > 0) await send(redis, again.slice(0, 1), "with text");
  if (again.length > 1) await send(redis, again.slice(1));
}

/** A hash, as a script answers with it (names and values by turns) or as ioredis reads it. */
export function toFields(reply: unknown): Readonly<Record<string, string>> {
  if (typeof reply !== "object" || reply === null) return {};
  if (!Array.isArray(reply)) {
    return Object.fromEntries(Object.entries(reply).map(([name, value]) => [name, String(value)]));
  }
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < reply.length; at += 2) fields[String(reply[at])] = String(reply[at + 1]);
  return fields;
}
