import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Webhook } from "standardwebhooks";
import { expect, test as base } from "vitest";

import { grade } from "../../src/cli/grade/grade.ts";
import { createSigningKey, publicKeyOf } from "../../src/dispatch/signing/signing-keys.ts";
import { V1, V1A } from "../fixtures/signature-vectors.ts";

const FOLDER = new URL("../../docs/receivers/", import.meta.url);
const page = readFileSync(new URL("../../docs/receiving.md", import.meta.url), "utf8");
const files = readdirSync(FOLDER);

interface Running {
  readonly url: string;
  /** What it has printed since it listens, line by line. */
  readonly worked: () => readonly string[];
}

/** Starts a receiver as a reader of the page would, on a free port. */
const test = base.extend(
  "start",
  async ({}, { onCleanup }) =>
    async (file: string, env: Readonly<Record<string, string>>): Promise<Running> => {
      const child = spawn(process.execPath, [fileURLToPath(new URL(file, FOLDER))], {
        env: { PATH: process.env["PATH"] ?? "", PORT: "0", ...env },
        stdio: ["ignore", "pipe", "inherit"],
      });
      onCleanup(async () => {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
      const port = (): string | undefined => /(?:127\.0\.0\.1|port): ?(\d+)/.exec(out)?.[1];
      await expect.poll(port).toBeDefined();
      return {
        url: `http://127.0.0.1:${port()}/webhooks`,
        worked: () => out.split("\n").filter((line) => line.includes(" _grade/")),
      };
    },
);

test("the page has every receiver, to the letter, and no other", () => {
  const shown = [...page.matchAll(/<!-- (\S+) -->\n\n```\w+\n(.*?)```\n\n<!-- end of \1 -->/gs)];
  expect(shown.map(([, file]) => file).toSorted()).toEqual(files.toSorted());
  for (const [, file = "", code] of shown)
    expect(code, file).toBe(readFileSync(new URL(file, FOLDER), "utf8"));
});

test("the page has the published test vectors", () => {
  for (const text of [V1.id, String(V1.timestamp), V1.body, V1.secret, V1.signature])
    expect(page).toContain(text);
  for (const text of [V1A.publicKey, V1A.signature]) expect(page).toContain(text);
  expect(page).not.toContain("whsk_6Xb");
});

test("every receiver for Node that the page shows is run here", () => {
  expect(files.filter((file) => file.endsWith(".mjs")).toSorted()).toEqual([
    "express.mjs",
    "fastify.mjs",
    "v1a.mjs",
  ]);
});

test.for([
  ["fastify.mjs", "v1"],
  ["express.mjs", "v1"],
  ["v1a.mjs", "v1a"],
] as const)(
  "%s is all green, and works off each event once and in its order",
  async ([file, kind], { start }) => {
    const key = createSigningKey(kind, 0);
    const publicKey = publicKeyOf(key);
    const { url, worked } = await start(
      file,
      publicKey === undefined ? { WEBHOOK_SECRET: key.secret } : { WEBHOOK_PUBLIC_KEY: publicKey },
    );
    const lines: string[] = [];
    const outcome = await grade(
      { url, secret: key.secret, publicKey, account: "_grade", json: false, colour: false },
      (line) => void lines.push(line),
    );
    expect(outcome, lines.join("\n")).toBe("green");
    // 72 requests: 7 forgeries are refused, 2 are duplicates, and 1 is older than what is there.
    await expect.poll(() => worked().length).toBe(62);
    expect(new Set(worked()).size).toBe(62);
  },
);

test("a lower number that was read later is worked off: numbers begin anew where Redis was emptied", async ({
  start,
}) => {
  const { secret } = createSigningKey("v1", 0);
  const webhook = new Webhook(secret);
  const { url, worked } = await start("fastify.mjs", { WEBHOOK_SECRET: secret });
  const send = async (sequence: number, at: string): Promise<void> => {
    const subject = { type: "appointment", id: "1" };
    const body = JSON.stringify({
      type: "appointment.updated",
      account: "_grade",
      subject,
      sequence,
      observed: { at },
    });
    const sent = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": `evt_${sequence}_${at}`,
      "webhook-timestamp": String(Math.floor(sent.getTime() / 1_000)),
      "webhook-signature": webhook.sign(`evt_${sequence}_${at}`, sent, body),
    };
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(204);
  };
  await send(7, "2026-11-22T09:00:20Z");
  await send(6, "2026-11-22T09:00:20Z");
  await send(1, "2026-11-22T09:00:40Z");
  await send(2, "2026-11-22T09:00:40Z");

  await expect.poll(() => worked().map((line) => line.split(" ").at(-1))).toEqual(["7", "1", "2"]);
});
