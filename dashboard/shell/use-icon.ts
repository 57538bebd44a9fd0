import { useEffect } from "react";

import calmIcon from "../icon.svg";
import troubleIcon from "../icon-trouble.svg";

/** The picture on the browser's tab wears a red dot while something needs a person. */
export function useIcon(isTrouble: boolean): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (!link) return undefined;
    link.href = isTrouble ? troubleIcon : calmIcon;
    return () => {
      link.href = calmIcon;
    };
  }, [isTrouble]);
}
