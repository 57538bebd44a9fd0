import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, Suspense, useState } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";

import { BASE_PATH } from "./api/base-path.ts";
import { createQueries } from "./api/queries.ts";
import { Loading } from "./components/layout/loading.tsx";
import { ToastRegion } from "./components/layout/toasts.tsx";
import { NotFound } from "./pages/not-found.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { lazyPage } from "./shell/lazy-page.ts";
import { PageBoundary } from "./shell/page-boundary.tsx";
import { SignedIn } from "./shell/signed-in.tsx";

/** Where the service serves the dashboard. */
const BASE = `${BASE_PATH}/ops`;

const Home = lazyPage(async () => (await import("./pages/home/home.tsx")).Home);
const Accounts = lazyPage(async () => (await import("./pages/accounts/accounts.tsx")).Accounts);
const Account = lazyPage(async () => (await import("./pages/accounts/account.tsx")).Account);
const Events = lazyPage(async () => (await import("./pages/events/events.tsx")).Events);
const EventPage = lazyPage(async () => (await import("./pages/events/event.tsx")).EventPage);
const RecordPage = lazyPage(async () => (await import("./pages/records/record.tsx")).RecordPage);
const Endpoints = lazyPage(async () => (await import("./pages/endpoints/endpoints.tsx")).Endpoints);
const NewEndpoint = lazyPage(async () => (await import("./pages/endpoints/new-endpoint.tsx")).NewEndpoint);
const EndpointPage = lazyPage(async () => (await import("./pages/endpoints/endpoint.tsx")).EndpointPage);
const System = lazyPage(async () => (await import("./pages/system/system.tsx")).System);

export function App(): ReactNode {
  const [queries] = useState(createQueries);
  return (
    <I18nProvider locale="en-GB">
      <QueryClientProvider client={queries}>
        <Router base={BASE}>
          <Links>
            <Switch>
              <Route path="/sign-in" component={SignIn} />
              <Route>
                <SignedIn>
                  <Pages />
                </SignedIn>
              </Route>
            </Switch>
          </Links>
        </Router>
        <ToastRegion />
      </QueryClientProvider>
    </I18nProvider>
  );
}

/** Links of React Aria's components go through the router, too. */
function Links({ children }: { readonly children: ReactNode }): ReactNode {
  const [, navigate] = useLocation();
  return (
    <RouterProvider navigate={navigate} useHref={(path) => `${BASE}${path}`}>
      {children}
    </RouterProvider>
  );
}

function Pages(): ReactNode {
  const [path] = useLocation();
  return (
    <PageBoundary path={path}>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          <Route path="/" component={Home} />
          <Route path="/accounts" component={Accounts} />
          <Route path="/accounts/:account" component={Account} />
          <Route path="/accounts/:account/records/:subject/:id" component={RecordPage} />
          <Route path="/events" component={Events} />
          <Route path="/events/:event" component={EventPage} />
          <Route path="/endpoints" component={Endpoints} />
          <Route path="/endpoints/new" component={NewEndpoint} />
          <Route path="/endpoints/:id/:tab?" component={EndpointPage} />
          <Route path="/system/:tab?" component={System} />
          <Route path="/index.html">
            <Redirect to="/" replace />
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </PageBoundary>
  );
}
