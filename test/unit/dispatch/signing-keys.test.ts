import fc from "fast-check";
import { expect, test } from "vitest";

import { signingSecretFault } from "../../../src/config/signing-secret.ts";
import { createSigner, isLive } from "../../../src/dispatch/signing/sign.ts";
import {
  createSigningKey,
  publicKeyOf,
  rotateSigningKeys,
} from "../../../src/dispatch/signing/signing-keys.ts";
import type { SigningKey } from "../../../src/store/outbox/endpoint-store.ts";
import { verifyWebhook } from "../../../src/public/verify.ts";
import { V1, V1A } from "../../fixtures/signature-vectors.ts";

const NOW = 1_795_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test.each([
  ["v1", "whsec_", 32],
  ["v1a", "whsk_", 64],
] as const)(
  "a new %s key is %s and %i bytes, without fault, and never the same twice",
  (kind, prefix, bytes) => {
    const [first, second] = [createSigningKey(kind, NOW), createSigningKey(kind, NOW)];

    expect(first).toEqual({ kind, secret: expect.stringMatching(`^${prefix}`) as string, createdAt: NOW });
    expect(Buffer.from(first.secret.slice(prefix.length), "base64")).toHaveLength(bytes);
    expect(signingSecretFault(first.secret)).toBeUndefined();
    expect(first.secret).not.toBe(second.secret);
  },
);

test("the public key of Svix's vector comes out, and a shared secret has none", () => {
  expect(publicKeyOf(V1A)).toBe(V1A.publicKey);
  expect(publicKeyOf(V1)).toBeUndefined();
});

test("what a new v1a key signs, its public key verifies, and another's does not", () => {
  const key = createSigningKey("v1a", NOW);
  const headers = createSigner().headers([key], "evt_1", NOW / 1_000, "{}", NOW);
  const verify = (secret: string | undefined): string =>
    verifyWebhook({ secrets: [secret ?? ""], headers, body: "{}", nowMs: NOW }).kind;

  expect(verify(publicKeyOf(key))).toBe("verified");
  expect(verify(publicKeyOf(createSigningKey("v1a", NOW)))).toBe("refused");
});

test("a rotation puts the new key in front and lets the former one sign until the overlap is over", () => {
  const former = createSigningKey("v1", NOW - DAY);
  const fresh = createSigningKey("v1a", NOW);

  expect(rotateSigningKeys([former], fresh, { now: NOW, overlapMs: DAY })).toEqual([
    fresh,
    { ...former, expiresAt: NOW + DAY },
  ]);
});

test("a rotation from v1a to v1 overlaps the same", () => {
  const former = createSigningKey("v1a", NOW - DAY);
  const keys = rotateSigningKeys([former], createSigningKey("v1", NOW), { now: NOW, overlapMs: HOUR });
  const kindsAt = (at: number): string[] => keys.filter((key) => isLive(key, at)).map(({ kind }) => kind);

  expect(kindsAt(NOW)).toEqual(["v1", "v1a"]);
  expect(kindsAt(NOW + HOUR - 1)).toEqual(["v1", "v1a"]);
  expect(kindsAt(NOW + HOUR)).toEqual(["v1"]);
});

test("without an overlap the former keys are let go at once, with the least one they are not", () => {
  const former = createSigningKey("v1", 0);
  const fresh = createSigningKey("v1", NOW);

  expect(rotateSigningKeys([former], fresh, { now: NOW, overlapMs: 0 })).toEqual([fresh]);
  expect(rotateSigningKeys([former], fresh, { now: NOW, overlapMs: 1 })).toHaveLength(2);
});

test("two rotations in a row shorten the life of what was on its way out, and never lengthen it", () => {
  const first = createSigningKey("v1", 0);
  const second = createSigningKey("v1", NOW);
  const once = rotateSigningKeys([first], second, { now: NOW, overlapMs: HOUR });
  const twice = rotateSigningKeys(once, createSigningKey("v1", NOW), { now: NOW + 1, overlapMs: DAY });

  expect(twice.map(({ expiresAt }) => expiresAt)).toEqual([undefined, NOW + 1 + DAY, NOW + HOUR]);
  const late = rotateSigningKeys(once, second, { now: NOW + 2 * HOUR, overlapMs: DAY });
  expect(late.map(({ secret }) => secret)).not.toContain(first.secret);
});

test("after any rotation there is one key without an end, in front, and none signs for more than 7 days beside it", () => {
  const key = fc.record(
    {
      kind: fc.constant("v1" as const),
      secret: fc.string(),
      createdAt: fc.nat(),
      expiresAt: fc.nat(2 * NOW),
    },
    { requiredKeys: ["kind", "secret", "createdAt"] },
  ) as fc.Arbitrary<SigningKey>;
  const overlap = fc.integer({ min: -DAY, max: 30 * DAY });
  fc.assert(
    fc.property(fc.array(key), overlap, (keys, overlapMs) => {
      const fresh = createSigningKey("v1", NOW);
      const [front, ...rest] = rotateSigningKeys(keys, fresh, { now: NOW, overlapMs });

      expect(front).toEqual(fresh);
      for (const { expiresAt = Number.NaN } of rest) {
        expect(expiresAt).toBeGreaterThan(NOW);
        expect(expiresAt).toBeLessThanOrEqual(NOW + 7 * DAY);
      }
    }),
  );
});

test("however often a key is rotated, six sign at most: a header has an end", () => {
  let keys: readonly SigningKey[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    keys = rotateSigningKeys(keys, createSigningKey("v1", NOW + turn), {
      now: NOW + turn,
      overlapMs: 7 * DAY,
    });
  }
  expect(keys.map(({ createdAt }) => createdAt - NOW)).toEqual([19, 18, 17, 16, 15, 14]);
});
