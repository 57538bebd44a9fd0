import { mutant } from "./mutant.mjs";

const BROWSER_RULES = "src/ops/browser-rules.ts";
const SESSIONS = "src/store/access/session-store.ts";

const browserRules = "test/unit/ops/browser-rules.test.ts";
const sessionCookie = "test/unit/ops/session-cookie.test.ts";
const sessionStore = "test/integration/store/session-store.test.ts";
const signInCodes = "test/integration/store/sign-in-code-store.test.ts";
const overview = "test/unit/admin/overview.test.ts";

/** Who gets in, for how long, what they see, and what is written down of what they did. */
export const accessMutants = [
  mutant(
    "a backfill leaves no trace",
    ["test/integration/admin/account-status.test.ts"],
    ["src/admin/accounts/backfill.ts", "if (fields.length > 0)", "if (fields.length < 0)"],
  ),
  mutant(
    "another site's page changes things with a browser's session",
    [browserRules],
    [BROWSER_RULES, 'if (!reads && headers["x-dashboard"] !== "1") {', "if (false) {"],
  ),
  mutant(
    "another site's page reads with a browser's session",
    [browserRules],
    [
      BROWSER_RULES,
      'site !== undefined && site !== "same-origin"',
      'site === "never" && site !== "same-origin"',
    ],
  ),
  mutant(
    "of two cookies the planted one may count",
    [sessionCookie],
    [
      "src/ops/session-cookie.ts",
      "return others.length === 0 ? { name, secret } : undefined;",
      "return { name, secret };",
    ],
  ),
  mutant(
    "a session comes back because it was used",
    [sessionStore],
    [SESSIONS, 'sealed, "PX", leftMs, "XX"', 'sealed, "PX", leftMs'],
  ),
  mutant(
    "a session has no end as long as it is used",
    [sessionStore],
    [SESSIONS, "at >= session.expiresAt || elapsedMs", "elapsedMs"],
  ),
  mutant(
    "a sign-in link works twice",
    [signInCodes],
    ["src/store/access/sign-in-code-store.ts", "redis.getdelBuffer(", "redis.getBuffer("],
  ),
  mutant(
    "a subscriber sees the queues",
    [overview],
    [
      "src/admin/accounts/overview.ts",
      "queues: isOperator ? reading.queues : undefined,",
      "queues: reading.queues,",
    ],
  ),
  mutant(
    "an endpoint that began to fail is not in trouble for six hours",
    [overview],
    ["src/admin/assess/assess-endpoint.ts", "if (failingSince !== undefined) {", "if (failingSince === 0) {"],
  ),
];
