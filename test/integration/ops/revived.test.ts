import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { copyKeys } from "../../support/copy-keys.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { test } from "../../support/api-test.ts";

/** Only what is sealed of this one thing, and not the list that says what lives. */
async function withoutLists(redis: Redis, prefix: string, putBack: () => Promise<void>): Promise<void> {
  const lists = `${prefix}:{_service}:rosters`;
  const kept = await redis.dumpBuffer(lists);
  await putBack();
  await redis.restore(lists, 0, kept ?? "", "REPLACE");
}

for (const whole of [false, true]) {
  const how = whole ? "everything is put back as it was" : "its own bytes are put back";

  test(`what has ended stays ended when ${how}`, async ({ api, prefix, redis }) => {
    const browser = createBrowserRequests(api.url);
    const [revoked, kept] = [await api.token({ role: "admin" }), await api.token({ role: "admin" })];
    const { body: link } = await api.ask<{ path: string }>("POST", "/v1/sign-in-links");
    const code = link.path.split("=")[1] ?? "";
    const settings = { url: "https://crm.example/hooks", events: ["patient.*"] };
    expect((await api.ask("POST", "/v1/endpoints", { body: { id: "crm", ...settings } })).status).toBe(201);
    expect((await browser.signIn({ token: kept })).status).toBe(204);
    const cookie = browser.cookie ?? "";
    const putBack = await copyKeys(redis, `${prefix}:*`);

    expect((await api.ask("DELETE", `/v1/tokens/${revoked.split("_")[1]}`)).status).toBe(204);
    expect((await api.ask("DELETE", "/v1/endpoints/crm")).status).toBe(204);
    expect((await browser.ask("DELETE", "/ops/session")).status).toBe(204);
    expect((await createBrowserRequests(api.url).signIn({ code })).status).toBe(204);
    expect((await api.ask("GET", "/v1/me", { token: revoked })).status).toBe(401);

    if (whole) await putBack();
    else await withoutLists(redis, prefix, putBack);

    expect((await api.ask("GET", "/v1/me", { token: revoked })).status).toBe(401);
    expect((await api.ask("GET", "/v1/endpoints/crm")).status).toBe(404);
    expect((await createBrowserRequests(api.url).signIn({ code })).status).toBe(401);
    const asked = await createBrowserRequests(api.url).ask("GET", "/v1/me", { headers: { cookie } });
    expect(asked.status).toBe(401);
    // What has not ended is as alive as before, and an ended name may be given again.
    expect((await api.ask("GET", "/v1/me", { token: kept })).status).toBe(200);
    expect((await api.ask("POST", "/v1/endpoints", { body: { id: "crm", ...settings } })).status).toBe(201);
    expect((await api.ask("GET", "/v1/endpoints/crm")).status).toBe(200);
  });
}
