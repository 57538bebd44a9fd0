import type { ReactNode } from "react";
import { FieldError, Input, Label, Text, TextArea, TextField as AriaTextField } from "react-aria-components";

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What it is for, or how it looks. */
  readonly hint?: ReactNode;
  /** What is wrong with it, and the remedy. */
  readonly fault?: string | undefined;
  readonly placeholder?: string;
  readonly type?: "text" | "password" | "url" | "search" | "datetime-local" | "number";
  readonly lines?: number;
  readonly isRequired?: boolean;
  readonly autoFocus?: boolean;
  readonly autoComplete?: string;
}

/** One line of text, or several. */
export function TextField(props: TextFieldProps): ReactNode {
  const { label, hint, fault, placeholder = "", lines, type = "text", ...field } = props;
  return (
    <AriaTextField
      {...field}
      type={type}
      className="field"
      isInvalid={fault !== undefined}
      validationBehavior="aria"
    >
      <Label>{label}</Label>
      {lines === undefined ? (
        <Input placeholder={placeholder} />
      ) : (
        <TextArea rows={lines} placeholder={placeholder} />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="fault">{fault}</FieldError>
    </AriaTextField>
  );
}
