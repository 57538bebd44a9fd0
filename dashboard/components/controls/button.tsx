import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className"> {
  /** primary: what most people come for, one a page · danger: cannot be undone · quiet: beside other things. */
  readonly look?: "primary" | "plain" | "danger" | "quiet";
  readonly children: ReactNode;
}

/** While `isPending` it keeps its place and cannot be pressed again. */
export function Button({ look = "plain", children, ...props }: ButtonProps): ReactNode {
  return (
    <AriaButton {...props} className="button" data-look={look}>
      {children}
    </AriaButton>
  );
}
