import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";

import { BASE_PATH } from "../api/base-path.ts";
import type { Overview } from "../api/answers.ts";
import { useApi } from "../api/use-api.ts";
import { Icon, type IconName } from "../components/layout/icon.tsx";
import { countTrouble } from "./trouble/find-trouble.ts";
import { useIcon } from "./use-icon.ts";
import { useRights } from "./use-me.ts";
import { useTitleCount } from "./use-title.ts";
import { useVisible } from "./use-visible.ts";

const REFRESH_MS = 5_000;
/** The tab tells how much is wrong while another one is looked at. */
const HIDDEN_REFRESH_MS = 30_000;

interface Place {
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  readonly operatorsOnly?: boolean;
}

const PLACES: readonly Place[] = [
  { path: "/", name: "Home", icon: "home" },
  { path: "/accounts", name: "Accounts", icon: "clinic" },
  { path: "/events", name: "Events", icon: "event" },
  { path: "/endpoints", name: "Endpoints", icon: "endpoint" },
  { path: "/system", name: "System", icon: "system", operatorsOnly: true },
];

/** The ways to the pages. How much is wrong stands beside Home, and on the browser's tab, wherever one is. */
export function Navigation(): ReactNode {
  const [path] = useLocation();
  const { isOperator } = useRights();
  const refreshMs = useVisible() ? REFRESH_MS : HIDDEN_REFRESH_MS;
  const { data } = useApi<Overview>("/overview", { refreshMs, inBackground: true });
  const trouble = data ? countTrouble(data) : 0;
  useTitleCount(trouble);
  useIcon(trouble > 0);
  return (
    <nav className="shell-nav" aria-label="Pages">
      <ul>
        {PLACES.filter(({ operatorsOnly }) => isOperator || !operatorsOnly).map((place) => (
          <li key={place.path}>
            <Link
              href={place.path}
              className="nav-link"
              aria-current={isHere(place.path, path) ? "page" : undefined}
            >
              <Icon name={place.icon} />
              <span>{place.name}</span>
              {place.path === "/" && trouble > 0 ? <TroubleBadge count={trouble} /> : null}
            </Link>
          </li>
        ))}
        {isOperator ? (
          <li>
            <a href={`${BASE_PATH}/ops/queues`} className="nav-link">
              <Icon name="queue" />
              <span>Queues</span>
            </a>
          </li>
        ) : null}
        <li>
          <a href={`${BASE_PATH}/docs/`} className="nav-link">
            <Icon name="docs" />
            <span>Docs</span>
          </a>
        </li>
      </ul>
    </nav>
  );
}

function TroubleBadge({ count }: { readonly count: number }): ReactNode {
  return (
    <span className="badge" data-tone="bad">
      {count > 99 ? "99+" : count}
      <span className="hidden"> {count === 1 ? "thing needs" : "things need"} you</span>
    </span>
  );
}

function isHere(place: string, path: string): boolean {
  return path === place || (place !== "/" && path.startsWith(`${place}/`));
}
