import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { type GradeOptions, type GradeOutcome, grade } from "../../src/cli/grade/grade.ts";
import { createSigningKey, publicKeyOf } from "../../src/dispatch/signing/signing-keys.ts";
import { closedPort, startHttp, startTcp } from "../support/local-servers.ts";
import { verifyBody } from "../../src/public/verify.ts";
import {
  type Asked,
  type Judge,
  isDuplicate,
  startSubscriber,
  subscriberWith,
} from "../support/subscriber.ts";
import { SECRET } from "../support/test-config.ts";

const FORGERIES = [
  "no signature",
  "a wrong signature",
  "another secret",
  "a changed body",
  "only a scheme to come",
  "an old attempt",
  "an attempt from the future",
];

interface Card {
  readonly outcome: string;
  readonly passed: boolean;
  readonly to_mend: readonly string[];
  readonly results: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly statuses: number[];
  }[];
}

async function gradeUrl(
  url: string,
  options: Partial<GradeOptions> = {},
): Promise<{ outcome: GradeOutcome; printed: string }> {
  const lines: string[] = [];
  const outcome = await grade(
    { url, secret: SECRET, publicKey: undefined, account: "_grade", json: false, colour: false, ...options },
    (line) => void lines.push(line),
  );
  return { outcome, printed: lines.join("\n") };
}

async function cardOf(judge: Judge, options: Partial<GradeOptions> = {}): Promise<Card> {
  await using subscriber = await startSubscriber(judge);
  const { printed } = await gradeUrl(subscriber.url, { json: true, ...options });
  return JSON.parse(printed) as Card;
}

function failed({ results }: Card): string[] {
  return results.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
}

const parsed = ({ request }: Asked): Record<string, unknown> =>
  JSON.parse(request.body) as Record<string, unknown>;

const rewritten = ({ body }: { readonly body: string }): string => JSON.stringify(JSON.parse(body));

test("a subscriber as it should be is all green, and what cannot be seen is said", async () => {
  await using subscriber = await startSubscriber(subscriberWith());
  const { outcome, printed } = await gradeUrl(subscriber.url);
  expect(outcome).toBe("green");
  expect(printed).toContain("17 of 17 passed");
  expect(printed).toContain("What cannot be seen from outside:\n  · a duplicate was answered");
  expect(printed).not.toContain("mend");
});

test("so is one that verifies with a public key, when it is graded with the private one", async () => {
  const key = createSigningKey("v1a", 0);
  const publicKey = publicKeyOf(key) ?? "";
  await using subscriber = await startSubscriber(subscriberWith({ secret: publicKey }));
  expect(await gradeUrl(subscriber.url, { secret: key.secret, publicKey })).toMatchObject({
    outcome: "green",
  });
});

test("a receiver that checks the body alone is sent that signature, and graded for what it lets through", async () => {
  const header = "x-hub-signature-256";
  const bodyAlone: Judge = ({ request: { headers, body } }) =>
    verifyBody({ secrets: [SECRET], signature: headers[header], body }) ? 204 : 401;
  await using subscriber = await startSubscriber(bodyAlone);
  expect((await gradeUrl(subscriber.url)).outcome).toBe("not_green");
  const card = await cardOf(bodyAlone, { bodySignature: "X-Hub-Signature-256" });
  expect(failed(card)).toContain("an old attempt");
  expect(failed(card)).not.toContain("a changed body");
  expect(failed(card)).not.toContain("another secret");
});

test("three mistakes are named, those three and no other", async () => {
  const card = await cardOf(
    subscriberWith({
      body: rewritten,
      toleranceSeconds: Number.POSITIVE_INFINITY,
      taken: (asked) => (isDuplicate(asked) ? 500 : 204),
    }),
  );
  expect(card.to_mend).toEqual([
    "docs/receiving.md#verify-the-bytes-as-they-came",
    "docs/receiving.md#duplicates",
    "docs/receiving.md#refuse-old-attempts",
  ]);
  expect(failed(card)).toEqual([
    "unusual bytes",
    "a duplicate",
    "an old attempt",
    "an attempt from the future",
  ]);
  expect(card).toMatchObject({ outcome: "graded", passed: false });
});

describe("one mistake fails the cases that are about it", () => {
  const one = (header: string | string[] | undefined): string => String(header);
  const taken = (judge: Judge): Judge => subscriberWith({ taken: judge });
  const signatureOnly = (change: (signature: string) => string): Judge =>
    subscriberWith({
      headers: ({ headers }) => ({
        ...headers,
        "webhook-signature": change(one(headers["webhook-signature"])),
      }),
    });
  const unless = (exception: (asked: Asked) => boolean): Judge => {
    const judge = subscriberWith();
    return (asked) => (exception(asked) ? 204 : judge(asked));
  };

  test.each<[string, Judge, readonly string[]]>([
    ["takes everything", () => 204, FORGERIES],
    ["crashes instead of refusing", subscriberWith({ refused: 500 }), FORGERIES],
    ["says 410 instead of 401", subscriberWith({ refused: 410 }), FORGERIES],
    ["writes the body anew", subscriberWith({ body: rewritten }), ["unusual bytes"]],
    [
      "looks at the first signature alone",
      signatureOnly((text) => text.split(" ")[0] ?? ""),
      ["a rotated secret", "a scheme to come"],
    ],
    [
      "refuses a version it does not know",
      (asked) =>
        one(asked.request.headers["webhook-signature"]).includes("v9,") ? 400 : subscriberWith()(asked),
      ["a scheme to come"],
    ],
    [
      "takes what has only versions that it does not know",
      unless(({ request }) => /^v9,\S*$/.test(one(request.headers["webhook-signature"]))),
      ["only a scheme to come"],
    ],
    [
      "takes what has no headers",
      unless(({ request }) => request.headers["webhook-id"] === undefined),
      ["no signature"],
    ],
    [
      "holds the event's own time against the clock",
      taken((asked) =>
        Date.now() - Date.parse(String(parsed(asked)["timestamp"])) > 86_400_000 ? 401 : 204,
      ),
      ["a late event"],
    ],
    ["takes 16 kB", taken(({ request }) => (request.body.length > 16_384 ? 413 : 204)), ["a big event"]],
    [
      "refuses a number that is not the next",
      taken((asked) => {
        const { subject, sequence } = parsed(asked);
        const before = asked.before
          .map((request) => parsed({ request, before: [] }))
          .filter((event) => JSON.stringify(event["subject"]) === JSON.stringify(subject));
        return before.some((event) => Number(event["sequence"]) > Number(sequence)) ? 409 : 204;
      }),
      ["out of order"],
    ],
    [
      "refuses a type it does not know",
      taken((asked) => (parsed(asked)["type"] === "appointment.teleported" ? 422 : 204)),
      ["something new"],
    ],
    [
      "refuses fields it does not know",
      taken((asked) => ("added_later" in parsed(asked) ? 422 : 204)),
      ["something new"],
    ],
    ["cannot take many", taken(({ before }) => (before.length > 40 ? 503 : 204)), ["a burst"]],
    ["has no clock", subscriberWith({ toleranceSeconds: 1e9 }), FORGERIES.slice(-2)],
  ])("one that %s", async (_mistake, judge, cases) => {
    expect(failed(await cardOf(judge))).toEqual(cases);
  });
});

test("a failed case says what was sent, expected and answered, why it matters and how to mend it", async () => {
  await using subscriber = await startHttp((request, response) => {
    const status = subscriberWith()({ request, before: [] });
    const late = request.body.includes("teleported");
    response.writeHead(late ? 422 : status).end(late ? "unknown\n  type" : "");
  });
  const { outcome, printed } = await gradeUrl(subscriber.url);
  expect(outcome).toBe("not_green");
  expect(printed.replace(/\d+ ms/g, "5 ms")).toContain(`
✗ something new              422 after 5 ms
    sent      a type that does not exist yet, a known one with fields that do not exist yet, and one with the records that it leads to
    expected  2xx within 15 s
    came      422 after 5 ms: “unknown type”
    why       types and fields are added without notice; refused, each would be sent for three days
    mend      answer 2xx to a type that you do not know, and ignore fields that you do not know: docs/receiving.md#what-may-be-added
`);
  expect(printed).toContain(
    "16 of 17 passed, 1 failed\n1 thing to mend: docs/receiving.md#what-may-be-added",
  );
});

describe("where a good event is not taken", () => {
  test("nothing else is sent, and another secret is thought of", async () => {
    const other = createSigningKey("v1", 0).secret;
    await using subscriber = await startSubscriber(subscriberWith({ secret: other }));
    const { outcome, printed } = await gradeUrl(subscriber.url);
    expect(outcome).toBe("not_green");
    expect(printed).toContain("The other 16 cases were not sent");
    expect(printed).toContain("verify with the secret that --secret-env names");
    expect(subscriber.received).toHaveLength(1);
  });

  test.each([
    [404, "the address of the route"],
    [308, "the URL that answers itself"],
    [410, "answer 410 only when"],
    [500, "answer 2xx to a POST"],
  ])("a %d says: %s", async (status, words) => {
    await using subscriber = await startSubscriber(() => status);
    expect((await gradeUrl(subscriber.url)).printed).toContain(words);
  });

  test("one that does not listen gets one clear message", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/webhooks`;
    const { outcome, printed } = await gradeUrl(url);
    expect(outcome).toBe("no_answer");
    expect(printed.split("\n").slice(2)).toEqual([
      `${url} does not answer (ECONNREFUSED): start your receiver, or mend the address. Nothing was graded.`,
    ]);
    expect(JSON.parse((await gradeUrl(url, { json: true })).printed)).toMatchObject({
      outcome: "no_answer",
      passed: false,
      results: [],
    });
  });

  test("so does one that listens and says nothing", async () => {
    await using silent = await startTcp(() => undefined);
    const { outcome, printed } = await gradeUrl(silent.url, { timeoutMs: 100 });
    expect(outcome).toBe("no_answer");
    expect(printed).toContain("(nothing within 0.1 s)");
  });
});

test("what cannot be graded is said before anything is sent", async () => {
  await using subscriber = await startSubscriber(subscriberWith());
  const { secret } = createSigningKey("v1a", 0);
  const publicKey = publicKeyOf(createSigningKey("v1a", 0));
  const why = async (url: string, options: Partial<GradeOptions>): Promise<unknown> =>
    await gradeUrl(url, options).then(
      () => "graded",
      ({ problems }: { problems: { path: string; message: string }[] }) =>
        problems.map(({ path, message }) => `${path} ${message}`),
    );
  expect(await why("crm.example.com", {})).toEqual(["<url> is not an address of http or https"]);
  expect(await why(subscriber.url, { secret: "whsec_c2hvcnQ=" })).toEqual([
    expect.stringContaining("--secret-env is not a Standard Webhooks secret"),
  ]);
  expect(await why(subscriber.url, { secret, publicKey })).toEqual([
    "--public-key does not belong to the whsk_ key of --secret-env",
  ]);
  expect(await why(subscriber.url, { publicKey })).toEqual([
    "--public-key is for v1a, but --secret-env names a whsec_ secret, which is v1",
  ]);
  expect(subscriber.received).toHaveLength(0);
});

describe("the command", () => {
  const PROGRAM = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

  async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [PROGRAM, "grade", ...args], {
      env: { PATH: process.env["PATH"] ?? "", CRM_SECRET: SECRET },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, out, err };
  }

  test("ends with 0 for green, 1 for a failure, 3 where nobody answers", async () => {
    await using good = await startSubscriber(subscriberWith());
    await using careless = await startSubscriber(() => 200);
    const green = await run(good.url, "--secret-env", "CRM_SECRET");
    expect(green).toMatchObject({ code: 0, err: "" });
    // Not a terminal: no colours.
    expect(green.out).toContain("✓ a good event  ");
    expect(green.out).not.toContain("\u001B");
    expect(await run(careless.url, "--secret-env", "CRM_SECRET")).toMatchObject({ code: 1 });
    const nobody = await run(`http://127.0.0.1:${await closedPort()}`, "--secret-env", "CRM_SECRET");
    expect(nobody.code).toBe(3);
  });

  test("ends with 2 without a secret", async () => {
    expect(await run("http://127.0.0.1:9999")).toMatchObject({ code: 2 });
    expect(await run("http://127.0.0.1:9999", "--secret-env", "OTHER")).toMatchObject({
      code: 2,
      err: expect.stringContaining("the environment variable OTHER is not set") as string,
    });
  });
});
