import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";

import { BASE_PATH } from "../api/base-path.ts";
import type { Me } from "../api/answers.ts";
import { ProblemError } from "../api/problem.ts";
import { request, send } from "../api/request.ts";
import { Button } from "../components/controls/button.tsx";
import { Icon } from "../components/layout/icon.tsx";
import { Note } from "../components/layout/note.tsx";
import { TextField } from "../components/controls/text-field.tsx";
import { hearOtherTabs, tellOtherTabs } from "../shell/other-tabs.ts";
import { afterSignIn } from "../shell/sign-in-path.ts";
import { useTitle } from "../shell/use-title.ts";
import { type Credential, formatRefusal } from "./format-refusal.ts";

/** By a token that somebody types, or by the code of a one-time link. */
export function SignIn(): ReactNode {
  useTitle("Sign in");
  const [token, setToken] = useState("");
  const { signIn, refusal, isPending } = useSignIn();
  const { isByLink, signedIn, useLink } = useCode(signIn);
  useSignedInElsewhere(!isByLink);
  return (
    <main className="sign-in">
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn({ token: token.trim() });
        }}
      >
        <p className="brand">
          <Icon name="pulse" /> cliniko-webhooks
        </p>
        <h1>Sign in</h1>
        {refusal === undefined && !isPending ? <WhyHere /> : null}
        {signedIn && refusal === undefined && !isPending ? (
          <AnotherSession signedIn={signedIn} onUse={useLink} />
        ) : null}
        {isByLink && isPending ? <p role="status">Signing in by your link …</p> : null}
        {refusal ? (
          <div role="alert" className="note" data-tone="bad">
            <Icon name="warning" />
            <div>
              <p>{refusal.message}</p>
              <p>{refusal.remedy}</p>
            </div>
          </div>
        ) : null}
        <TextField
          label="Token"
          type="password"
          value={token}
          onChange={setToken}
          isRequired
          autoFocus
          autoComplete="current-password"
          hint="The ops token of the configuration, or one that an operator made for you (cwt_…)."
        />
        <Button
          type="submit"
          look="primary"
          isPending={isPending}
          isDisabled={token.trim() === "" && !isPending}
        >
          {isPending ? "Signing in …" : "Sign in"}
        </Button>
        <p className="hint">
          No token at hand? On the service's machine <code>cliniko-webhooks dashboard</code> gives a link that
          signs in once.
        </p>
      </form>
    </main>
  );
}

/** A link signs in whoever opens it: somebody could have sent theirs, so that one works in their name without noticing. */
function AnotherSession({
  signedIn: { name, role },
  onUse,
}: {
  readonly signedIn: Me;
  readonly onUse: () => void;
}): ReactNode {
  return (
    <Note tone="warn">
      <p>
        You are signed in as {name} ({role}). This link signs you in as whoever made it. Use it only if you
        asked for it.
      </p>
      <p>
        <Button onPress={onUse}>Use the link</Button> <Link href="/">Stay {name}</Link>
      </p>
    </Note>
  );
}

/** To somebody who was signed in a moment ago. */
function WhyHere(): ReactNode {
  if (!useIsEnded()) return null;
  return (
    <Note tone="warn">
      You have been signed out: the session has ended, or its token was revoked. Sign in again, and you are
      back where you were.
    </Note>
  );
}

function useIsEnded(): boolean {
  const state: unknown = useHistoryState();
  return typeof state === "object" && state !== null && "ended" in state && state.ended === true;
}

interface Refusal {
  readonly message: string;
  readonly remedy: string;
}

function useSignIn(): {
  readonly signIn: (credential: Credential) => Promise<void>;
  readonly refusal: Refusal | undefined;
  readonly isPending: boolean;
} {
  const [refusal, setRefusal] = useState<Refusal>();
  const [isPending, setPending] = useState(false);
  const goOn = useGoOn();
  return {
    refusal,
    isPending,
    signIn: async (credential) => {
      setPending(true);
      setRefusal(undefined);
      try {
        await send("/ops/session", { method: "POST", body: credential });
        tellOtherTabs();
        goOn();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        setRefusal({ message: error.message, remedy: formatRefusal(error, credential) });
      } finally {
        setPending(false);
      }
    },
  };
}

/** To where somebody wanted to be who is signed in now. */
function useGoOn(): () => void {
  const [params] = useSearchParams();
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  return () => {
    // What was known to whoever was signed in before is not for the next one.
    queries.clear();
    const next = afterSignIn(params.get("then"));
    if (next.kind === "load") location.assign(BASE_PATH + next.path);
    else navigate(next.path, { replace: true });
  };
}

/**
 * A browser has one session for all its windows. While somebody signs in in another window the former session has ended
 * already, and the next one is not here yet: a window that asks in between comes to this page, and goes on from it.
 */
function useSignedInElsewhere(isWanted: boolean): void {
  const isEnded = useIsEnded();
  const goOn = useGoOn();
  useEffect(() => {
    if (!isWanted) return undefined;
    // This window hears itself sign in, too: once it has gone on, what the next page asks for is not thrown away.
    let isOpen = true;
    const goOnIfOpen = (): void => {
      if (isOpen) goOn();
    };
    const look = (): void => {
      void request<Me>("/me").then(goOnIfOpen, () => undefined);
    };
    // It may have been told before this page could hear it.
    if (isEnded) look();
    const stopHearing = hearOtherTabs(look);
    return () => {
      isOpen = false;
      stopHearing();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- while the page is open
  }, []);
}

/** Signs in by the code in the address, if there is one; who is signed in already is asked first. */
function useCode(signIn: (credential: Credential) => Promise<void>): {
  readonly isByLink: boolean;
  /** Who would be signed out by it. */
  readonly signedIn: Me | undefined;
  readonly useLink: () => void;
} {
  const [code] = useState(takeCode);
  const [signedIn, setSignedIn] = useState<Me>();
  const isBegun = useRef(false);
  const useLink = (): void => {
    if (code !== undefined) void signIn({ code });
  };
  useEffect(() => {
    // Once: in development React runs this twice, and a code is good for one sign-in.
    if (code === undefined || isBegun.current) return;
    isBegun.current = true;
    void request<Me>("/me").then(setSignedIn, useLink);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- when the page opens, and never again
  }, []);
  return { isByLink: code !== undefined, signedIn, useLink };
}

/** The code stands behind the `#`, which no server and no log sees; and it does not stay in the address either. */
function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? undefined;
  if (code !== undefined) history.replaceState(null, "", `${location.pathname}${location.search}`);
  return code;
}
