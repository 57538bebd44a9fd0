import { useEffect } from "react";

/** There is one tab to write on: the page says what it is, the shell how much is wrong. */
const shown = { title: "", wrong: 0 };

function write(): void {
  const before = shown.wrong > 0 ? `(${shown.wrong}) ` : "";
  document.title = `${before}${shown.title} · cliniko-webhooks`;
}

/** What stands on the browser's tab before the product's name. Never a person's name: it stays in the history. */
export function useTitle(title: string): void {
  useEffect(() => {
    shown.title = title;
    write();
  }, [title]);
}

/** How many things need a person, before the title: seen while another tab is looked at. */
export function useTitleCount(wrong: number): void {
  useEffect(() => {
    shown.wrong = wrong;
    write();
    return () => {
      shown.wrong = 0;
      write();
    };
  }, [wrong]);
}
