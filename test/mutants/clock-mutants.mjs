import { mutant } from "./mutant.mjs";

const ANSWER = "src/cliniko/interpret-answer.ts";
const LEASE = "src/store/detection/lease.ts";
const PLACES = "src/pollers/scan/places.ts";

const CLOCK = "src/shared/clock.ts";
const ELAPSED = "src/shared/elapsed.ts";
const WORKERS = "src/queues/workers.ts";

const clock = "test/unit/clock.test.ts";
const polls = "test/integration/queues/polls.test.ts";
const answers = "test/unit/cliniko/interpret-answer.test.ts";
const hanging = "test/integration/hanging-clinics.test.ts";
const leases = "test/integration/store/lease.test.ts";
const places = "test/unit/pollers/places.test.ts";

/** What waits, and what it waits by. */
export const clockMutants = [
  mutant(
    "a 429's reset is compared with our clock",
    [answers],
    [ANSWER, "[reset - date, reset - nowMs]", "[reset - nowMs]"],
  ),
  mutant(
    "a lease from before Redis's clock went back is waited out",
    [leases],
    [LEASE, "if redis.call('PTTL', key) > tonumber(ttl) then", "if false then"],
  ),
  mutant(
    "as many polls of an account as it has resources",
    [leases],
    [LEASE, "if held >= tonumber(most) or taken", "if taken"],
  ),
  mutant(
    "all accounts share a few places",
    [hanging],
    [PLACES, "Math.min(Math.max(accounts * POLLS_PER_ACCOUNT, LEAST_PLACES), MOST_PLACES)", "LEAST_PLACES"],
  ),
  mutant(
    "what hangs takes both places of its account",
    [places],
    [PLACES, "if (isFailing && failing.has(account)) return", 'if (isFailing && failing.has("")) return'],
  ),
  mutant(
    "polls that wait wake each other",
    [places],
    [PLACES, 'if (result !== "moved") wakeNext(account);', "wakeNext(account);"],
  ),
  mutant(
    "a clock that is set is believed until the next look",
    [clock],
    [
      CLOCK,
      "return Math.abs(machine - expected) <= AGREE_MS ? machine : Math.round(expected);",
      "return machine;",
    ],
  ),
  mutant(
    "a stamp that lies ahead is fresh",
    [clock],
    [ELAPSED, "if (at - now > CLOCKS_DIFFER_MS) return Infinity;", ""],
  ),
  mutant(
    "a handler's time is taken for this machine's",
    [polls],
    [WORKERS, "Math.max(0, atMs - now())", "Math.max(0, atMs - Date.now())"],
  ),
];
