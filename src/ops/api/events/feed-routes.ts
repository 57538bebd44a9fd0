import { noteReading } from "../../../admin/accounts/note-reading.ts";
import { wayOf } from "../records/reading-of.ts";
import type { FastifyReply } from "fastify";
import { z } from "zod";

import type { Caller } from "../../../admin/access/caller.ts";
import {
  type FeedFilter,
  type FeedGap,
  type FeedPage,
  type FeedStart,
  readFeed,
} from "../../../admin/events/feed.ts";
import { formatFeedCursor, parseFeedCursor } from "../../../admin/events/feed-cursor.ts";
import { findEndpoint } from "../../../admin/endpoints/find-endpoint.ts";
import { visibilityOf } from "../../../admin/records/visibility.ts";
import { problem } from "../../../config/config-fields.ts";
import { PAYLOAD_LEVELS } from "../../../config/endpoint-settings.ts";
import type { ApiDeps } from "../api.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { callbackSchema } from "./event-answer.ts";
import { CALLBACK } from "./event-examples.ts";
import { patienceOf } from "../limit-concurrency.ts";
import {
  accountsQuery,
  assertHasValues,
  assertMayInclude,
  badRequest,
  expandQuery,
  includeQuery,
  localTimeQuery,
  moment,
  toAccounts,
  typesQuery,
  waiting,
  boundedText,
} from "../query-fields.ts";

const LONGEST_WAIT_MS = 30_000;
const MOST = 500;
const NDJSON = "application/x-ndjson";

const cursorQuery = z
  .string()
  .max(12_000, "use what `next` said")
  .transform((text, context) => {
    const message = "is not a position of this feed";
    return (
      parseFeedCursor(text) ??
      problem(context, message, "use what `next` of the former answer says, or begin again with `from`")
    );
  })
  .optional()
  .meta({ description: "`next` of the former answer: what you have had is not sent again." });

const feedQuery = z.strictObject({
  after: cursorQuery,
  from: boundedText(40)
    .optional()
    .meta({
      description: "Where to begin without `after`: `oldest` (when left out), `now`, or a moment.",
      examples: ["now"],
    }),
  endpoint: z
    .string()
    .max(63, "is longer than any id")
    .optional()
    .meta({
      description:
        "Read what this endpoint is to get: its types, accounts, conditions and payload stand for yours.",
      examples: ["crm"],
    }),
  accounts: accountsQuery,
  types: typesQuery,
  payload: z.enum(PAYLOAD_LEVELS).optional().meta({
    description: "full (when left out): the record · changes: what changed · ids: no values at all.",
  }),
  include: includeQuery,
  expand: expandQuery,
  local_time: localTimeQuery,
  limit: z.coerce
    .number()
    .int()
    .min(1, `use 1 to ${MOST}`)
    .max(MOST, `use 1 to ${MOST}`)
    .default(100)
    .meta({ description: "How many at most." }),
  wait: waiting(
    LONGEST_WAIT_MS,
    "How long to wait for an event when there is none: 0s (when left out) to 30s.",
  ),
});

type FeedQuery = z.infer<typeof feedQuery>;

export const feedSchema = z
  .strictObject({
    events: z.array(callbackSchema).meta({
      description: "In the order of commits. Between the commas are the very bytes of a callback's body.",
    }),
    next: z
      .string()
      .meta({ description: "Keep it once you have dealt with the events, and send it as `after`." }),
    more: z.boolean().meta({ description: "There is more to read at once: do not wait." }),
  })
  .meta({ id: "FeedPage", description: "What has happened since `after`." });

const linesSchema = z.string().meta({ description: "The body of one callback on each line." });

const EXAMPLE = {
  events: [CALLBACK],
  next: "aWyIwLTAiLHsibm9ydGhzaWRlIjoiMTc5NTMxNzMwNTEyMC0wIn1d",
  more: false,
};

export function addFeedRoutes(scope: ApiScope, deps: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/feed",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found", "gone"],
        answers: {
          200: "What has happened since, which may be nothing. `next` stands in `x-next-position`, too.",
        },
        examples: { answer: EXAMPLE, others: { [NDJSON]: `${JSON.stringify(CALLBACK)}\n` } },
      },
    },
    schema: {
      operationId: "readFeed",
      tags: ["Events"],
      summary: "Read what has happened since you last read",
      description: `For those who cannot be called: the same events with the same bytes as callbacks, in the order of commits, without gaps, at least once. Begin with \`from\`, then come back with \`after\` and \`wait=30s\`: an event is answered as soon as it is there. Cliniko is not asked.

With \`accept: ${NDJSON}\` every line is the body of a callback, and \`next\` stands in the header \`x-next-position\`. How many there are is in \`x-event-count\`: fewer came through something that broke off, and are to be asked for again from the same place.

410 says that events behind \`after\` have been removed for their age before you came for them: begin again with \`from=oldest\`, and read what you missed from the records. It says so too, in other words, where Redis lost the end of a log: then begin again with \`from\` and a time before your last event, and drop the ids that you have had.`,
      querystring: feedQuery,
      response: {
        200: { content: { "application/json": { schema: feedSchema }, [NDJSON]: { schema: linesSchema } } },
      },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { after, limit: count, wait: waitMs } = request.query;
      assertMayInclude(caller, request.query.include);
      const filter = await toFilter(deps, caller, request.query);
      const from = after ?? toStart(request.query);
      const visibility = await visibilityOf(deps.base, caller);
      const feed = { ...deps.base, watch: deps.watch };
      const asked = { from, filter, count, waitMs };
      const answer = await readFeed(feed, visibility, asked, patienceOf(request));
      if (answer.kind !== "gap") {
        // It is sent as bytes, which no hook looks into.
        const { told: shown } = answer;
        await noteReading(deps.base, caller, { via: wayOf(request), what: "readFeed", shown });
      }
      return await sendFeed(reply, answer, request.headers.accept === NDJSON);
    },
  });
}

function toStart({ from = "oldest" }: FeedQuery): FeedStart {
  if (from === "oldest" || from === "now") return from;
  const at = moment("").safeParse(from);
  if (at.success && at.data !== undefined) return { at: at.data };
  throw badRequest({
    path: "query.from",
    message: "is nowhere to begin",
    remedy: "use oldest, now, or a moment like 2026-11-22T03:15:00Z",
  });
}

async function toFilter({ base }: ApiDeps, caller: Caller, query: FeedQuery): Promise<FeedFilter> {
  const { accounts, endpoint: id, expand, include, payload = "full", types } = query;
  const localTime = query.local_time === "true";
  if (query.after && query.from !== undefined) {
    const message = "is where you begin, and `after` says where you are";
    throw badRequest({ path: "query.from", message, remedy: "leave one of them out" });
  }
  if (id === undefined) {
    const events = types.length === 0 ? ["*"] : types;
    assertHasValues(query);
    const of = toAccounts(base, caller, accounts);
    return { events, accounts: of, when: [], payload, include, expand, localTime };
  }
  const given = {
    accounts,
    types,
    include,
    expand,
    payload: query.payload === undefined ? [] : [query.payload],
    local_time: localTime ? [true] : [],
  };
  const problems = Object.entries(given)
    .filter(([, values]) => values.length > 0)
    .map(([name]) => ({
      path: `query.${name}`,
      message: "is the endpoint's to say",
      remedy: `leave it out, or leave endpoint out`,
    }));
  if (problems.length > 0) throw badRequest(...problems);
  const endpoint = await findEndpoint(base, caller, id);
  if (!endpoint) throw notFound("endpoint", id);
  // A viewer sees the endpoint, and not all that is sent to it.
  assertMayInclude(caller, endpoint.settings.include, "query.endpoint");
  return endpoint.settings;
}

async function sendFeed(
  reply: FastifyReply,
  answer: FeedPage | FeedGap,
  lines: boolean,
): Promise<FastifyReply> {
  if (answer.kind === "gap") throw toGone(answer);
  const { bodies, more } = answer;
  const next = formatFeedCursor(answer.next);
  reply.header("x-next-position", next);
  // Lines that are cut off between two of them look whole.
  reply.header("x-event-count", String(bodies.length));
  // As bytes: what is sent is what a callback has, not what a serializer makes of it.
  if (lines) {
    const text = bodies.map((body) => `${body}\n`).join("");
    return await reply.type(NDJSON).send(Buffer.from(text));
  }
  const text = `{"events":[${bodies.join(",")}],"next":${JSON.stringify(next)},"more":${String(more)}}`;
  return await reply.type("application/json; charset=utf-8").send(Buffer.from(text));
}

function toGone({ account, oldest, why }: FeedGap): ApiError {
  if (why === "went_back") {
    return new ApiError(
      "gone",
      `The log of ${account} went back to an older state, and this position is lost.`,
      {
        problems: [
          {
            path: "query.after",
            message: "is of events that were lost, and are told again elsewhere under the ids that they had",
            remedy:
              "begin again with from and a time a while before your last event, and drop the ids that you have had",
          },
        ],
      },
    );
  }
  const since =
    oldest === undefined ? "nothing of it is kept" : `it goes back to ${new Date(oldest).toISOString()}`;
  return new ApiError("gone", `Events of ${account} behind this position are not kept any more: ${since}.`, {
    problems: [
      {
        path: "query.after",
        message: "is further back than the log",
        remedy: "begin again with from=oldest, and read what you missed from the records",
      },
    ],
  });
}
