import { mutant } from "./mutant.mjs";

const GUARD = "src/ops/sign-ins/sign-in-guard.ts";

const guard = "test/unit/ops/sign-in-guard.test.ts";

/** Who guesses, who was let in once and is not any more, and what is written down of those who read. */
export const readingRightsMutants = [
  mutant(
    "guesses are slowed down an address alone",
    [guard],
    [GUARD, "return together.count() >= most ?", "return together.count() < 0 ?"],
  ),
  mutant(
    "an attack keeps everybody out who has not come before",
    [guard],
    [
      GUARD,
      "failedLately.blockedFor(place) === undefined ? MOST_TOGETHER_OF_NEW : MOST_TOGETHER",
      "MOST_TOGETHER",
    ],
  ),
  mutant(
    "every address of a network of IPv6 has guesses of its own",
    [guard],
    ["src/ops/network-of.ts", "(address.value >> 64n) << 64n", "address.value"],
  ),
  mutant(
    "a list that went back is believed",
    ["test/integration/store/rosters.test.ts"],
    ["src/store/access/rosters.ts", "!known.ended.has(name)", "!known.ended.has(`not ${name}`)"],
  ),
  mutant(
    "a backfill hands over what is confidential unasked",
    ["test/integration/dispatch/planted.test.ts"],
    [
      "src/dispatch/worker/attempt-delivery.ts",
      "if (targeted) return mayBeGiven(settings, event.subject.type);",
      "if (targeted) return true;",
    ],
  ),
  mutant(
    "a planted delivery is sent",
    ["test/integration/dispatch/planted.test.ts"],
    ["src/dispatch/worker/attempt-delivery.ts", "if (!isMeantFor(endpoint, delivery, event))", "if (false)"],
  ),
];
