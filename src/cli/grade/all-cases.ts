import { CASES_TO_REFUSE } from "./cases-to-refuse.ts";
import { BURST_CASE, CASES_TO_TAKE, GOOD_EVENT } from "./cases-to-take.ts";
import type { GradeCase } from "./grade-case.ts";

/** In the order they are played. */
export const ALL_CASES: readonly GradeCase[] = [GOOD_EVENT, ...CASES_TO_TAKE, ...CASES_TO_REFUSE, BURST_CASE];
