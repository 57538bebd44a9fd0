import { useState } from "react";

import type { Endpoint } from "../../../api/answers.ts";
import { ProblemError } from "../../../api/problem.ts";
import { request } from "../../../api/request.ts";
import { useAction } from "../../../api/use-action.ts";
import { type Draft, draftOf, toChange } from "../form/draft.ts";
import { type Rebased, rebase } from "../form/rebase.ts";
import { pathOf } from "../format-endpoint.ts";
import { ENDPOINT_CHANGES } from "../switch-buttons.tsx";

export type Overtaken = Pick<Rebased, "both" | "theirs">;

interface EndpointDraft {
  readonly draft: Draft;
  readonly isChanged: boolean;
  readonly isSaving: boolean;
  /** What the service found wrong with it. */
  readonly problem: ProblemError | null;
  /** Somebody else's change came first. */
  readonly overtaken: Overtaken | undefined;
  readonly change: (changes: Partial<Draft>) => void;
  readonly reset: () => void;
  readonly save: () => Promise<void>;
}

/** What is typed over a version of an endpoint. It is saved over that version only. */
export function useEndpointDraft(endpoint: Endpoint): EndpointDraft {
  const [base, setBase] = useState(endpoint);
  const [draft, setDraft] = useState(() => draftOf(endpoint));
  const [overtaken, setOvertaken] = useState<Overtaken>();
  const former = draftOf(base);
  const isChanged = Object.keys(toChange(former, draft)).length > 0;
  const patch = usePatch(base.id);

  const take = (newer: Endpoint): void => {
    setBase(newer);
    setDraft(draftOf(newer));
    setOvertaken(undefined);
  };
  // While nothing is typed, what somebody else saves is simply shown.
  if (!isChanged && endpoint.revision > base.revision) take(endpoint);

  const save = async (): Promise<void> => {
    if (patch.isPending || !isChanged) return;
    try {
      take(await patch.mutateAsync({ change: toChange(former, draft), revision: base.revision }));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "stale") return; // `problem` tells
      const newer = await request<Endpoint>(pathOf(base.id));
      const rebased = rebase(former, draft, draftOf(newer));
      setBase(newer);
      setDraft(rebased.draft);
      setOvertaken(rebased);
      patch.reset();
    }
  };
  return {
    draft,
    isChanged,
    isSaving: patch.isPending,
    problem: patch.error?.code === "stale" ? null : patch.error,
    overtaken,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    reset: () => {
      patch.reset();
      take(endpoint);
    },
    save,
  };
}

interface Patch {
  readonly change: ReturnType<typeof toChange>;
  readonly revision: number;
}

function usePatch(id: string): ReturnType<typeof useAction<Patch, Endpoint>> {
  return useAction(
    async ({ change, revision }: Patch) =>
      await request<Endpoint>(pathOf(id), {
        method: "PATCH",
        body: change,
        headers: { "if-match": `"${revision}"` },
      }),
    { changes: ENDPOINT_CHANGES, done: () => `${id} is saved.` },
  );
}
