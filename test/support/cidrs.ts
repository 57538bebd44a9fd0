import { type Cidr, parseCidr } from "../../src/config/cidr.ts";

/** Ranges as an operator lists them. */
export function cidrs(...texts: readonly string[]): Cidr[] {
  return texts.map((text) => {
    const reading = parseCidr(text);
    if (reading.kind === "cidr") return reading.cidr;
    throw new Error(`${text} ${reading.message}`);
  });
}
