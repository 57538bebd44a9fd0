import { expect, test } from "vitest";

import { crossSiteFault } from "../../../src/ops/browser-rules.ts";

const HOST = "webhooks.northside.example";
const OURS = {
  host: HOST,
  origin: `https://${HOST}`,
  "sec-fetch-site": "same-origin",
  "x-dashboard": "1",
};
const SITE = "This was sent from a page of another site.";
const ORIGIN = expect.stringContaining("a page of another origin");
const HEADER = "What a browser's session changes wants the header x-dashboard: 1.";

/** What differs from a request of a page of ours, and what is said to reading and to changing it. */
test.each([
  ["nothing", {}, undefined, undefined],
  ["no header of ours", { "x-dashboard": undefined }, undefined, HEADER],
  ["another value in it", { "x-dashboard": "true" }, undefined, HEADER],
  ["another site", { "sec-fetch-site": "cross-site" }, SITE, SITE],
  ["another host of our site", { "sec-fetch-site": "same-site" }, SITE, SITE],
  ["an address that was typed", { "sec-fetch-site": "none" }, undefined, SITE],
  ["something new to us", { "sec-fetch-site": "other" }, SITE, SITE],
  ["a browser that does not say", { "sec-fetch-site": undefined }, undefined, undefined],
  ["another origin", { origin: "https://evil.example" }, ORIGIN, ORIGIN],
  ["an origin that is kept secret", { origin: "null" }, ORIGIN, ORIGIN],
  ["a host that ends like ours", { origin: `https://evil-${HOST}` }, ORIGIN, ORIGIN],
  ["a host that begins like ours", { origin: `https://${HOST}.evil.example` }, ORIGIN, ORIGIN],
  ["another port of ours", { origin: `https://${HOST}:8443` }, ORIGIN, ORIGIN],
  ["the default port, written out", { host: `${HOST}:443` }, undefined, undefined],
  ["the other scheme's default port", { host: `${HOST}:80` }, ORIGIN, ORIGIN],
  ["plain http", { origin: `http://${HOST}` }, undefined, undefined],
  ["no origin", { origin: undefined }, undefined, undefined],
  ["no host", { host: undefined }, ORIGIN, ORIGIN],
])("%s", (_what, headers, reading, changing) => {
  const sent = { ...OURS, ...headers };
  for (const method of ["GET", "HEAD"]) {
    expect([method, crossSiteFault({ method, headers: sent }, undefined)]).toEqual([method, reading]);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    expect([method, crossSiteFault({ method, headers: sent }, undefined)]).toEqual([method, changing]);
  }
});

test("behind a proxy that writes a Host of its own, the public address is ours; its twin over http is not", () => {
  const behind = { ...OURS, host: "10.0.0.7:8321" };
  const fault = (publicUrl: string | undefined) =>
    crossSiteFault({ method: "POST", headers: behind }, publicUrl);

  expect(fault(undefined)).toEqual(ORIGIN);
  expect(fault(`https://${HOST}`)).toBeUndefined();
  expect(fault(`http://${HOST}`)).toEqual(ORIGIN);
  expect(fault("https://other.example")).toEqual(ORIGIN);
});
