import { z } from "zod";

import { type Fault, problem } from "./config-fields.ts";

export const HEADER_LIMITS = { headers: 20, nameCharacters: 200, valueCharacters: 4_096 } as const;

/** What we send ourselves or what the connection is run by: another value would break the signature or the exchange. */
const OURS = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);
const OUR_PREFIXES = ["webhook-", "proxy-"];

/** Headers that an endpoint wants besides ours, with their names in lower case. */
export function customHeaders(): z.ZodType<Readonly<Record<string, string>>, Record<string, string>> {
  return z.record(z.string(), z.string()).transform((headers, context) => {
    const entries = Object.entries(headers);
    if (entries.length > HEADER_LIMITS.headers) {
      return problem(
        context,
        `holds ${entries.length} headers`,
        `send at most ${HEADER_LIMITS.headers}: put the rest into the URL's query`,
      );
    }
    const accepted = new Map<string, string>();
    for (const [written, text] of entries) {
      const name = written.toLowerCase();
      const value = text.trim();
      const fault = accepted.has(name) ? TWICE : (nameFault(name) ?? valueFault(value));
      if (fault) problem(context, fault.message, fault.remedy, [written]);
      accepted.set(name, value);
    }
    return Object.fromEntries(accepted);
  });
}

/** The name of one header that is ours to fill and the receiver's to choose, in lower case. */
export function chosenHeader(): z.ZodType<string, string> {
  return z.string().transform((written, context) => {
    const name = written.trim().toLowerCase();
    const fault = nameFault(name);
    return fault ? problem(context, fault.message, fault.remedy) : name;
  });
}

const TWICE: Fault = {
  message: "is given twice",
  remedy: "keep one of them: capital letters make no difference",
};

function nameFault(name: string): Fault | undefined {
  if (name.length > HEADER_LIMITS.nameCharacters) {
    return { message: "is too long", remedy: `use at most ${HEADER_LIMITS.nameCharacters} characters` };
  }
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
    return { message: "is not a header's name", remedy: 'use letters, digits and "-", like X-Team' };
  }
  if (!OURS.has(name) && !OUR_PREFIXES.some((prefix) => name.startsWith(prefix))) return undefined;
  return {
    message: "is a header of ours",
    remedy: "leave it out: it carries the signature or runs the connection",
  };
}

/** Printable ASCII: what every receiver reads as the same bytes. No line ends, or one header could become two. */
function valueFault(value: string): Fault | undefined {
  if (value === "") return { message: "is empty", remedy: "give it a value or leave it out" };
  if (value.length > HEADER_LIMITS.valueCharacters) {
    return { message: "is too long", remedy: `use at most ${HEADER_LIMITS.valueCharacters} characters` };
  }
  if (/^[\t\x20-\x7e]+$/.test(value)) return undefined;
  return {
    message: "holds a line end or a letter that a header cannot carry",
    remedy: "write it on one line in ASCII; percent-encode other letters",
  };
}
