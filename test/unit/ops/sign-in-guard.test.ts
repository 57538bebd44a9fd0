import { expect, test } from "vitest";

import { networkOf } from "../../../src/ops/network-of.ts";
import { type SignInGuard, createSignInGuard } from "../../../src/ops/sign-ins/sign-in-guard.ts";

const MINUTE = 60_000;
const NEWCOMER = { ip: "198.51.100.77", id: "r" };

/** Guesses once from there. True: it was looked at. */
function guess(guard: SignInGuard, ip: string): boolean {
  if (guard.blockedFor({ ip, id: "r" }) !== undefined) return false;
  guard.failed("api", { ip, id: "r" }, "counted");
  return true;
}

/** So many addresses, each as often as it may, in turns. */
function attack(guard: SignInGuard, addresses: number, times: number): number {
  let lookedAt = 0;
  for (let time = 0; time < times; time += 1) {
    for (let address = 0; address < addresses; address += 1) {
      if (guess(guard, `203.0.113.${address}`)) lookedAt += 1;
    }
  }
  return lookedAt;
}

test.each([
  [1, 10],
  [2, 20],
  [40, 40],
  [250, 120],
])("from %i addresses at once, %i guesses of a minute are looked at", (addresses, most) => {
  const guard = createSignInGuard(
    () => 0,
    () => undefined,
  );

  expect(attack(guard, addresses, 10)).toBe(most);
});

test("the same addresses have fewer guesses in the minutes that follow, and the count comes to an end", () => {
  let now = 0;
  const guard = createSignInGuard(
    () => now,
    () => undefined,
  );
  const counts = [0, 1, 2, 70].map((minute) => {
    now = minute * MINUTE;
    return attack(guard, 40, 10);
  });

  expect(counts).toEqual([40, 20, 20, 40]);
});

test("while it goes on, who has not failed is looked at, and so is who was let in before", () => {
  const guard = createSignInGuard(
    () => 0,
    () => undefined,
  );
  const [known, clumsy] = ["198.51.100.1", "198.51.100.2"];
  guard.opened({ ip: known, id: "r" });
  attack(guard, 40, 10);

  expect(guard.blockedFor(NEWCOMER)).toBeUndefined();
  expect(guess(guard, clumsy)).toBe(true);
  expect(guess(guard, clumsy)).toBe(false);
  expect([guess(guard, known), guess(guard, known)]).toEqual([true, true]);
  // With the attack so large that new places are kept out as well, it is still let in where it was before.
  attack(guard, 250, 10);
  expect(guard.blockedFor(NEWCOMER)).toBe(MINUTE);
  expect(guard.blockedFor({ ip: known, id: "r" })).toBeUndefined();
});

test("what only was told of is held against nobody", () => {
  const guard = createSignInGuard(
    () => 0,
    () => undefined,
  );
  for (let time = 0; time < 500; time += 1) guard.failed("cookie", NEWCOMER, "told");

  expect(guard.blockedFor(NEWCOMER)).toBeUndefined();
});

test("guesses at other processes count here in the same minute, and in no other", () => {
  let now = 5 * MINUTE;
  const guard = createSignInGuard(
    () => now,
    () => undefined,
  );
  guess(guard, "203.0.113.1");
  expect(guard.blockedFor({ ip: "203.0.113.1", id: "r" })).toBeUndefined();

  guard.heardOf(4, 500);
  expect(guess(guard, "203.0.113.1")).toBe(true);
  guard.heardOf(5, 20);
  expect(guess(guard, "203.0.113.1")).toBe(false);
  expect(guard.blockedFor(NEWCOMER)).toBeUndefined();

  now += MINUTE;
  expect(guess(guard, "203.0.113.1")).toBe(true);
});

test("all addresses of one network of 64 bits are one, and a mapped one is its IPv4", () => {
  const guard = createSignInGuard(
    () => 0,
    () => undefined,
  );
  const lookedAt = Array.from({ length: 400 }, (_, number) =>
    guess(guard, `2001:db8:1:2::${number.toString(16)}`),
  );

  expect(lookedAt.filter(Boolean)).toHaveLength(10);
  expect(guess(guard, "2001:db8:1:3::1")).toBe(true);
  expect(networkOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("2001:db8:1:2:3::4")).toBe("2001:db8:1:2::/64");
  expect(networkOf("fe80::1%eth0")).toBe("fe80::/64");
  expect(networkOf("unknown")).toBe("unknown");
  expect(networkOf("whatever a proxy passes on")).toBe("unknown");
});
