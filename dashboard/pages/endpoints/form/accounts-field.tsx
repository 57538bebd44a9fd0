import type { ReactNode } from "react";

import { AccountNames } from "../../../components/controls/account-names.tsx";
import { RadioChoices } from "../../../components/controls/radio-choices.tsx";
import { useMe } from "../../../shell/use-me.ts";
import { FieldFault } from "./field-fault.tsx";

interface AccountsProps {
  /** Null: all. */
  readonly accounts: readonly string[] | null;
  readonly onChange: (accounts: readonly string[] | null) => void;
  readonly fault?: string | undefined;
}

/** Of which clinics. */
export function AccountsField({ accounts, onChange, fault }: AccountsProps): ReactNode {
  const { accounts: known, role } = useMe();
  return (
    <div className="picker">
      <RadioChoices
        legend="Accounts"
        value={accounts === null ? "all" : "some"}
        choices={[
          {
            id: "all",
            name: "All",
            hint:
              role === "subscriber"
                ? "All that your token may see today. One that it may see later is not taken along by itself."
                : "Also those that are added later.",
          },
          { id: "some", name: "Only these" },
        ]}
        onChange={(id) => onChange(id === "all" ? null : known.length === 1 ? known : [])}
      />
      {accounts === null ? null : (
        <div className="picker-names">
          <AccountNames legend="Which accounts" known={known} chosen={accounts} onChange={onChange} />
        </div>
      )}
      <FieldFault fault={fault} />
    </div>
  );
}
