import { createHmac } from "node:crypto";

import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import { createSigner } from "../../src/dispatch/signing/sign.ts";
import {
  type Verification,
  type WebhookToVerify,
  verifyBody,
  verifyWebhook,
} from "../../src/public/verify.ts";
import { V1, V1A, V1_EXTRA } from "../fixtures/signature-vectors.ts";

type Vector = typeof V1;

function requestOf(vector: Vector, more: Partial<WebhookToVerify> = {}): WebhookToVerify {
  return {
    secrets: [vector.secret],
    headers: {
      "webhook-id": vector.id,
      "webhook-timestamp": String(vector.timestamp),
      "webhook-signature": vector.signature,
    },
    body: vector.body,
    nowMs: vector.timestamp * 1_000,
    ...more,
  };
}

const V1A_PUBLIC = { ...V1A, secret: V1A.publicKey };

function failed(check: string, reason: string): Verification {
  return { kind: "refused", check, reason: expect.stringContaining(reason) as string } as Verification;
}

test.each([
  ["the reference library's, v1", V1],
  ["Svix's server's, v1a", V1A_PUBLIC],
])("%s vector is verified", (_whose, vector) => {
  expect(verifyWebhook(requestOf(vector))).toEqual({
    kind: "verified",
    id: vector.id,
    timestampSeconds: vector.timestamp,
  });
  expect(verifyWebhook(requestOf(vector, { body: Buffer.from(vector.body) })).kind).toBe("verified");
});

test("what the reference library signs is verified, with the secret's whsec_ and without", () => {
  const at = new Date(V1.timestamp * 1_000);
  const signature = new Webhook(V1.secret).sign("evt_1", at, '{"name":"Zoë 李"}');
  const request = requestOf({ ...V1, id: "evt_1", body: '{"name":"Zoë 李"}', signature });

  expect(verifyWebhook(request).kind).toBe("verified");
  expect(verifyWebhook({ ...request, secrets: [V1.secret.replace("whsec_", "")] }).kind).toBe("verified");
});

test.each([
  ["v1", V1],
  ["v1a", V1A_PUBLIC],
])(
  "one byte more in the body, another id or another time, and %s is refused at its signature",
  (_version, vector) => {
    const { headers } = requestOf(vector);
    const spoilt = [
      { body: `${vector.body} ` },
      { headers: { ...headers, "webhook-id": `${vector.id}x` } },
      { headers: { ...headers, "webhook-timestamp": String(vector.timestamp + 1) } },
    ];

    for (const change of spoilt) {
      expect(verifyWebhook(requestOf(vector, change))).toEqual(failed("signature", "no signature fits"));
    }
  },
);

test("a body that is not UTF-8 is verified by its bytes, and by nothing that only reads like them", () => {
  const body = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
  const key = { kind: "v1" as const, secret: V1.secret, createdAt: 0 };
  const headers = createSigner().headers([key], "evt_1", V1.timestamp, body, 0);

  expect(verifyWebhook(requestOf(V1, { headers, body })).kind).toBe("verified");
  expect(verifyWebhook(requestOf(V1, { headers, body: body.toString("utf8") }))).toEqual(
    failed("signature", "no signature fits"),
  );
});

test.each([-300, 300])("a clock that is %i s off is tolerated", (seconds) => {
  const nowMs = (V1.timestamp + seconds) * 1_000;

  expect(verifyWebhook(requestOf(V1, { nowMs })).kind).toBe("verified");
});

test.each([
  [301, "is 301 s old"],
  [-301, "is 301 s in the future"],
])("a clock that is %i s off is not: the attempt %s", (seconds, reason) => {
  const nowMs = (V1.timestamp + seconds) * 1_000;

  expect(verifyWebhook(requestOf(V1, { nowMs }))).toEqual(failed("timestamp", reason));
  expect(verifyWebhook(requestOf(V1, { nowMs, toleranceSeconds: 301 })).kind).toBe("verified");
});

test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("without %s it is refused", (name) => {
  const { headers } = requestOf(V1);

  for (const value of [undefined, "", []]) {
    expect(verifyWebhook(requestOf(V1, { headers: { ...headers, [name]: value } }))).toEqual(
      failed("headers", `${name} is missing`),
    );
  }
});

test.each(["soon", "1.6e9", "-1614265330", "1614265330.0", "0x60377e72", "99999999999999"])(
  "a time of %j is no unix seconds",
  (timestamp) => {
    const { headers } = requestOf(V1);

    expect(verifyWebhook(requestOf(V1, { headers: { ...headers, "webhook-timestamp": timestamp } }))).toEqual(
      failed("headers", "webhook-timestamp is not unix seconds"),
    );
  },
);

test("names of headers are read in any letters, and values given as lists", () => {
  const headers = {
    "Webhook-Id": V1.id,
    "WEBHOOK-TIMESTAMP": [String(V1.timestamp)],
    "Webhook-Signature": ["v1,AAAA", V1.signature],
  };

  expect(verifyWebhook(requestOf(V1, { headers })).kind).toBe("verified");
});

test.each([
  ["only one of several is right", `v1,AAAA ${V1.signature} v1,BBBB`, "verified"],
  ["an unknown version stands beside it", `v2,AAAA ${V1.signature}`, "verified"],
  ["it is of a version to come", V1.signature.replace("v1,", "v2,"), "refused"],
  ["it is v1 in the words of v1a", V1.signature.replace("v1,", "v1a,"), "refused"],
  ["it has no version", V1.signature.replace("v1,", ""), "refused"],
  ["it is the beginning of the right one", V1.signature.slice(0, -8), "refused"],
  ["it is empty", "v1,", "refused"],
  ["it is not base64", "v1,???", "refused"],
])("when %s: %s is %s", (_what, signature, kind) => {
  const { headers } = requestOf(V1);
  const result = verifyWebhook(requestOf(V1, { headers: { ...headers, "webhook-signature": signature } }));

  expect([result.kind, "check" in result ? result.check : undefined]).toEqual([
    kind,
    kind === "refused" ? "signature" : undefined,
  ]);
});

test("a v1a signature of the wrong length is refused, not an error", () => {
  const { headers } = requestOf(V1A_PUBLIC);
  const short = { ...headers, "webhook-signature": "v1a,AAAA" };

  expect(verifyWebhook(requestOf(V1A_PUBLIC, { headers: short }))).toEqual(
    failed("signature", "no signature fits"),
  );
});

const OTHER_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

test("during a rotation any of the secrets will do, of either version", () => {
  for (const secrets of [
    [OTHER_SECRET, V1.secret],
    [V1.secret, V1A.publicKey],
    [V1A.publicKey, V1.secret],
  ]) {
    expect(verifyWebhook(requestOf(V1, { secrets })).kind).toBe("verified");
    expect(
      verifyWebhook(requestOf(V1, { secrets: secrets.filter((secret) => secret !== V1.secret) })).kind,
    ).toBe("refused");
  }
});

const SIZE = "a whsec_ secret is not 24 to 64 bytes in base64";

test.each([
  [[], "there is no secret"],
  [["whsec_"], SIZE],
  [[""], SIZE],
  [["undefined"], SIZE],
  [["whsec_undefined"], SIZE],
  [["null"], SIZE],
  [["whsec_AA=="], SIZE],
  [[`whsec_${Buffer.alloc(23, 1).toString("base64")}`], SIZE],
  [[`whsec_${Buffer.alloc(65, 1).toString("base64")}`], SIZE],
  [[V1_EXTRA.secret], SIZE],
  // What is cut off, written twice or has something in the middle would be read as other bytes.
  [[V1.secret.slice(0, -1)], SIZE],
  [[`${V1.secret}=`], SIZE],
  [[V1.secret.replace("9", " ")], SIZE],
  [[V1.secret.replace("9", "*")], SIZE],
  [[`"${V1.secret}"`], SIZE],
  [[V1A.secret], "a whsk_ key is the sender's"],
  [["whpk_AAAA"], "a whpk_ key is not 32 bytes"],
  [["whpk_undefined"], "a whpk_ key is not 32 bytes"],
  [[V1.secret, "whsec_"], SIZE],
  [Array.from({ length: 11 }, () => V1.secret), "more than 10 secrets"],
])("the secrets %j are refused before anything is compared", (secrets, reason) => {
  expect(verifyWebhook(requestOf(V1, { secrets }))).toEqual(failed("secrets", reason));
});

test.each([24, 25, 26, 64])("a secret of %i bytes verifies what it signed", (length) => {
  const secret = `whsec_${Buffer.alloc(length, 9).toString("base64")}`;
  const signature = new Webhook(secret).sign(V1.id, new Date(V1.timestamp * 1_000), V1.body);

  expect(verifyWebhook(requestOf({ ...V1, secret, signature })).kind).toBe("verified");
});

test("ten signatures are looked at, eleven are refused, and three thousand cost nothing", () => {
  const { headers } = requestOf(V1A_PUBLIC);
  const among = (count: number): Verification => {
    const others = Array.from({ length: count - 1 }, () => `v1a,${Buffer.alloc(64, 1).toString("base64")}`);
    const signature = [...others, V1A.signature].join(" ");
    return verifyWebhook(requestOf(V1A_PUBLIC, { headers: { ...headers, "webhook-signature": signature } }));
  };

  expect(among(10).kind).toBe("verified");
  expect(among(11)).toEqual(failed("signature", "more than 10 signatures"));
  expect(among(3_000)).toEqual(failed("headers", "webhook-signature is too long"));
});

test("an id with a dot could be read as another id and time, and is refused", () => {
  const at = `${V1.id}.${V1.timestamp}`;
  const signature = new Webhook(V1.secret).sign(at, new Date(V1.timestamp * 1_000), V1.body);

  expect(verifyWebhook(requestOf({ ...V1, id: at, signature }))).toEqual(failed("headers", "has a dot"));
  expect(verifyWebhook(requestOf({ ...V1, id: "e".repeat(257) }))).toEqual(failed("headers", "too long"));
});

test.each<[string, object, string, string]>([
  ["a secret that is not set", { secrets: [undefined] }, "secrets", "not set"],
  ["no list of secrets", { secrets: undefined }, "arguments", "secrets is not a list"],
  ["one secret instead of a list", { secrets: V1.secret }, "arguments", "secrets is not a list"],
  ["no headers", { headers: undefined }, "arguments", "headers is not an object"],
  ["headers of another kind", { headers: { "webhook-id": 7 } }, "headers", "webhook-id is missing"],
  ["no body", { body: undefined }, "arguments", "before any parsing"],
  ["a body that was parsed", { body: { test: 1 } }, "arguments", "before any parsing"],
  ["a body that is a number", { body: 3 }, "arguments", "before any parsing"],
  ["no time", { nowMs: undefined }, "arguments", "nowMs is not a number"],
  ["a time that is none", { nowMs: Number.NaN }, "arguments", "nowMs is not a number"],
  ["a date", { nowMs: new Date() }, "arguments", "nowMs is not a number"],
  ["a tolerance that is none", { toleranceSeconds: Number.NaN }, "arguments", "toleranceSeconds"],
  ["a tolerance below zero", { toleranceSeconds: -1 }, "arguments", "toleranceSeconds"],
])("%s is refused, and nothing is thrown", (_what, more, check, reason) => {
  expect(verifyWebhook({ ...requestOf(V1), ...more })).toEqual(failed(check, reason));
});

test.each([undefined, null, 7, "text", []])("%j instead of a request is refused", (request) => {
  expect(verifyWebhook(request as unknown as WebhookToVerify)).toEqual(failed("arguments", ""));
});

test("an empty secret does not verify what an empty secret signed", () => {
  // What anybody could make: HMAC-SHA256 with no key, over the same content.
  const content = `${V1.id}.${V1.timestamp}.${V1.body}`;
  const signature = `v1,${createHmac("sha256", "").update(content).digest("base64")}`;
  const forged = { ...V1, secret: "whsec_", signature };

  expect(verifyWebhook(requestOf(forged))).toEqual(failed("secrets", SIZE));
});

test("no reason repeats a secret or the body", () => {
  const requests = [
    requestOf(V1, { body: "Ada Lovelace" }),
    requestOf(V1, { secrets: [V1A.secret] }),
    requestOf(V1, { nowMs: 0 }),
  ];

  for (const request of requests) {
    const result = JSON.stringify(verifyWebhook(request));
    expect(result).toContain("refused");
    expect(result).not.toMatch(/Ada|MfKQ9|6Xb\/d/);
  }
});

test("the signature of a body alone is refused for what is not one, and for secrets that anybody has", () => {
  const secret = V1.secret;
  const digest = createHmac("sha256", secret).update(V1.body).digest("hex");
  const fits = { secrets: [secret], signature: `sha256=${digest}`, body: V1.body };
  expect(verifyBody(fits)).toBe(true);
  expect(verifyBody({ ...fits, secrets: [V1_EXTRA_LONG, secret] })).toBe(true);
  const empty = createHmac("sha256", "").update(V1.body).digest("hex");
  const bad: readonly unknown[] = [
    { ...fits, signature: digest },
    { ...fits, signature: undefined },
    { ...fits, signature: [`sha256=${digest}`] },
    { ...fits, signature: `sha256=${digest.slice(0, 40)}` },
    { ...fits, signature: `sha1=${digest}` },
    { ...fits, body: `${V1.body} ` },
    { ...fits, body: {} },
    { ...fits, secrets: [] },
    { ...fits, secrets: Array.from({ length: 11 }, () => secret) },
    { ...fits, secrets: [""], signature: `sha256=${empty}` },
    { ...fits, secrets: [undefined] },
    { ...fits, secrets: undefined },
  ];
  for (const request of bad) expect(verifyBody(request as typeof fits)).toBe(false);
});

const V1_EXTRA_LONG = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
