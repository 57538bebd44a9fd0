import { expect, test } from "vitest";

import { afterSignIn, signInPath } from "../../../../dashboard/shell/sign-in-path.ts";

test("who wanted the home page signs in without further words", () => {
  expect(signInPath("/", "")).toBe("/sign-in");
});

test.for(["/endpoints/crm/deliveries?state=failed&type=a.b", "/?range=week"])(
  "signing in leads back to %s",
  (place) => {
    const [path = "", search = ""] = place.split("?");
    const then = new URLSearchParams(signInPath(path, search).split("?")[1]).get("then");
    expect(afterSignIn(then)).toEqual({ kind: "page", path: place });
  },
);

test.for([
  "//evil.example/",
  "/\\evil.example",
  "https://evil.example/",
  "/\t/evil.example",
  "javascript:alert(1)",
  "",
  null,
])("%j leads home", (then) => {
  expect(afterSignIn(then)).toEqual({ kind: "page", path: "/" });
});

test("the sign-in page does not lead to itself", () => {
  expect(afterSignIn("/sign-in?then=%2Fevents")).toEqual({ kind: "page", path: "/" });
});

test("the queue board, which is no page of the dashboard, is loaded", () => {
  expect(afterSignIn("/ops/queues/queue/deliver")).toEqual({
    kind: "load",
    path: "/ops/queues/queue/deliver",
  });
  expect(afterSignIn("/ops/queuesque")).toEqual({ kind: "page", path: "/ops/queuesque" });
});
