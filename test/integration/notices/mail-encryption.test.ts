import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { type NoticeOutcome, noticeWays } from "../../../src/dispatch/notices/send-notice.ts";
import { type MailServer, startMailServer } from "../../support/smtp-server.ts";

const PROGRAM = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const AUTHORITY = fileURLToPath(new URL("../../fixtures/tls/ca.pem", import.meta.url));
const PASSWORD = "a password";
const NOTICE = { title: "A test", items: [], closing: undefined };

function urlOf(scheme: string, host: string, { port }: MailServer): string {
  return `${scheme}://notices:${encodeURIComponent(PASSWORD)}@${host}:${port}`;
}

async function send(url: string): Promise<NoticeOutcome | undefined> {
  const email = { server: new Secret(url), from: "notices@example.com", to: ["it@example.com"] };
  const [way] = noticeWays({ notices: { email } });
  return await way?.send(NOTICE);
}

/** In a process that trusts the authority of the tests, as an operator has it trust one. */
async function sendTrusting(url: string): Promise<{ readonly code: number; readonly out: string }> {
  const folder = await mkdtemp(join(tmpdir(), "cw-mail-"));
  try {
    await writeFile(
      join(folder, "notifier.yaml"),
      `contact: { name: Northside, email: it@northside.example }
encryption: [{ id: k1, key: { env: ENCRYPTION_KEY } }]
accounts: { northside: { api_key: { env: NORTHSIDE_KEY } } }
notices: { email: { server: { env: MAIL }, from: a@example.com, to: [b@example.com] } }
`,
    );
    const child = spawn(process.execPath, [PROGRAM, "notices", "test"], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
        NORTHSIDE_KEY: `${"MS0x".repeat(12)}-au1`,
        MAIL: url,
        NODE_EXTRA_CA_CERTS: AUTHORITY,
      },
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, out };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test.for([
  ["smtps", "implicit"],
  ["smtp", "starttls"],
] as const)(
  "over %s the password goes to a server that an authority vouches for, and to no other",
  async ([scheme, tls]) => {
    await using mail = await startMailServer({ password: PASSWORD, tls });
    const url = urlOf(scheme, "127.0.0.1", mail);

    const untrusted = await send(url);
    expect(untrusted).toMatchObject({ kind: "failed" });
    expect(untrusted?.detail).toContain("NODE_EXTRA_CA_CERTS");
    expect(untrusted?.detail).not.toContain(PASSWORD);
    expect([mail.signIns, mail.mails]).toEqual([[], []]);

    expect(await sendTrusting(url)).toMatchObject({
      code: 0,
      out: expect.stringContaining("sent") as string,
    });
    expect(mail.signIns).toEqual([`notices\0${PASSWORD}`]);
    expect(mail.mails).toHaveLength(1);
  },
);

test("a server that is not on this machine and offers no encryption is not shown the password", async () => {
  // An address of this machine that is not known as one.
  await using elsewhere = await startMailServer({ password: PASSWORD, host: "127.0.0.2" });
  const refused = await send(urlOf("smtp", "127.0.0.2", elsewhere));

  expect(refused).toMatchObject({ kind: "failed" });
  expect(refused?.detail).toMatch(/STARTTLS/i);
  expect([elsewhere.signIns, elsewhere.mails]).toEqual([[], []]);

  // The twin: a relay on this machine is.
  await using relay = await startMailServer({ password: PASSWORD });
  expect(await send(urlOf("smtp", "127.0.0.1", relay))).toMatchObject({ kind: "sent" });
});
