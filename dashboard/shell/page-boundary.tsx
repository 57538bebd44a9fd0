import { Component, type ReactNode } from "react";

import { Button } from "../components/controls/button.tsx";

interface Props {
  /** Another page gets another try. */
  readonly path: string;
  readonly children: ReactNode;
}

interface State {
  readonly path: string;
  readonly failed: boolean;
}

/** A page that fails leaves the others alone. A class, since React has no other way to catch what a part throws. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { path: this.props.path, failed: false };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ path }: Props, state: State): State | null {
    return path === state.path ? null : { path, failed: false };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <section className="page">
        <h1>This page failed</h1>
        <p>The service goes on: only what you look at has failed. It may have been updated meanwhile.</p>
        <Button onPress={() => location.reload()}>Load it again</Button>
      </section>
    );
  }
}
