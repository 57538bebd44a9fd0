import { toJson } from "../terminal/to-json.ts";
import type { Config } from "../../config/config.ts";
import { type RotatedPart, isClean, sealAnew } from "../../admin/privacy/rotate-encryption.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { withBase } from "../with-base.ts";

export interface RotateTerminal {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Shows a line that the next one replaces. */
  readonly progress: (line: string) => void;
}

/** Seals everything with the first key of the configuration. False: something could not be, and the old key must stay. */
export async function rotateEncryption(
  config: Config,
  json: boolean,
  { signal, print, progress }: RotateTerminal,
): Promise<boolean> {
  const { parts, rewritten } = await withBase(
    config,
    async (base) =>
      await sealAnew(base, cliCaller(), {
        signal,
        onProgress: (what, { resealed, seen }) => {
          progress(`${what}: ${seen} looked at, ${resealed} sealed anew`);
        },
      }),
  );
  progress("");
  const clean = parts.every(isClean);
  if (json) {
    print(toJson({ clean, parts, rewritten: rewritten === true }));
    return clean;
  }
  for (const part of parts) {
    const trouble = troubleOf(part);
    print(`${part.what}: ${part.resealed} sealed anew${trouble.length > 0 ? `; ${trouble.join("; ")}` : ""}`);
  }
  if (typeof rewritten === "string") print(`Redis did not write its files anew: ${rewritten}.`);
  if (clean)
    print("Everything is sealed with the first key: the others can be taken out of the configuration.");
  return clean;
}

function troubleOf({ completed, contended, unreadable }: RotatedPart): string[] {
  return [
    unreadable > 0 ? `${unreadable} that no configured key opens` : "",
    contended > 0 ? `${contended} that another process still seals with an old key: restart all of them` : "",
    completed ? "" : "stopped before the end: run it again",
  ].filter(Boolean);
}
