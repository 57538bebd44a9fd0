import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

import { z } from "zod";

import { isErrno } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { problemAt } from "../terminal/problem-at.ts";
import type { FeedFilter, FeedPlace } from "./feed-client.ts";
import { type Hold, holdFile } from "./hold-file.ts";

/** How far a listener has come. Ids and times alone: what is in an event does not rest here. */
export interface ListenState {
  readonly place: FeedPlace;
  /** Ids of events behind the place that are done with: the service tells places by pages. */
  readonly done: readonly string[];
  /** When the last event was done with, unix ms; undefined: none was. */
  readonly lastAt?: number | undefined;
  /** The secret that was made, so that it is the same one the next time. */
  readonly secret?: string | undefined;
}

export interface StateFile extends AsyncDisposable {
  readonly path: string;
  /** Undefined: there is none yet. @throws ConfigError when it is not one of ours, or another listener's */
  read(): Promise<ListenState | undefined>;
  /** Whole or not at all, and on the disk. @throws ConfigError when it cannot be written */
  write(state: ListenState): Promise<void>;
}

/** Whose place it is: the position of one server means nothing to another, nor to another choice of events. */
export interface Feed {
  readonly server: string;
  readonly filter: FeedFilter;
}

const stateSchema = z.strictObject({
  version: z.literal(1),
  server: z.string(),
  filter: z.record(z.string(), z.string()),
  place: z.union([z.strictObject({ after: z.string() }), z.strictObject({ from: z.string() })]),
  done: z.array(z.string()),
  last_at: z.iso.datetime().optional(),
  secret: z.string().optional(),
});

/** Where a feed's state is by default. Source: XDG Base Directory Specification, `$XDG_STATE_HOME`. */
export function defaultStatePath(env: NodeJS.ProcessEnv, feed: Feed): string {
  const given = env["XDG_STATE_HOME"];
  // A relative one is to be ignored, says the specification.
  const home = given?.startsWith("/") ? given : join(homedir(), ".local", "state");
  return join(home, "cliniko-webhooks", `listen-${digestOf(feed)}.json`);
}

/** Takes the file for this process alone. @throws ConfigError when another one has it, or it cannot be made */
export async function openStateFile(path: string, feed: Feed): Promise<StateFile> {
  const hold = await takeHold(path);
  return {
    path,
    async read() {
      return await readState(path, feed);
    },
    async write(state) {
      await keptAt(path, async () => await writeWhole(path, toText(feed, state)));
    },
    async [Symbol.asyncDispose]() {
      await hold[Symbol.asyncDispose]();
    },
  };
}

async function takeHold(path: string): Promise<Hold> {
  const held = await keptAt(path, async () => {
    makeFolder(dirname(path));
    return await holdFile(`${path}.lock`);
  });
  if (held.kind === "held") return held.hold;
  throw problemAt(
    "--state",
    `process ${held.pid} is listening with ${path}`,
    `end it, or keep another position: --state FILE; if there is no such process, remove ${path}.lock`,
  );
}

/** What the system refuses is said in words. */
async function keptAt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw problemAt(
      "--state",
      `${path} cannot be kept: ${error.code}`,
      "name a file that you may write: --state FILE",
    );
  }
}

async function readState(path: string, feed: Feed): Promise<ListenState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error) && error.code === "ENOENT") return undefined;
    throw unreadable(path);
  }
  const parsed = stateSchema.safeParse(parseJson(text));
  // Beginning at `now` instead would lose events silently.
  if (!parsed.success) throw unreadable(path);
  const { server, filter, place, done, last_at: lastAt, secret } = parsed.data;
  if (digestOf({ server, filter }) !== digestOf(feed)) {
    throw problemAt(
      "--state",
      `${path} is the place of another listener, of ${server}${describeFilter(filter)}`,
      "name another file, or none",
    );
  }
  return { place, done, lastAt: lastAt === undefined ? undefined : Date.parse(lastAt), secret };
}

function unreadable(path: string): Error {
  return problemAt(
    "--state",
    `${path} is not a position that this release can read`,
    "remove it, and say where to begin: --from now, --from oldest or --from 2h",
  );
}

function toText({ server, filter }: Feed, { place, done, lastAt, secret }: ListenState): string {
  const last = lastAt === undefined ? undefined : new Date(lastAt).toISOString();
  return `${JSON.stringify({ version: 1, server, filter, place, done, last_at: last, secret }, null, 2)}\n`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

function digestOf({ server, filter }: Feed): string {
  const given = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([server, given]))
    .digest("hex")
    .slice(0, 16);
}

export function describeFilter(filter: FeedFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `, ${name} ${String(value)}`).join("");
}
