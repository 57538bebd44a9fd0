import { format, inspect } from "node:util";

import { expect, test } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { ENVIRONMENT, FILE, errorOf, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const REFERENCES = {
  "accounts.northside.api_key": "{ env: NORTHSIDE_KEY }",
  "endpoints.crm.secret": "{ env: CRM_SECRET }",
  "encryption.0.key": "{ env: ENCRYPTION_KEY }",
  "ops.token": "{ env: OPS_TOKEN }",
};

function noSuchFile(): string {
  throw new Error("ENOENT: no such file");
}

/** Everything that a careless line of code could do with a value. */
function showings(value: unknown): string[] {
  return [
    JSON.stringify(value),
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    inspect(value, { depth: Infinity, customInspect: false, showHidden: true }),
    format("%s %o %O %j", value, value, value, value),
    // oxlint-disable-next-line typescript/restrict-template-expressions, typescript/no-base-to-string -- the careless line
    `${value}`,
    JSON.stringify(structuredClone(JSON.parse(JSON.stringify(value)))),
  ];
}

test("a secret shows itself when asked and in no other way", () => {
  const secret = new Secret("open sesame");

  expect(secret.reveal()).toBe("open sesame");
  for (const shown of showings(secret)) expect(shown).not.toContain("sesame");
  expect(`${secret.toString()} ${JSON.stringify({ secret })}`).toBe('[secret] {"secret":"[secret]"}');
  expect(Object.values(secret)).toEqual([]);
});

test("no secret shows in a configuration, however it is printed", () => {
  const config = parseFile(FILE);
  const shown = [config, config.accounts, config.endpoints, config.encryptionKeys, config.ops].flatMap(
    showings,
  );

  for (const text of shown) {
    for (const value of Object.values(ENVIRONMENT)) expect(text).not.toContain(value);
  }
  expect(config.endpoints[0]?.signingKeys[0]?.secret.reveal()).toBe(ENVIRONMENT["CRM_SECRET"]);
});

test("no secret shows in the error about one, nor in the error about something else", () => {
  const bad = {
    NORTHSIDE_KEY: "MS4xLThisKeyIsNotShown-notashard",
    CRM_SECRET: "whsec_VGhpc0lzTm90U2hvd24=",
    ENCRYPTION_KEY: "VGhpc0tleUlzTm90U2hvd24=",
    OPS_TOKEN: "NotShownEither",
  };
  const ofSecrets = errorOf(FILE, bad);
  const ofOthers = errorOf(fileWith("port: 9000", "port: none"));

  expect(ofSecrets?.problems.map(({ path }) => path).toSorted()).toEqual(Object.keys(REFERENCES).toSorted());
  expect(ofOthers?.problems).toHaveLength(1);
  for (const text of [ofSecrets, ofOthers].flatMap(showings)) {
    for (const value of [...Object.values(bad), ...Object.values(ENVIRONMENT)]) {
      expect(text).not.toContain(value);
    }
  }
});

test.each(Object.entries(REFERENCES))(
  "%s written into the file is refused, without repeating it",
  (path, reference) => {
    const problems = problemsOf(fileWith(reference, "whsec_TGl0ZXJhbFNlY3JldEluVGhlRmlsZTEy"));

    expect(problems).toMatchObject([
      {
        path,
        message: "is written in the file itself",
        remedy: expect.stringContaining("{ env: NAME } or { file: /path }"),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain("TGl0ZXJhbFNlY3JldEluVGhlRmlsZTEy");
  },
);

test.each([
  "{ env: CRM_SECRET, file: /run/secrets/crm }",
  "{ evn: CRM_SECRET }",
  '{ env: "" }',
  "{}",
  "[CRM_SECRET]",
  "42",
])("%s is no reference to a secret", (reference) => {
  expect(problemsOf(fileWith("{ env: CRM_SECRET }", reference))).toMatchObject([
    { path: "endpoints.crm.secret", line: 15, message: "is not a reference to a secret" },
  ]);
});

test("a secret is read from its file, without the line's end", () => {
  const read: string[] = [];
  const config = parseFile(
    fileWith("{ env: CRM_SECRET }", "{ file: /run/secrets/crm }"),
    { ...ENVIRONMENT, CRM_SECRET: undefined },
    (path) => {
      read.push(path);
      return `${ENVIRONMENT["CRM_SECRET"]}\n`;
    },
  );

  expect(read).toEqual(["/run/secrets/crm"]);
  expect(config.endpoints[0]?.signingKeys[0]?.secret.reveal()).toBe(ENVIRONMENT["CRM_SECRET"]);
});

test("a secret's file that is empty is told from one that cannot be read", () => {
  const text = fileWith("{ env: CRM_SECRET }", "{ file: /run/secrets/crm }");

  expect(problemsOf(text, ENVIRONMENT, () => " \n")).toMatchObject([
    {
      path: "endpoints.crm.secret",
      message: "the file /run/secrets/crm is empty",
      remedy: "put the secret that you share with this endpoint into it",
    },
  ]);
  expect(problemsOf(text, ENVIRONMENT, noSuchFile)).toMatchObject([
    { path: "endpoints.crm.secret", message: "the file /run/secrets/crm cannot be read" },
  ]);
});

test.each([undefined, "", "  ", "\t\n"])("a variable that holds %j is not set", (value) => {
  expect(problemsOf(FILE, { ...ENVIRONMENT, CRM_SECRET: value })).toEqual([
    {
      path: "endpoints.crm.secret",
      line: 15,
      message: "the environment variable CRM_SECRET is not set",
      remedy: "set CRM_SECRET to the secret that you share with this endpoint",
    },
  ]);
});

test.each(["MS4xLTEyMzQ1-au1", "MS4xLTEyMzQ1-AU12", "MS4xLTEyMzQ1", "MS4x-with-dashes-uk2"])(
  "the API key %s is accepted",
  (key) => {
    const config = parseFile(FILE, { ...ENVIRONMENT, NORTHSIDE_KEY: ` ${key}\n` });

    expect(config.accounts[0]?.apiKey.reveal()).toBe(key);
  },
);

test.each([
  ["MS4xLTEyMzQ1-au", "does not end in a shard"],
  ["MS4xLTEyMzQ1-au123", "does not end in a shard"],
  ["MS4xLTEyMzQ1-", "does not end in a shard"],
  ["MS4xLTEyMzQ1-au1.evil.example", "does not end in a shard"],
  ["MS4xLTEyMzQ1-@evil", "does not end in a shard"],
  ["MS4xLTEyMzQ1:password-au1", "holds a character that no Cliniko key has"],
  ["MS4x LTEyMzQ1-au1", "holds a character that no Cliniko key has"],
  ["MS4x\nLTEyMzQ1-au1", "holds a character that no Cliniko key has"],
  ["MS4xé-au1", "holds a character that no Cliniko key has"],
])("the API key %j is refused: it %s", (key, message) => {
  const problems = problemsOf(FILE, { ...ENVIRONMENT, NORTHSIDE_KEY: key });

  expect(problems).toMatchObject([
    {
      path: "accounts.northside.api_key",
      line: 9,
      message: expect.stringContaining(message),
      remedy: "copy the whole key again from Cliniko: My info → Manage API keys",
    },
  ]);
});

test.each([
  [23, false],
  [24, true],
  [64, true],
  [65, false],
])("a webhook secret of %i bytes is usable: %j", (bytes, usable) => {
  const secret = `whsec_${Buffer.alloc(bytes, 5).toString("base64")}`;
  const paths = problemsOf(FILE, { ...ENVIRONMENT, CRM_SECRET: secret }).map(({ path }) => path);

  expect(paths).toEqual(usable ? [] : ["endpoints.crm.secret"]);
});

test("a webhook secret without its whsec_ is refused", () => {
  const bare = Buffer.alloc(32, 5).toString("base64");

  expect(problemsOf(FILE, { ...ENVIRONMENT, CRM_SECRET: bare })).toMatchObject([
    {
      path: "endpoints.crm.secret",
      message: expect.stringContaining("is not a Standard Webhooks secret"),
      remedy: 'make one: echo "whsec_$(openssl rand -base64 32)"',
    },
  ]);
});

test.each([
  [Buffer.alloc(16, 1).toString("base64"), false],
  [Buffer.alloc(31, 1).toString("base64"), false],
  [Buffer.alloc(33, 1).toString("base64"), false],
  [Buffer.alloc(32, 1).toString("hex"), false],
  [Buffer.alloc(32, 255).toString("base64url"), false],
  [Buffer.alloc(32, 255).toString("base64"), true],
])("the encryption key %s is usable: %j", (key, usable) => {
  const paths = problemsOf(FILE, { ...ENVIRONMENT, ENCRYPTION_KEY: key }).map(({ path }) => path);

  expect(paths).toEqual(usable ? [] : ["encryption.0.key"]);
});

test("an ops token of 16 characters is accepted, of 15 it is not", () => {
  expect(problemsOf(FILE, { ...ENVIRONMENT, OPS_TOKEN: "x".repeat(16) })).toEqual([]);
  expect(problemsOf(FILE, { ...ENVIRONMENT, OPS_TOKEN: "x".repeat(15) })).toMatchObject([
    { path: "ops.token", message: "is shorter than 16 characters" },
  ]);
});
