import { expect, test } from "vitest";

import { createUrlCheck } from "../../../src/dispatch/http/check-again.ts";
import type { TargetPolicy } from "../../../src/dispatch/http/target-guard.ts";
import { cidrs } from "../../support/cidrs.ts";

const URL_OF_OURS = "http://127.0.0.1:8080/hooks";

/** Opens this machine, but for the ports that listen. Counts how often it was asked. */
function policyOf(listening: ReadonlySet<number>): {
  readonly policy: TargetPolicy;
  readonly asked: () => number;
} {
  let asked = 0;
  const policy: TargetPolicy = {
    allowHttp: true,
    allowedRanges: cidrs("127.0.0.1/32"),
    own: {
      find: (_address, port) => {
        asked += 1;
        return listening.has(port) ? "the service" : undefined;
      },
    },
  };
  return { policy, asked: () => asked };
}

test("a URL that passed is not read again for a moment, and then is: what listens there may have changed", () => {
  let now = 0;
  const listening = new Set<number>();
  const { policy, asked } = policyOf(listening);
  const check = createUrlCheck(() => now);
  for (let call = 0; call < 3; call += 1) expect(check(URL_OF_OURS, policy)).toMatchObject({ kind: "ok" });
  expect(asked()).toBe(1);

  listening.add(8080);
  now += 1_000;
  expect(check(URL_OF_OURS, policy)).toMatchObject({ kind: "refused" });
  // A refusal is judged each time.
  listening.clear();
  expect(check(URL_OF_OURS, policy)).toMatchObject({ kind: "ok" });
});

test("what passed under one policy is judged anew under another, and so is another URL", () => {
  const check = createUrlCheck(() => 0);
  const { policy } = policyOf(new Set());
  expect(check(URL_OF_OURS, policy).kind).toBe("ok");

  expect(check(URL_OF_OURS, { ...policy, allowedRanges: [] }).kind).toBe("refused");
  expect(check("http://127.0.0.2:8080/hooks", policy).kind).toBe("refused");
});

test("after the clock was set back a URL is judged anew", () => {
  let now = 1_000_000;
  const { policy, asked } = policyOf(new Set());
  const check = createUrlCheck(() => now);
  check(URL_OF_OURS, policy);
  now = 0;
  check(URL_OF_OURS, policy);
  expect(asked()).toBe(2);
});
