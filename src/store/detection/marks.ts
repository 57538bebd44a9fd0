import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

const incidentSchema = z.object({
  id: z.string(),
  kind: z.enum(["emptied", "went_back"]),
  /** When all was still there, unix ms. */
  since: z.number(),
  /** Unix ms. */
  noticedAt: z.number(),
  /** went_back: from when the copy is, unix ms; null: from before whoever noticed it was started. */
  copyAt: z.number().nullable(),
});

/** Redis lost what it had: all of it, or what came after the moment of an older copy. */
export type Incident = z.infer<typeof incidentSchema>;

/** A sign that a process wrote: it counts up. `at` is unix ms by the process's own clock. */
export interface Mark {
  readonly count: number;
  readonly at: number;
}

/**
 * ours: it was written · behind: an earlier mark of ours than we have written stands there, or none does · refused: ours,
 * and a write is refused for now · none: nobody has left marks · another: they are of another installation.
 */
export type MarkAnswer =
  | { readonly kind: "ours"; readonly incident: Incident | undefined }
  | { readonly kind: "behind"; readonly found: Mark | undefined; readonly incident: Incident | undefined }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "none" | "another" };

/**
 * What every process of the service leaves in Redis every second, and finds there again: so it is known whose Redis this
 * is, whether it can be written, and whether it went back. Nothing is written where another installation is.
 */
export interface Marks {
  /** @param written the last one that is known to have been written */
  write(mark: Mark, written: Mark | undefined): Promise<MarkAnswer>;
  /** Takes a Redis over that has no marks (of a start, of an older release), and forgets processes of long ago. */
  take(mark: Mark): Promise<void>;
  /**
   * Writes down what happened, unless somebody did since `known` was read (id; empty: there was none). Resolves to what
   * stands there now.
   */
  record(incident: Incident, known: string, mark: Mark): Promise<Incident>;
  /** The last thing that happened, whenever that was. */
  readIncident(): Promise<Incident | undefined>;
  remove(): Promise<void>;
}

/** `written`: the count of the last one. What a full or broken disk refuses is an answer, not an error. */
const WRITE = defineScript(
  { keys: ["marks"], args: ["me", "field", "mark", "written"] },
  `
local owner = redis.call('HGET', marks, 'owner')
if not owner then return { 'none' } end
if owner ~= me then return { 'another' } end
local found = redis.call('HGET', marks, field) or ''
local incident = redis.call('HGET', marks, 'incident') or ''
if (tonumber(string.match(found, '^%d+')) or 0) < tonumber(written) then return { 'behind', found, incident } end
local done = redis.pcall('HSET', marks, field, mark)
if type(done) == 'table' and done.err then
  for _, code in ipairs({ 'OOM', 'MISCONF', 'NOREPLICAS' }) do
    if string.find(done.err, code, 1, true) then return { 'refused', done.err } end
  end
  return done
end
return { 'ours', '', incident }`,
);

const TAKE = defineScript(
  { keys: ["marks"], args: ["me", "field", "mark", "cutoff"] },
  `
local all = redis.call('HGETALL', marks)
for at = 1, #all, 2 do
  local written = string.match(all[at + 1], '^%d+ (%d+)$')
  if string.sub(all[at], 1, 5) == 'mark:' and (not written or tonumber(written) < tonumber(cutoff)) then
    redis.call('HDEL', marks, all[at])
  end
end
return redis.call('HSET', marks, 'owner', me, field, mark)`,
);

const RECORD = defineScript(
  { keys: ["marks"], args: ["me", "field", "mark", "known", "id", "incident"] },
  `
redis.call('HSET', marks, 'owner', me, field, mark)
if (redis.call('HGET', marks, 'incident_id') or '') == known then
  redis.call('HSET', marks, 'incident_id', id, 'incident', incident)
end
return redis.call('HGET', marks, 'incident')`,
);

/** A process that has written nothing for so long is not there any more. */
const FORGOTTEN_AFTER_MS = 86_400_000;

const answerSchema = z.tuple(
  [z.enum(["ours", "behind", "refused", "none", "another"])],
  z.string().nullable(),
);

/** @param owner who we are (see `ownerOf`) @param process another one at every start */
export function createMarks(redis: Redis, keys: Pick<Keys, "marks">, owner: string, process: string): Marks {
  const field = `mark:${process}`;
  return {
    async write(mark, written) {
      const given = { me: owner, field, mark: formatMark(mark), written: written?.count ?? 0 };
      const reply = await WRITE.run(redis, { keys: { marks: keys.marks }, args: given });
      const [kind, text, incident] = answerSchema.parse(reply);
      switch (kind) {
        case "ours":
          return { kind, incident: parseIncident(incident) };
        case "behind":
          return { kind, found: parseMark(text), incident: parseIncident(incident) };
        case "refused":
          return { kind, detail: text ?? "" };
        case "none":
        case "another":
          return { kind };
      }
    },

    async take(mark) {
      const given = { me: owner, field, mark: formatMark(mark), cutoff: mark.at - FORGOTTEN_AFTER_MS };
      await TAKE.run(redis, { keys: { marks: keys.marks }, args: given });
    },

    async record(incident, known, mark) {
      const now = { known, id: incident.id, incident: JSON.stringify(incident) };
      const given = { me: owner, field, mark: formatMark(mark), ...now };
      const kept = await RECORD.run(redis, { keys: { marks: keys.marks }, args: given });
      return parseIncident(typeof kept === "string" ? kept : "") ?? incident;
    },

    readIncident: async () => await readIncident(redis, keys),

    async remove() {
      await redis.hdel(keys.marks, field);
    },
  };
}

/** The last thing that happened to this Redis, whenever that was. */
export async function readIncident(redis: Redis, keys: Pick<Keys, "marks">): Promise<Incident | undefined> {
  return parseIncident(await redis.hget(keys.marks, "incident"));
}

function formatMark({ count, at }: Mark): string {
  return `${count} ${at}`;
}

function parseMark(text: string | null | undefined): Mark | undefined {
  const [count, at] = (text ?? "").split(" ").map(Number);
  return count && at ? { count, at } : undefined;
}

function parseIncident(text: string | null | undefined): Incident | undefined {
  return incidentSchema.safeParse(parseJson(text ?? "")).data;
}
