import "./sensitive.css";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useLayoutEffect, useState } from "react";

import type { ProblemError } from "../../api/problem.ts";
import { type Query, request } from "../../api/request.ts";
import { useMe, useRights } from "../../shell/use-me.ts";
import { Button } from "../controls/button.tsx";

export interface UnmaskOptions {
  readonly query: Query;
  /** The sensitive fields to ask for. */
  readonly fields: readonly string[];
  /** Left out: asked for once. */
  readonly refreshMs?: number | undefined;
}

export interface Unmasked<Answer> {
  readonly isShown: boolean;
  /** With the sensitive fields; undefined: masked, or not there yet. */
  readonly answer: Answer | undefined;
  readonly error: ProblemError | null;
  readonly show: () => void;
  readonly hide: () => void;
  /** Asked again, while it is shown. */
  readonly refresh: () => void;
}

/**
 * Sensitive fields of one thing, asked for by a person and kept for as long as they look at it: hiding them, going to
 * another page or putting another window in front leaves them nowhere.
 */
export function useUnmasked<Answer>(
  path: string,
  { query, fields, refreshMs }: UnmaskOptions,
): Unmasked<Answer> {
  const [shownPath, setShownPath] = useState<string>();
  // While another page is fetched, React keeps this one behind it, and brings it back as it was on the way back.
  useLayoutEffect(() => () => setShownPath(undefined), []);
  useEffect(() => {
    const onChange = (): void => {
      if (document.visibilityState !== "visible") setShownPath(undefined);
    };
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, []);
  const isShown = shownPath === path && fields.length > 0;
  const include = isShown ? fields.join(",") : undefined;
  const { data, error, refetch } = useQuery<Answer, ProblemError>({
    // Another name when it is hidden: what nobody looks at is dropped at once.
    queryKey: [`unmasked ${path}`, { ...query, include }],
    queryFn: async ({ signal }) => await request<Answer>(path, { query: { ...query, include }, signal }),
    enabled: isShown,
    gcTime: 0,
    staleTime: Infinity,
    refetchInterval: refreshMs ?? false,
  });
  return {
    isShown,
    answer: isShown ? data : undefined,
    error: isShown ? error : null,
    show: () => setShownPath(path),
    hide: () => setShownPath(undefined),
    refresh: () => {
      if (isShown) void refetch();
    },
  };
}

/** That something is hidden, and how to see it; or that it is shown. */
export function SensitiveNote({
  fields,
  unmasked: { isShown, show, hide },
}: {
  readonly fields: readonly string[];
  readonly unmasked: Pick<Unmasked<unknown>, "isShown" | "show" | "hide">;
}): ReactNode {
  const { mayUnmask } = useRights();
  const { role } = useMe();
  if (fields.length === 0) return null;
  const names = fields.map((field) => field.replaceAll("_", " ")).join(", ");
  const hidden = fields.length === 1 ? "1 sensitive field is" : `${fields.length} sensitive fields are`;
  const fromWhom = role === "viewer" ? "hidden from viewers" : "hidden, for this token may not have them";
  return (
    <div className="sensitive" data-shown={isShown || undefined}>
      <p role="status">
        {isShown
          ? `Sensitive fields are shown, until you leave this page or its window: ${names}.`
          : `${hidden} ${mayUnmask ? "hidden" : fromWhom}: ${names}.`}
      </p>
      {mayUnmask ? <Button onPress={isShown ? hide : show}>{isShown ? "Hide" : "Show"}</Button> : null}
    </div>
  );
}
