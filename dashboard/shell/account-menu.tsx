import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  Button,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Header,
  Popover,
  Separator,
} from "react-aria-components";
import { useLocation } from "wouter";

import type { Me } from "../api/answers.ts";
import { ProblemError } from "../api/problem.ts";
import { send } from "../api/request.ts";
import { Icon } from "../components/layout/icon.tsx";
import { toast } from "../components/layout/toasts.tsx";
import { tellOtherTabs } from "./other-tabs.ts";
import { THEMES, type Theme, keepTheme, readTheme } from "./theme.ts";
import { useMe } from "./use-me.ts";

/** Who is signed in, how it looks, and the way out. */
export function Account(): ReactNode {
  const me = useMe();
  const signOut = useSignOut();
  const [theme, setTheme] = useState<Theme>(readTheme);
  return (
    <MenuTrigger>
      <Button className="account" aria-label={`${me.name} ${me.role}: menu`}>
        <Icon name="person" />
        <span className="account-name">{me.name}</span> <span className="account-role">{me.role}</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        {/* The button says the same to who cannot see it. */}
        <p className="menu-who" aria-hidden="true">
          <strong>{me.name}</strong>
          <span>{ROLE_WORDS[me.role]}</span>
        </p>
        <Menu
          className="menu"
          onAction={(key) => {
            if (key === "sign-out") void signOut();
          }}
        >
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[theme]}
            onSelectionChange={(keys) => {
              const chosen = THEMES.find((name) => keys !== "all" && keys.has(name)) ?? "system";
              keepTheme(chosen);
              setTheme(chosen);
            }}
          >
            <Header>Appearance</Header>
            {THEMES.map((name) => (
              <MenuItem key={name} id={name} className="menu-item">
                {THEME_NAMES[name]}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuItem id="sign-out" className="menu-item">
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return async () => {
    try {
      await send("/ops/session", { method: "DELETE" });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // Whoever walks away from this machine has to know.
      toast({ kind: "problem", text: `You are still signed in. ${error.message}` });
      return;
    }
    queries.clear();
    tellOtherTabs();
    navigate("/sign-in");
  };
}

const ROLE_WORDS: Readonly<Record<Me["role"], string>> = {
  admin: "Admin: sees and changes everything",
  viewer: "Viewer: sees everything, changes nothing",
  subscriber: "Subscriber: own endpoints and accounts",
};

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: "As this machine has it",
  light: "Light",
  dark: "Dark",
};
