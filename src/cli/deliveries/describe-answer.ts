import type { Answer } from "../grade/send-post.ts";

export function isTaken(answer: Answer): boolean {
  return answer.kind === "answered" && answer.status >= 200 && answer.status < 300;
}

/** `204 after 12 ms`, or why there is no status. */
export function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case "answered":
      return `${answer.status} after ${answer.tookMs} ms`;
    case "too_slow":
      return `no answer within ${answer.tookMs / 1_000} s`;
    case "unreachable":
      return `no answer (${answer.detail})`;
  }
}
