import type { ProblemAnswer } from "../../src/ops/api/api-error.ts";

/** The service said no, or could not be reached. Its message is for a person. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** Of HTTP; 0: there was no answer. */
  readonly status: number;
  readonly code: ProblemAnswer["code"] | "unreachable";
  readonly fields: NonNullable<ProblemAnswer["errors"]>;
  /** To be named to the operator. */
  readonly requestId: string | undefined;

  constructor(
    answer: Pick<ProblemAnswer, "status" | "detail"> & Partial<ProblemAnswer>,
    options?: ErrorOptions,
  ) {
    super(answer.detail, options);
    this.status = answer.status;
    this.code = answer.code ?? (answer.status === 0 ? "unreachable" : "internal");
    this.fields = answer.errors ?? [];
    this.requestId = answer.request_id;
  }
}

/** What is wrong with one field of a form; undefined: nothing. */
export function faultOf(problem: ProblemError | null, path: string): string | undefined {
  const found = problem?.fields.find((field) => field.path === path || field.path.startsWith(`${path}.`));
  return found && `${found.message}: ${found.remedy}`;
}
