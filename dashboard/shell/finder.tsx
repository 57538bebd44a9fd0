import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { Input, SearchField } from "react-aria-components";
import { useLocation } from "wouter";

import { Icon } from "../components/layout/icon.tsx";
import { toast } from "../components/layout/toasts.tsx";
import { placeOf } from "./place-of.ts";
import { useMe } from "./use-me.ts";

const NO_ID =
  "That is no id. Records are found by Cliniko's number: nothing is found by a person's name here.";

/** One field for whatever stands in a log or an e-mail: ids of events, endpoints and records. `/` goes to it. */
export function Finder(): ReactNode {
  const [, navigate] = useLocation();
  const { accounts } = useMe();
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useSlash(input);
  return (
    <search className="finder-frame">
      <SearchField
        className="finder"
        aria-label="Find an event, an endpoint or a record by its id"
        value={text}
        onChange={setText}
        onSubmit={() => {
          const place = placeOf(text, accounts);
          if (place === undefined) {
            if (text.trim() !== "") toast({ kind: "problem", text: NO_ID });
            return;
          }
          // It was for this one way: the page that comes says what was looked for.
          setText("");
          input.current?.blur();
          navigate(place);
        }}
      >
        <Icon name="search" />
        <Input ref={input} placeholder="Find by id" enterKeyHint="go" autoComplete="off" spellCheck="false" />
        <kbd aria-hidden="true">/</kbd>
      </SearchField>
    </search>
  );
}

/** The key `/` leads to the field, unless somebody is writing or has a dialog or a menu before them. */
function useSlash(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [input]);
}

function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const isWriting = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  return isWriting || target.closest("[role=dialog], [role=menu], [role=listbox]") !== null;
}
