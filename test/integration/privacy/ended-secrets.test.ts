import { createHash } from "node:crypto";
import { join } from "node:path";

import { expect, test } from "vitest";

import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { countInFolder, rewriteAppendLog } from "../../../src/store/redis/rewrite-log.ts";
import { startApi } from "../../support/api-harness.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { eventually } from "../../support/harness.ts";
import { openWithAllKeys } from "../../support/key-thief.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";
import { type Loot, search, stealFrom } from "../../support/thief.ts";

const PREFIX = "ended";

test("with all keys, nothing of an ended endpoint, token or session is left in Redis or its files, and of the last two an older copy opens nothing that lets in", async () => {
  using home = temporaryFolder();
  const [data, keys] = [join(home.path, "data"), join(home.path, "keys")];
  await using server = await startPrivateRedis(data, redisProgram());
  await using api = await startApi({
    address: { socketPath: server.socketPath },
    prefix: PREFIX,
    setup: { settings: { data_folder: data, keys_folder: keys } },
  });
  const { config, redis } = api.base;
  const made = await api.ask("POST", "/v1/endpoints", {
    body: { url: "https://crm.example.com/hooks?key=grimsditch", events: ["*"] },
    headers: { "idempotency-key": "once" },
  });
  const rotated = await api.ask("POST", `/v1/endpoints/${String(made.body["id"])}/rotate`, { body: {} });
  const secrets = [made, rotated].map(({ text }) => /whsec_[\w+/=]+/.exec(text)?.[0] ?? "none was given");
  const token = await api.ask("POST", "/v1/tokens", { body: { name: "crm", role: "viewer" } });
  const [tokenText = "", tokenSecret = ""] = /cwt_[0-9a-f]{12}_([\w-]{43})/.exec(token.text) ?? [];
  const browser = createBrowserRequests(api.url);
  expect((await browser.signIn({ token: tokenText })).status).toBe(204);
  const cookie = browser.cookie?.split("=")[1] ?? "";
  const keyed = await api.ask("POST", "/v1/tokens", {
    body: { name: "crm", role: "viewer" },
    headers: { "idempotency-key": "once" },
  });
  const [, keyedSecret = ""] = /cwt_[0-9a-f]{12}_([\w-]{43})/.exec(keyed.text) ?? [];
  const hashes = [tokenSecret, cookie].map((secret) => createHash("sha256").update(secret).digest("hex"));
  const seenIn = (loot: readonly Loot[], texts: readonly string[]): number[] => {
    const all = [...loot, ...openWithAllKeys(loot, config, keys)];
    return texts.map((text) => search(all, [text]).length);
  };

  const older = await stealFrom(redis, PREFIX);
  const exhibits = older.filter(
    (one) => search(openWithAllKeys([one], config, keys), [...secrets, ...hashes, "grimsditch"]).length > 0,
  );
  // An endpoint has to sign: whoever has a copy from before, and the encryption key, has its secret and its address.
  expect(seenIn(older, [...secrets, "grimsditch"]).every((count) => count > 0)).toBe(true);
  // Of what lets in, only a hash of 256 random bits ever rests; what is to be told again is sealed with what its caller showed.
  expect(keyedSecret).toHaveLength(43);
  expect(seenIn(older, [tokenText, tokenSecret, cookie, keyedSecret])).toEqual([0, 0, 0, 0]);
  expect(seenIn(older, hashes).every((count) => count > 0)).toBe(true);

  expect((await browser.ask("DELETE", "/ops/session")).status).toBe(204);
  expect((await api.ask("DELETE", `/v1/tokens/${String(token.body["id"])}`)).status).toBe(204);
  expect((await api.ask("DELETE", `/v1/endpoints/${String(made.body["id"])}`)).status).toBe(204);

  const texts = [...secrets, ...hashes, "grimsditch"];
  expect(seenIn(await stealFrom(redis, PREFIX), texts)).toEqual(texts.map(() => 0));
  const tags = exhibits.map(({ bytes }) => bytes.subarray(-24));
  expect(tags.length).toBeGreaterThanOrEqual(3);
  expect(await countInFolder(data, tags)).toBeGreaterThan(0);
  // As it is done once a day.
  expect(await rewriteAppendLog(redis, new AbortController().signal)).toBeUndefined();
  await eventually(async () => (await countInFolder(data, tags)) === 0 || undefined);
}, 300_000);
