import { z } from "zod";

import { type ConfigSources, type Fault, secret } from "./config-fields.ts";

const MOST_ADDRESSES = 20;

/** Who is told, besides whoever looks, that something needs a person. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function noticesSchema(sources: ConfigSources) {
  const address = z.email("is not an e-mail address");
  const webhook = secret(sources, "the URL of the incoming webhook, as the tool shows it", webhookFault);
  return z.strictObject({
    email: z
      .strictObject({
        /** With the password in it, where the server asks for one. */
        server: secret(
          sources,
          "the mail server, like smtp://user:password@mail.example.com:587",
          serverFault,
        ),
        from: address,
        to: z.array(address).min(1, "name one address at least").max(MOST_ADDRESSES),
      })
      .optional(),
    slack: z.strictObject({ url: webhook }).optional(),
    teams: z.strictObject({ url: webhook }).optional(),
  });
}

function serverFault(value: string): Fault | undefined {
  const url = URL.parse(value);
  const isMail = url?.protocol === "smtp:" || url?.protocol === "smtps:";
  if (url && isMail && url.hostname !== "") return undefined;
  return {
    message: "is not the address of a mail server",
    remedy:
      "write smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465; %40 for an @ in either",
  };
}

function webhookFault(value: string): Fault | undefined {
  const url = URL.parse(value);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return undefined;
  return { message: "is not an https URL", remedy: "copy the whole of what the tool shows" };
}

/** A relay on this machine needs no encryption on the way to it. */
export function isLoopback(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}
