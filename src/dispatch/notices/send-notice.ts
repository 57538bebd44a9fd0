// oxlint-disable-next-line typescript/triple-slash-reference -- programs that come here by an import find the declaration as well
/// <reference path="./nodemailer.d.ts" />
import type { Transport } from "nodemailer";

import type { Config } from "../../config/config.ts";
import { isLoopback } from "../../config/notices-schema.ts";
import type { Secret } from "../../config/secret.ts";
import { toError } from "../../shared/errors.ts";
import { limitSignal } from "../../shared/limit-signal.ts";
import { type NoticeText, toPlainText, toSlackBody, toTeamsBody } from "./notice-body.ts";

/** A way on which people are told. */
export interface NoticeWay {
  readonly name: "email" | "slack" | "teams";
  send(notice: NoticeText): Promise<NoticeOutcome>;
  /** Whether it could be sent, as far as that can be known without sending. */
  check(): Promise<NoticeOutcome>;
}

/** `detail` names a host and no more: what stands behind it opens the channel. */
export type NoticeOutcome =
  | { readonly kind: "sent"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

const TIMEOUT_MS = 20_000;

export function noticeWays({ notices }: Pick<Config, "notices">): readonly NoticeWay[] {
  const { email, slack, teams } = notices;
  return [
    ...(email ? [byMail(email)] : []),
    ...(slack ? [byWebhook("slack", slack, toSlackBody)] : []),
    ...(teams ? [byWebhook("teams", teams, toTeamsBody)] : []),
  ];
}

function byMail({ from, server, to }: NonNullable<Config["notices"]["email"]>): NoticeWay {
  const url = new URL(server.reveal());
  const use = async (work: (transport: Transport) => Promise<unknown>): Promise<NoticeOutcome> => {
    try {
      // Few services send mail: it is loaded when it is needed.
      const { createTransport } = await import("nodemailer");
      const transport = createTransport(transportOf(url));
      try {
        await work(transport);
      } finally {
        transport.close();
      }
      return { kind: "sent", detail: `${url.hostname} takes it` };
    } catch (error) {
      const why = withoutPassword(toError(error).message, url);
      return { kind: "failed", detail: `${url.hostname}: ${why}${adviceOn(why)}` };
    }
  };
  return {
    name: "email",
    send: async (notice) =>
      await use(async (transport) => {
        await transport.sendMail({ from, to, subject: notice.title, text: toPlainText(notice) });
      }),
    check: async () => await use(async (transport) => await transport.verify()),
  };
}

function transportOf(url: URL): object {
  const [user, pass] = [url.username, url.password].map(decodeURIComponent);
  const secure = url.protocol === "smtps:";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    // A password goes over nothing that can be read on the way.
    requireTLS: !secure && user !== "" && !isLoopback(url.hostname),
    ...(user === "" ? {} : { auth: { user, pass } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** OpenSSL's words for an authority that is not known: a company's own, as a rule. */
function adviceOn(message: string): string {
  return /self[- ]signed certificate|unable to (?:get|verify) .*certificate/i.test(message)
    ? "; name the authority that vouches for it with NODE_EXTRA_CA_CERTS=/path/to/ca.pem"
    : "";
}

function withoutPassword(text: string, { password }: URL): string {
  return password === ""
    ? text
    : text.replaceAll(decodeURIComponent(password), "[secret]").replaceAll(password, "[secret]");
}

function byWebhook(
  name: "slack" | "teams",
  { url }: { readonly url: Secret },
  toBody: (notice: NoticeText) => object,
): NoticeWay {
  const { host } = new URL(url.reveal());
  return {
    name,
    async send(notice) {
      using limited = limitSignal([], TIMEOUT_MS);
      try {
        const response = await fetch(url.reveal(), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(toBody(notice)),
          redirect: "error",
          signal: limited.signal,
        });
        await response.body?.cancel();
        return response.ok
          ? { kind: "sent", detail: `${host} answered ${response.status}` }
          : { kind: "failed", detail: `${host} answered ${response.status}` };
      } catch (error) {
        const { cause } = toError(error);
        const why = cause instanceof Error && "code" in cause ? String(cause.code) : "no answer";
        return { kind: "failed", detail: `${host}: ${why}` };
      }
    },
    // Nothing can be asked of it but to take a message.
    check: async () => ({ kind: "sent", detail: `${host}; to try it: cliniko-webhooks notices test` }),
  };
}
