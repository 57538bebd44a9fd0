import { existsSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import { describe, expect, test as base } from "vitest";

import { type Asker, createAsker } from "../../../src/cli/init/ask.ts";
import { type InitDeps, type InitGiven, init } from "../../../src/cli/init/init.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { PLAIN } from "../../../src/cli/terminal/paint.ts";
import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { type ClinicServer, startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { ConfigError } from "../../../src/shared/errors.ts";
import { eventually } from "../../support/harness.ts";
import { closedPort } from "../../support/local-servers.ts";
import { temporaryFolder } from "../../support/redis-process.ts";
import { SECRET } from "../../support/test-config.ts";

interface Clinic {
  readonly server: ClinicServer;
  readonly key: string;
  readonly receiver: string;
}

const test = base
  .extend("clinic", async ({}, { onCleanup }): Promise<Clinic> => {
    const clinic = createClinic({ now: Date.now, seed: 5 });
    const server = await startClinicServer(clinic);
    const receiver = await startReceiver({ secret: SECRET });
    onCleanup(async () => {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    });
    return { server, key: clinic.addKey(), receiver: receiver.url };
  })
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = temporaryFolder();
    onCleanup(() => folder[Symbol.dispose]());
    return folder.path;
  });

const CONTACT = { contactName: "Northside", contactEmail: "it@northside.example" };

interface Ran {
  readonly said: () => string;
  readonly done: Promise<void>;
}

function run(folder: string, given: Partial<InitGiven>, more: Partial<InitDeps> = {}): Ran {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const deps = {
    folder,
    env: { PATH: process.env["PATH"] },
    asker: undefined,
    print,
    paint: PLAIN,
    now: Date.now,
  };
  const all = { baseUrl: undefined, url: undefined, opsHost: undefined, apiKey: undefined, ...given };
  return { said: () => lines.join("\n"), done: init(all, { ...deps, ...more }) };
}

/** What it said of a fault that ended it. */
async function faultOf({ done }: Ran): Promise<string> {
  try {
    await done;
    return "none";
  } catch (error) {
    if (!(error instanceof ConfigError)) return String(error);
    return error.problems.map(({ path, message }) => `${path} ${message}`).join("; ");
  }
}

test("an empty folder becomes an installation that start can read, its secrets for nobody else", async ({
  clinic: { server, key, receiver },
  folder,
}) => {
  const ran = run(folder, { ...CONTACT, apiKey: key, baseUrl: server.url, url: receiver });
  await ran.done;

  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  expect(files).toEqual([
    "notifier.yaml",
    "secrets",
    "secrets/cliniko_api_key",
    "secrets/encryption_key",
    "secrets/webhook_secret",
  ]);
  const modes = Object.fromEntries(files.map((name) => [name, statSync(join(folder, name)).mode & 0o777]));
  expect(modes).toEqual(Object.fromEntries(files.map((name) => [name, name === "secrets" ? 0o700 : 0o600])));
  expect(ran.said()).toContain("knows the key");
  expect(ran.said()).toContain("way to receiver");
  expect(ran.said()).toContain("Next, in this folder:  cliniko-webhooks start");
  expect(ran.said()).not.toContain(key);

  const text = readFileSync(join(folder, "notifier.yaml"), "utf8").replaceAll(
    "secrets/",
    `${folder}/secrets/`,
  );
  writeFileSync(join(folder, "elsewhere.yaml"), text);
  const config = await readConfig(join(folder, "elsewhere.yaml"), {});
  expect(config.accounts.map(({ name, apiKey }) => [name, apiKey.reveal()])).toEqual([["clinic", key]]);
  expect(config.endpoints.map(({ name, settings }) => [name, settings.url])).toEqual([
    ["receiver", receiver],
  ]);
});

test("what does not work is said, and nothing is written", async ({ clinic, folder }) => {
  const { server, key, receiver } = clinic;
  const works = { ...CONTACT, apiKey: key, baseUrl: server.url, url: receiver };
  const faults: readonly (readonly [Partial<InitGiven>, RegExp])[] = [
    [{ ...works, contactEmail: "nobody" }, /contact\.email is not an e-mail address/],
    [{ ...works, apiKey: "MS0x-wrong-au1" }, /account clinic .*key/],
    [{ ...works, apiKey: "wrong" }, /shard|account clinic/],
    [{ ...works, baseUrl: `http://127.0.0.1:${await closedPort()}/v1` }, /account clinic/],
    [{ ...works, url: `http://127.0.0.1:${await closedPort()}/` }, /way to receiver/],
    [{ ...works, url: "http://10.1.2.3/" }, /endpoints\.receiver\.url is plain http/],
    [{ ...works, url: "https://10.1.2.3/" }, /way to receiver 10\.1\.2\.3/],
    [{ ...works, url: "ftp://receiver.example" }, /endpoints\.receiver\.url/],
    [{ ...works, account: "North side" }, /accounts/],
    [{ apiKey: key }, /--contact-name is not given.*--contact-email is not given/],
  ];
  for (const [given, fault] of faults) {
    expect(await faultOf(run(folder, given))).toMatch(fault);
    expect(readdirSync(folder)).toEqual([]);
  }
  await run(folder, works).done;
});

test.for(["notifier.yaml", "secrets/cliniko_api_key"])(
  "%s that is there is left as it is",
  async (name, { clinic, folder }) => {
    const { server, key } = clinic;
    const works = { ...CONTACT, apiKey: key, baseUrl: server.url };
    await run(folder, works).done;
    const before = readFileSync(join(folder, name), "utf8");
    const { total } = server.requests;
    expect(await faultOf(run(folder, works))).toContain("nothing is overwritten");
    expect(readFileSync(join(folder, name), "utf8")).toBe(before);
    expect(server.requests.total).toBe(total);
  },
);

test.for<[what: string, make: (folder: string) => void, fault: RegExp]>([
  [
    "a link that leads nowhere in the place of the file",
    (folder) => symlinkSync(join(folder, "nowhere"), join(folder, "notifier.yaml")),
    /notifier\.yaml is there already/,
  ],
  [
    "a file in the place of the secrets' folder",
    (folder) => writeFileSync(join(folder, "secrets"), ""),
    /\/secrets cannot be written to: it is no folder/,
  ],
])("%s is refused before anything is asked or tried", async ([, make, fault], { folder }) => {
  make(folder);
  expect(await faultOf(run(folder, {}))).toMatch(fault);
});

test("without a URL the endpoints are made later", async ({ clinic: { server, key }, folder }) => {
  const ran = run(
    folder,
    { ...CONTACT, apiKey: key, baseUrl: server.url },
    { env: { npm_command: "exec", PATH: "" } },
  );
  await ran.done;
  expect(existsSync(join(folder, "secrets/webhook_secret"))).toBe(false);
  expect(readFileSync(join(folder, "notifier.yaml"), "utf8")).not.toContain("endpoints:");
  expect(ran.said()).toContain("npx cliniko-webhooks endpoints create --help");
  // There is no program to start as Redis on this path.
  expect(ran.said()).toContain("set REDIS_URL, or install redis-server");
});

describe("on a terminal", () => {
  interface Talk {
    readonly asker: Asker;
    /** Types a line once the question is there. */
    readonly answer: (question: RegExp, text: string) => Promise<void>;
    readonly shown: () => string;
    readonly input: PassThrough;
  }

  function startTalk(): Talk {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = "";
    let read = 0;
    output.on("data", (chunk: Buffer) => void (shown += chunk.toString()));
    return {
      input,
      asker: createAsker(input, output),
      shown: () => shown,
      answer: async (question, text) => {
        read += await eventually(() => {
          const found = question.exec(shown.slice(read));
          return found ? found.index + found[0].length : undefined;
        });
        input.write(`${text}\r`);
      },
    };
  }

  test("each answer is tried at once, a wrong one asked for again, and the key is not shown", async ({
    clinic,
    folder,
  }) => {
    const { server, key, receiver } = clinic;
    using talk = Object.assign(startTalk(), {
      [Symbol.dispose]: () => talk.asker[Symbol.dispose](),
    });
    const ran = run(folder, { baseUrl: server.url }, { asker: talk.asker });
    await talk.answer(/practice or company: /, "Northside");
    await talk.answer(/e-mail address .*: /, "nobody");
    await talk.answer(/e-mail address .*: /, "it@northside.example");
    await talk.answer(/short name .*\[clinic\]: /, "");
    await talk.answer(/API key .*: /, "MS0x-wrong-au1");
    await talk.answer(/API key .*: /, key);
    await talk.answer(/URL to call.*: /, receiver);
    await ran.done;

    expect(ran.said()).toContain("is not an e-mail address");
    expect(ran.said()).toContain("the key is wrong");
    expect(readFileSync(join(folder, "secrets/cliniko_api_key"), "utf8")).toBe(`${key}\n`);
    expect(talk.shown()).toContain("it@northside.example");
    expect(talk.shown()).not.toContain(key.slice(4, 12));
  });

  test("the end of the input ends it, and nothing is written", async ({ clinic: { server }, folder }) => {
    const talk = startTalk();
    const ran = run(folder, { baseUrl: server.url }, { asker: talk.asker });
    await talk.answer(/practice or company: /, "Northside");
    talk.input.end();
    expect(await faultOf(ran)).toContain("stopped: nothing was written");
    expect(readdirSync(folder)).toEqual([]);
  });
});
