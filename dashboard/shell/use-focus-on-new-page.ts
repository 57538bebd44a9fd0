import { type RefObject, useEffect, useRef } from "react";
import { useLocation } from "wouter";

import { pageOf } from "./page-of.ts";

/**
 * Another page is another document to who listens or types: reading begins at its top. From tab to tab of one page the
 * focus stays on the tab, and going back the browser knows where one was.
 */
export function useFocusOnNewPage(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const wentBack = useRef(false);
  const [path] = useLocation();
  const page = pageOf(path);
  const former = useRef(page);
  useEffect(() => {
    const onBack = (): void => {
      wentBack.current = true;
    };
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);
  useEffect(() => {
    const isBack = wentBack.current;
    wentBack.current = false;
    if (former.current === page) return;
    former.current = page;
    main.current?.focus({ preventScroll: true });
    if (!isBack) scrollTo(0, 0);
  }, [page]);
  return main;
}
