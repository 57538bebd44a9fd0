import { InvalidArgumentError } from "commander";

import { parseDurationMs } from "../../config/duration.ts";
import { parseMoment } from "../../shared/iso-time.ts";

export const CONFIG_OPTION = ["-c, --config <file>", "configuration file", "notifier.yaml"] as const;

export function parseCount(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("Write a whole number, 0 or more.");
}

/** 0 takes a free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("Write a whole number from 0 to 65535.");
}

/** Of what a command opens for others. */
export const PLACE_OPTIONS = { host: "--host", port: "--port" } as const;

export function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("Write a number and a unit: 60s, 5m, 1h.");
  return ms;
}

export const WHEN = 'a time ago like "2h" or "7d", or a date like 2026-11-22T08:00:00Z';

/** Unix ms. */
export function parseWhen(text: string): number {
  const agoMs = parseDurationMs(text);
  const at = agoMs === undefined ? parseMoment(text, "optional") : Date.now() - agoMs;
  if (at === undefined) throw new InvalidArgumentError(`Write ${WHEN}.`);
  return at;
}

/** `a, b` as a list. */
export function parseList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}
