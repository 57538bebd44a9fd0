import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { toast } from "../components/layout/toasts.tsx";
import { ProblemError } from "./problem.ts";

export interface ActionOptions<Answer> {
  /** Beginnings of paths whose answers are then read anew, like `/endpoints`. */
  readonly changes: readonly string[];
  /** Told when it is done. Undefined: the page shows it by itself. */
  readonly done?: ((answer: Answer) => string | undefined) | undefined;
}

/**
 * Something that a person does. What goes wrong is told in words, unless it names fields: those are the form's to show.
 * Asked for a second time while it is under way, as by a double click, it is done once, and both get its answer.
 */
export function useAction<Input, Answer>(
  act: (input: Input) => Promise<Answer>,
  { changes, done }: ActionOptions<Answer>,
): UseMutationResult<Answer, ProblemError, Input> {
  const queries = useQueryClient();
  const underWay = useRef(new Map<string, Promise<Answer>>());
  const actAndTell = async (input: Input): Promise<Answer> => {
    try {
      const answer = await act(input);
      const text = done?.(answer);
      if (text !== undefined) toast({ kind: "done", text });
      return answer;
    } catch (error) {
      if (error instanceof ProblemError && error.fields.length === 0)
        toast({ kind: "problem", text: error.message });
      throw error;
    }
  };
  return useMutation<Answer, ProblemError, Input>({
    mutationFn: async (input) => {
      const key = JSON.stringify([input]);
      const running =
        underWay.current.get(key) ?? actAndTell(input).finally(() => underWay.current.delete(key));
      underWay.current.set(key, running);
      return await running;
    },
    onSettled: async () => {
      await queries.invalidateQueries({
        predicate: ({ queryKey: [path] }) =>
          typeof path === "string" && changes.some((beginning) => path.startsWith(beginning)),
      });
    },
  });
}
