import { InvalidArgumentError } from "commander";

import { parseDurationMs } from "../../config/duration.ts";

export const CONFIG_OPTION = ["-c, --config <file>", "configuration file", "notifier.yaml"] as const;

export function parseCount(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("Write a whole number, 0 or more.");
}

export function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("Write a number and a unit: 60s, 5m, 1h.");
  return ms;
}

/** `a, b` as a list. */
export function parseList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}
