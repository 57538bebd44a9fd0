import { isIP } from "node:net";

import { z } from "zod";

import { parseCidr } from "./cidr.ts";
import { problem } from "./config-fields.ts";

/** A range of addresses in CIDR notation: `10.20.0.0/16`, `fd12::/48`. What it opens is the delivery guard's business. */
export function addressRange(): z.ZodType<string> {
  return z.string().superRefine((range, context) => {
    const reading = parseCidr(range);
    if (reading.kind === "invalid") problem(context, reading.message, reading.remedy);
  });
}

/** The address of a name server: an IP address, with a port where it is not 53. */
export function nameServer(): z.ZodType<string> {
  return z.string().superRefine((server, context) => {
    const [, bracketed = "", plain = "", port = "53"] =
      /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(isIP(server) === 6 ? `[${server}]` : server) ?? [];
    const isAddress = isIP(bracketed) === 6 || isIP(plain) === 4;
    if (isAddress && Number(port) > 0 && Number(port) <= 65_535) return;
    problem(
      context,
      "is not the address of a name server",
      "write its IP address, like 10.20.0.2, 10.20.0.2:5353 or [fd12::2]:53",
    );
  });
}
