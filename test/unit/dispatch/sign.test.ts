import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { expect, test } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { signatureHeaders } from "../../../src/dispatch/sign.ts";

/** Not ours: from the reference library's tests (standard-webhooks, libraries/javascript) and Svix's documentation. */
const V1 = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const V1_EXTRA = {
  secret: "whsec_plJ3nmyCDGBKInavdOK15jsl",
  id: "msg_loFOjxBNrRLzqYUf",
  timestamp: 1_731_705_121,
  body: '{"event_type":"ping","data":{"success":true}}',
  signature: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
};

test.each([
  ["the reference library", V1],
  ["Svix's documentation", V1_EXTRA],
])("the signature of %s comes out", (_whose, { secret, id, timestamp, body, signature }) => {
  expect(signatureHeaders(new Secret(secret), id, timestamp, body)).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  });
});

test("a secret signs the same with and without its whsec_", () => {
  const bare = new Secret(V1.secret.replace("whsec_", ""));

  expect(signatureHeaders(bare, V1.id, V1.timestamp, V1.body)["webhook-signature"]).toBe(V1.signature);
});

test("the public verifier accepts what we sign, letters beyond ASCII included", () => {
  const body = JSON.stringify({ type: "patient.updated", data: { first_name: "Zoë 李" } });
  const now = Math.floor(Date.now() / 1_000);
  const headers = signatureHeaders(new Secret(V1.secret), "evt_1", now, body);

  expect(new Webhook(V1.secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(new Webhook(V1.secret).verify(Buffer.from(body), headers)).toEqual(JSON.parse(body));
});

test.each([
  ["another body", { body: '{"a":2}' }],
  ["another id", { id: "evt_2" }],
  ["another secret", { secret: V1_EXTRA.secret }],
  ["a time six minutes ago", { ageSeconds: 360 }],
] as const)("the public verifier refuses it with %s", (_what, changed) => {
  const now = Math.floor(Date.now() / 1_000);
  const sent = { body: '{"a":1}', id: "evt_1", secret: V1.secret, ageSeconds: 0, ...changed };
  const headers = signatureHeaders(new Secret(V1.secret), "evt_1", now - sent.ageSeconds, '{"a":1}');

  expect(() => new Webhook(sent.secret).verify(sent.body, { ...headers, "webhook-id": sent.id })).toThrow(
    WebhookVerificationError,
  );
});
