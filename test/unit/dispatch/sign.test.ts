import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { expect, test } from "vitest";

import { bodySignatureOf, createSigner } from "../../../src/dispatch/signing/sign.ts";
import type { SigningKey } from "../../../src/store/outbox/endpoint-store.ts";
import { V1, V1A, V1_EXTRA } from "../../fixtures/signature-vectors.ts";

const NOW = 1_731_705_121_000;
const signer = createSigner();

function keyOf(secret: string, more: Partial<SigningKey> = {}): SigningKey {
  return { kind: secret.startsWith("whsk_") ? "v1a" : "v1", secret, createdAt: 0, ...more };
}

test.each([
  ["the reference library, v1", V1],
  ["Svix's documentation, v1", V1_EXTRA],
  ["Svix's server, v1a", V1A],
])("the signature of %s comes out", (_whose, { secret, id, timestamp, body, signature }) => {
  expect(signer.headers([keyOf(secret)], id, timestamp, body, NOW)).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  });
});

test("Svix's package verifies what we sign, beside a signature of a kind that it does not know", () => {
  const { secret, id, body } = V1;
  const now = Date.now();
  const keys = [keyOf(V1A.secret), keyOf(secret)];
  const headers = { ...signer.headers(keys, id, Math.floor(now / 1_000), body, now) };
  const verifier = new SvixWebhook(secret);

  expect(verifier.verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => verifier.verify(`${body} `, headers)).toThrow("No matching signature found");
});

test("a secret signs the same with and without its whsec_", () => {
  const bare = keyOf(V1.secret.replace("whsec_", ""));

  expect(signer.headers([bare], V1.id, V1.timestamp, V1.body, NOW)["webhook-signature"]).toBe(V1.signature);
});

test("every live key signs, in the order given", () => {
  const keys = [keyOf(V1A.secret), keyOf(V1.secret)];
  const { id, timestamp, body } = V1;

  expect(signer.headers(keys, id, timestamp, body, NOW)["webhook-signature"]).toBe(
    `${V1A.signature} ${V1.signature}`,
  );
  expect(signer.headers(keys.toReversed(), id, timestamp, body, NOW)["webhook-signature"]).toBe(
    `${V1.signature} ${V1A.signature}`,
  );
});

test.each([
  [NOW + 1, true],
  [NOW, false],
  [NOW - 1, false],
  [undefined, true],
])("a key that expires at %s signs: %j", (expiresAt, signs) => {
  const keys = [keyOf(V1_EXTRA.secret), keyOf(V1.secret, { expiresAt })];
  const header = signer.headers(keys, V1.id, V1.timestamp, V1.body, NOW)["webhook-signature"];

  expect(header.split(" ")).toHaveLength(signs ? 2 : 1);
  expect(header.includes(V1.signature)).toBe(signs);
});

test("nothing goes out unsigned: without a live key there are no headers", () => {
  const expired = keyOf(V1.secret, { expiresAt: NOW - 1 });

  expect(() => signer.headers([expired], "evt_1", V1.timestamp, V1.body, NOW)).toThrow(
    "no signing key is left for evt_1",
  );
  expect(() => signer.headers([], "evt_1", V1.timestamp, V1.body, NOW)).toThrow(RangeError);
});

test("the public verifier accepts what we sign, letters beyond ASCII included", () => {
  const body = JSON.stringify({ type: "patient.updated", data: { first_name: "Zoë 李" } });
  const now = Math.floor(Date.now() / 1_000);
  const headers = { ...signer.headers([keyOf(V1.secret)], "evt_1", now, body, NOW) };

  expect(new Webhook(V1.secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(new Webhook(V1.secret).verify(Buffer.from(body), headers)).toEqual(JSON.parse(body));
});

test.each([
  ["v1 beside a former v1", [V1.secret, V1_EXTRA.secret]],
  ["v1 beside v1a", [V1A.secret, V1.secret]],
])("during a rotation, %s, the public verifier is content with either secret", (_what, secrets) => {
  const now = Math.floor(Date.now() / 1_000);
  const headers = {
    ...signer.headers(
      secrets.map((secret) => keyOf(secret)),
      "evt_1",
      now,
      "{}",
      NOW,
    ),
  };

  for (const secret of secrets.filter((known) => known.startsWith("whsec_"))) {
    expect(new Webhook(secret).verify("{}", headers)).toEqual({});
  }
});

test.each([
  ["another body", { body: '{"a":2}' }],
  ["another id", { id: "evt_2" }],
  ["another secret", { secret: V1_EXTRA.secret }],
  ["a time six minutes ago", { ageSeconds: 360 }],
] as const)("the public verifier refuses it with %s", (_what, changed) => {
  const now = Math.floor(Date.now() / 1_000);
  const sent = { body: '{"a":1}', id: "evt_1", secret: V1.secret, ageSeconds: 0, ...changed };
  const headers = signer.headers([keyOf(V1.secret)], "evt_1", now - sent.ageSeconds, '{"a":1}', NOW);

  expect(() => new Webhook(sent.secret).verify(sent.body, { ...headers, "webhook-id": sent.id })).toThrow(
    WebhookVerificationError,
  );
});

test("more secrets than are kept open at once are signed with all the same", () => {
  const fresh = createSigner();
  const sign = (secret: string): string =>
    fresh.headers([keyOf(secret)], V1.id, V1.timestamp, V1.body, NOW)["webhook-signature"];

  for (let index = 0; index < 2_100; index++) {
    sign(`whsec_${Buffer.alloc(24, index).toString("base64")}${index}`);
  }
  expect(sign(V1.secret)).toBe(V1.signature);
});

test("the signature of the body alone is GitHub's, by the newest shared secret that is live", () => {
  // Source: docs.github.com, "Validating webhook deliveries".
  const github = keyOf("It's a Secret to Everybody");
  const expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  expect(bodySignatureOf([github], "Hello, World!", NOW)).toBe(expected);
  expect(bodySignatureOf([keyOf(V1A.secret), github, keyOf(V1.secret)], "Hello, World!", NOW)).toBe(expected);
  const former = keyOf(V1.secret, { expiresAt: NOW });
  expect(bodySignatureOf([former, github], Buffer.from("Hello, World!"), NOW)).toBe(expected);
  expect(bodySignatureOf([former, keyOf(V1A.secret)], "Hello, World!", NOW)).toBeUndefined();
});
