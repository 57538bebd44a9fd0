import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";

const MOST_BYTES = 250_000;
const MOST_REQUESTS = 12;

test("the first load is small: at most 250 kB over the wire and 12 requests before there is something to read", async ({
  open,
  world,
}) => {
  const signedIn = await open({ role: "nobody", path: "/sign-in" });
  const page = await signedIn.context().newPage();
  // A window that has nothing in its cache: signed in, and never here before.
  await page.request.post(`${world.url}/ops/session`, {
    data: { token: world.tokens.admin },
    headers: { origin: world.url, "x-dashboard": "1" },
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const urls = new Map<string, string>();
  const bytes = new Map<string, number>();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  /** What was asked for until the overview was there: before that there is nothing to read. */
  let before = 0;
  session.on("Network.loadingFinished", ({ requestId }) => {
    if (urls.get(requestId)?.endsWith("/v1/overview") && before === 0) before = urls.size;
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
    bytes.set(requestId, encodedDataLength),
  );

  await page.goto(`${world.url}/ops/`);
  await expectSettled(page);
  const asked = [...urls.values()].map((url) => url.replace(world.url, ""));
  const loaded = [...bytes].map(([id, size]) => [urls.get(id)?.replace(world.url, ""), size] as const);

  expect(before, asked.join("\n")).toBeLessThanOrEqual(MOST_REQUESTS);
  expect(before).toBeGreaterThan(4);
  expect(
    loaded.reduce((sum, [, size]) => sum + size, 0),
    loaded.join("\n"),
  ).toBeLessThanOrEqual(MOST_BYTES);
  // The twin: it is the dashboard that was counted.
  expect(asked).toEqual(expect.arrayContaining(["/ops/", "/v1/overview"]));
});
