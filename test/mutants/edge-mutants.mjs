import { mutant } from "./mutant.mjs";

const CONNECTIONS = "src/ops/connections.ts";
const BOUNDED = "src/ops/bounded-requests.ts";
const SERVER = "src/ops/ops-server.ts";
const FIXED = "src/ops/fixed-answer.ts";
const TOLD_AGAIN = "src/ops/api/access/told-again.ts";
const PAUSED = "src/admin/endpoints/paused.ts";
const CHANGE = "src/admin/endpoints/change-endpoint.ts";

const sockets = "test/integration/ops/sockets.test.ts";
const hostile = "test/integration/ops/hostile-requests.test.ts";
const cacheHeaders = "test/integration/ops/cache-headers.test.ts";
const endedSecrets = "test/integration/privacy/ended-secrets.test.ts";
const api = "test/integration/ops/api/api.test.ts";
const fixed = "test/unit/ops/fixed-answer.test.ts";

/** What strangers cost, and what subscribers are told. */
export const edgeMutants = [
  mutant(
    "what is sent ahead is begun at once",
    [sockets],
    [CONNECTIONS, "if (!connection.atWork) mine();", "if (connection.ahead.length === 0) mine();"],
  ),
  mutant(
    "an answer may lie untaken for ever",
    [sockets],
    [CONNECTIONS, "return now - since > allowedMs;", "return false;"],
  ),
  mutant(
    "as much as one likes may be sent ahead",
    [sockets],
    [CONNECTIONS, "connection.ahead.length >= limits.mostAhead", "connection.ahead.length < 0"],
  ),
  mutant(
    "requests are made of all that came in one piece, however many",
    [sockets],
    [BOUNDED, "if (isOneTooMany(socket))", "if (isOneTooMany(socket) && false)"],
  ),
  mutant(
    "who works for somebody known ends like everybody",
    [sockets],
    [CONNECTIONS, "if (connection) connection.known = connection.atWork;", ""],
  ),
  mutant(
    "the first of two Host headers counts",
    [hostile],
    [SERVER, "const fault = headFault(request.raw);", "const fault = undefined;"],
  ),
  mutant(
    "an answer is kept unless it says that it may not be",
    [cacheHeaders],
    [SERVER, '"cache-control": "no-store"', '"cache-control": "no-cache"'],
  ),
  mutant(
    "a token that is to be told again rests open to the service's keys",
    [endedSecrets],
    [
      TOLD_AGAIN,
      'seal: (secret) => keyring.seal(Buffer.from(secret), CONTEXT).toString("base64url"),',
      "seal: (secret) => secret,",
    ],
  ),
  mutant(
    "an answer of the feed is as large as its records make it",
    ["test/integration/admin/feed.test.ts"],
    ["src/admin/events/feed.ts", "room === 0 || isFull(reading)", "room === 0"],
  ),
  mutant(
    "the page after one that was cut begins behind what was cut off",
    ["test/integration/admin/events.test.ts"],
    [
      "src/admin/events/list-events.ts",
      "for (const { account } of left) places",
      "for (const { account } of left.slice(0, 0)) places",
    ],
  ),
  mutant(
    "the queue board takes what changes something, as far as its package lets it",
    ["test/integration/ops/ops-server.test.ts"],
    [
      "src/ops/operator-pages.ts",
      'if (method === "GET" || method === "HEAD") return;',
      "if (method) return;",
    ],
  ),
  mutant("a fixed answer is made for each caller", [fixed], [FIXED, "if (made) return made;", ""]),
  mutant(
    "a pause of an unknown author is the subscriber's to end",
    [api],
    [PAUSED, '(pausedBy?.role ?? "operator")', '(pausedBy?.role ?? "subscriber")'],
  ),
  mutant(
    "the operator's pause of what the subscriber has paused stays the subscriber's",
    [api],
    [
      CHANGE,
      'fresh = pauser === undefined || (pauser === "subscriber" && pausedBy.role === "operator");',
      "fresh = pauser === undefined;",
    ],
  ),
  mutant(
    "what the operator has paused is made anew under another path",
    [api],
    [PAUSED, "hostOf(settings.url) === host &&", "settings.url === url &&"],
  ),
  mutant(
    "a subscriber is told why there was no answer",
    ["test/unit/admin/told-failure.test.ts"],
    [
      "src/admin/deliveries/told-failure.ts",
      "OURS.includes(errorClass) ? errorClass : NO_ANSWER",
      "true ? errorClass : NO_ANSWER",
    ],
  ),
  mutant(
    "a refusal is told a subscriber by its speed",
    ["test/integration/dispatch/subscribers-network.test.ts"],
    [
      "src/dispatch/http/send-callback.ts",
      "if (target.owner !== undefined && !isAnswered(outcome)) await passed(deadline.signal());",
      "",
    ],
  ),
  mutant(
    "the operator's ranges are open to everybody",
    [api],
    [
      "src/dispatch/http/sending.ts",
      "owner === undefined ? allowPrivate",
      "allowPrivate.length > 0 ? allowPrivate",
    ],
  ),
  mutant(
    "an opened range leads to the service itself",
    ["test/unit/dispatch/own-places.test.ts"],
    ["src/dispatch/http/target-guard.ts", "if (own !== undefined) return", "if (false) return"],
  ),
];
