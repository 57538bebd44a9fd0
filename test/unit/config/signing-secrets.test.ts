import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { ENVIRONMENT, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

/** Svix's key (svix-server, worker.rs): 32 bytes of seed, 32 of public key. */
const WHSK = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const WHPK = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const FORMER = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

function spoil(position: number): string {
  const bytes = Buffer.from(WHSK.slice("whsk_".length), "base64");
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  return `whsk_${bytes.toString("base64")}`;
}

function withFormer(references: string): string {
  return fileWith(
    "secret: { env: CRM_SECRET }",
    `secret: { env: CRM_SECRET }\n    former_secrets: ${references}`,
  );
}

test("a whsk_ key is accepted, and signs v1a", () => {
  const [endpoint] = parseFile(fileWith("", ""), { ...ENVIRONMENT, CRM_SECRET: WHSK }).endpoints;

  expect(endpoint?.signingKeys.map(({ kind, secret }) => [kind, secret.reveal()])).toEqual([["v1a", WHSK]]);
});

test.each([
  ["a public key", WHPK, "is a public key: it verifies and cannot sign"],
  ["a seed alone", `whsk_${Buffer.alloc(32, 1).toString("base64")}`, "is not an ed25519 key"],
  ["another seed", spoil(0), "holds a public key that does not belong to its seed"],
  ["another public key", spoil(63), "holds a public key that does not belong to its seed"],
  ["65 bytes", `whsk_${Buffer.alloc(65, 1).toString("base64")}`, "is not an ed25519 key"],
  ["the words of another scheme", "whxx_AAAA", "is not a Standard Webhooks secret"],
])("%s is refused as a secret, without being shown", (_what, value, message) => {
  const problems = problemsOf(fileWith("", ""), { ...ENVIRONMENT, CRM_SECRET: value });

  expect(problems).toMatchObject([
    { path: "endpoints.crm.secret", message: expect.stringContaining(message) },
  ]);
  expect(JSON.stringify(problems)).not.toContain(value.slice("whsk_".length));
});

test("former secrets sign beside the present one, of either kind, the present one first", () => {
  const env = { ...ENVIRONMENT, CRM_SECRET: WHSK, CRM_FORMER: FORMER };

  expect(
    parseFile(withFormer("[{ env: CRM_FORMER }]"), env).endpoints[0]?.signingKeys.map(({ kind, secret }) => [
      kind,
      secret.reveal(),
    ]),
  ).toEqual([
    ["v1a", WHSK],
    ["v1", FORMER],
  ]);
});

test("a former secret is by reference and of the same quality as the present one", () => {
  expect(problemsOf(withFormer(`[${FORMER}]`))).toMatchObject([
    { path: "endpoints.crm.former_secrets.0", message: "is written in the file itself" },
  ]);
  expect(
    problemsOf(withFormer("[{ env: CRM_FORMER }]"), { ...ENVIRONMENT, CRM_FORMER: "whsec_c2hvcnQ=" }),
  ).toMatchObject([
    { path: "endpoints.crm.former_secrets.0", message: expect.stringContaining("24 to 64 bytes") },
  ]);
});

test("TLS material is read from its files", () => {
  const text = fileWith(
    "payload: changes",
    "tls: { ca: { file: ca.pem }, certificate: { file: sender.pem }, key: { file: sender.key } }",
  );

  expect(parseFile(text, ENVIRONMENT, pem).endpoints[0]?.settings.tls).toEqual({
    ca: pem("ca.pem").trim(),
    certificate: pem("sender.pem").trim(),
    key: pem("sender.key").trim(),
  });
});

test.each([
  ["{ ca: { file: sender.key } }", "tls.ca", "is not a certificate in PEM"],
  ["{ certificate: { file: sender.pem } }", "tls", "has no key"],
  ["{ key: { file: sender.key } }", "tls", "has no certificate"],
  [
    "{ certificate: { file: sender.pem }, key: { file: receiver.key } }",
    "tls.key",
    "is not the key of this certificate",
  ],
  [
    "{ certificate: { file: sender.pem }, key: { file: ca.pem } }",
    "tls.key",
    "is not a private key in PEM that opens without a passphrase",
  ],
])("TLS material %s is refused at %s: it %s", (tls, path, message) => {
  expect(problemsOf(fileWith("payload: changes", `tls: ${tls}`), ENVIRONMENT, pem)).toMatchObject([
    { path: `endpoints.crm.${path}`, message },
  ]);
});
