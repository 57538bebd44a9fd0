import { ALL_CASES } from "./all-cases.ts";
import type { GradeCase, Post } from "./grade-case.ts";
import { type CaseResult, judgeCase } from "./judge-case.ts";
import { type SampleDeps, createSampleEvents } from "./sample-events.ts";
import type { Answer } from "./send-post.ts";
import { createShotSigner } from "./sign-shot.ts";

export interface GradeDeps extends SampleDeps {
  /** `whsec_…` or `whsk_…`, without fault. */
  readonly secret: string;
  /** Header with the signature of the body alone besides; undefined: none. */
  readonly bodySignature?: string | undefined;
  readonly send: (post: Post) => Promise<Answer>;
  /** Hears of each case when it has been played. */
  readonly onResult: (result: CaseResult) => void;
}

export type Grade =
  /** Every case was played. */
  | { readonly kind: "graded"; readonly results: readonly CaseResult[] }
  /** The good event was answered, but not taken: the others would show nothing, so they were not played. */
  | {
      readonly kind: "good_event_refused";
      readonly results: readonly [CaseResult];
      readonly unplayed: number;
    }
  | { readonly kind: "no_answer"; readonly detail: string };

/** Plays the cases one after the other, stopping where going on would show nothing. Never rejects. */
export async function runGrade(deps: GradeDeps): Promise<Grade> {
  const signer = createShotSigner(deps.secret, deps.now, deps.bodySignature);
  const sample = createSampleEvents(deps);

  async function play({ waves }: GradeCase): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const wave of waves(sample)) {
      answers.push(...(await Promise.all(wave.map(async (shot) => await deps.send(signer.sign(shot))))));
    }
    return answers;
  }

  const results: CaseResult[] = [];
  for (const graded of ALL_CASES) {
    const answers = await play(graded);
    const [first] = answers;
    if (results.length === 0 && first && first.kind !== "answered") {
      return { kind: "no_answer", detail: silence(first) };
    }
    const result = judgeCase(graded, answers);
    deps.onResult(result);
    if (results.length === 0 && result.verdict === "failed") {
      return { kind: "good_event_refused", results: [result], unplayed: ALL_CASES.length - 1 };
    }
    results.push(result);
  }
  return { kind: "graded", results };
}

function silence(answer: Exclude<Answer, { kind: "answered" }>): string {
  switch (answer.kind) {
    case "too_slow":
      return `nothing within ${answer.tookMs / 1_000} s`;
    case "unreachable":
      return answer.detail;
  }
}
