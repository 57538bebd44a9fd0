import { NEEDS_V1 } from "../../config/endpoint-schema.ts";
import { openSigningSecret, signingKindOf, signingSecretFault } from "../../config/signing-secret.ts";
import { publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import { ConfigError, type Problem } from "../../shared/errors.ts";
import { formatResult, formatSummary, gradeToJson, isGreen } from "./report-card.ts";
import { runGrade } from "./run-grade.ts";
import { sendPost } from "./send-post.ts";

export interface GradeOptions {
  readonly url: string;
  /** `whsec_…`, or `whsk_…` for a subscriber that verifies v1a. */
  readonly secret: string;
  /** `whpk_…`, what a subscriber of v1a verifies with: held against the secret before anything is sent. */
  readonly publicKey: string | undefined;
  /** Header with `sha256=` and the HMAC of the body alone, as an endpoint with `body_signature` sends it; it needs v1. */
  readonly bodySignature?: string | undefined;
  readonly account: string;
  readonly json: boolean;
  readonly colour: boolean;
  /** Longest wait for an answer; default that of the service. */
  readonly timeoutMs?: number;
}

export type GradeOutcome = "green" | "not_green" | "no_answer";

/**
 * Plays the service at a subscriber of the caller's own and prints a report card.
 * @throws ConfigError when the URL, the secret or the public key is not one
 */
export async function grade(options: GradeOptions, print: (line: string) => void): Promise<GradeOutcome> {
  const { url, secret, bodySignature, account, json, colour, timeoutMs } = options;
  const problems = problemsOf(options);
  if (problems.length > 0) throw new ConfigError("the command line", problems);
  if (!json) print(`grading ${url}, signed with ${signingKindOf(secret)}: test events only\n`);
  const result = await runGrade({
    secret,
    bodySignature,
    account,
    now: Date.now,
    random: Math.random,
    send: async (post) => await sendPost(url, post, timeoutMs),
    onResult: (played) => {
      if (!json) print(formatResult(played, colour));
    },
  });
  print(json ? gradeToJson(result, url) : formatSummary(result, url));
  if (result.kind === "no_answer") return "no_answer";
  return isGreen(result) ? "green" : "not_green";
}

function problemsOf({ url, secret, publicKey, bodySignature }: GradeOptions): readonly Problem[] {
  const problems: Problem[] = [];
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== "http:" && protocol !== "https:") {
    problems.push({
      path: "<url>",
      message: "is not an address of http or https",
      remedy: "write the whole address of your receiver, like http://127.0.0.1:3000/webhooks",
    });
  }
  const fault = signingSecretFault(secret);
  if (fault) problems.push({ path: "--secret-env", ...fault });
  else if (publicKey !== undefined) problems.push(...publicKeyProblems(secret, publicKey));
  if (bodySignature !== undefined && !fault && signingKindOf(secret) !== "v1") {
    problems.push({ path: "--body-signature", ...NEEDS_V1 });
  }
  return problems;
}

/** Said at once, instead of by every case. */
function publicKeyProblems(secret: string, publicKey: string): readonly Problem[] {
  const own = publicKeyOf({ secret });
  if (own === publicKey.trim()) return [];
  const { kind } = openSigningSecret(secret);
  return [
    kind === "v1a"
      ? {
          path: "--public-key",
          message: "does not belong to the whsk_ key of --secret-env",
          remedy: `verify with ${own}, or give the whsk_ key that yours belongs to`,
        }
      : {
          path: "--public-key",
          message: "is for v1a, but --secret-env names a whsec_ secret, which is v1",
          remedy: "let --secret-env name the whsk_ key, or leave --public-key out",
        },
  ];
}
