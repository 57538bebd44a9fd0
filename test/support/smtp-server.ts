import { once } from "node:events";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { createInterface } from "node:readline";
import { TLSSocket, createServer as createTlsServer } from "node:tls";

import { pem } from "./tls-servers.ts";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it went over the line, dots undone. */
  readonly raw: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** `user\0password` of each sign-in. */
  readonly signIns: readonly string[];
}

export interface MailServerOptions {
  /** With another one nobody may send. */
  readonly password?: string;
  /** From the first byte (RFC 8314), or from STARTTLS on (RFC 3207): by then nobody may sign in. The certificate is for 127.0.0.1. */
  readonly tls?: "implicit" | "starttls";
  readonly host?: string;
}

const CERTIFICATE = { cert: pem("receiver.pem"), key: pem("receiver.key") };

/** Takes mails by SMTP (RFC 5321) with AUTH PLAIN (RFC 4954). */
export async function startMailServer({
  host = "127.0.0.1",
  password,
  tls,
}: MailServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const signIns: string[] = [];
  const sockets = new Set<Socket>();
  const serveOne = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const state = { mails, signIns, password, mayUpgrade: tls === "starttls" };
    void serve(socket, state).catch(() => socket.destroy());
  };
  const server = tls === "implicit" ? createTlsServer(CERTIFICATE, serveOne) : createServer(serveOne);
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    mails,
    signIns,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface State {
  readonly mails: ReceivedMail[];
  readonly signIns: string[];
  readonly password: string | undefined;
  readonly mayUpgrade: boolean;
}

async function serve(socket: Socket, state: State, greeting = "220 mail.test ESMTP"): Promise<void> {
  const { mails, mayUpgrade, password, signIns } = state;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  let isIn = password === undefined;
  let mail = { from: "", to: [] as string[] };
  let body: string[] | undefined;
  if (greeting !== "") say(greeting);
  for await (const line of lines) {
    if (body) {
      if (line !== ".") body.push(line.startsWith(".") ? line.slice(1) : line);
      else {
        mails.push({ ...mail, raw: body.join("\r\n") });
        body = undefined;
        say("250 taken");
      }
      continue;
    }
    const [verb = "", ...rest] = line.split(" ");
    switch (verb.toUpperCase()) {
      case "EHLO":
        socket.write(`250-mail.test\r\n250-8BITMIME\r\n250 ${mayUpgrade ? "STARTTLS" : "AUTH PLAIN"}\r\n`);
        break;
      case "STARTTLS":
        if (!mayUpgrade) {
          say("502 not here");
          break;
        }
        say("220 go ahead");
        lines.close();
        await serve(
          new TLSSocket(socket, { isServer: true, ...CERTIFICATE }),
          { ...state, mayUpgrade: false },
          "",
        );
        return;
      case "AUTH": {
        const [, user = "", word = ""] = Buffer.from(rest[1] ?? "", "base64")
          .toString()
          .split("\0");
        signIns.push(`${user}\0${word}`);
        isIn = word === password;
        say(isIn ? "235 come in" : "535 not with these");
        break;
      }
      case "MAIL":
        mail = { from: addressIn(line), to: [] };
        say(isIn ? "250 go on" : "530 sign in first");
        break;
      case "RCPT":
        mail.to.push(addressIn(line));
        say("250 go on");
        break;
      case "DATA":
        body = [];
        say("354 go on, end with a dot");
        break;
      case "QUIT":
        socket.end("221 bye\r\n");
        break;
      default:
        say("250 as you like");
    }
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? "";
}

/** The text of a mail, its encoding undone. */
export function textOf({ raw }: ReceivedMail): string {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  if (/^content-transfer-encoding: base64/im.test(head)) return Buffer.from(body, "base64").toString();
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return body;
  const bytes = body
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** What is between its header and the next, folded lines joined. */
export function headerOf({ raw }: ReceivedMail, name: string): string {
  const head = (raw.split("\r\n\r\n")[0] ?? "").replaceAll(/\r\n[ \t]+/g, " ");
  return new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1] ?? "";
}
