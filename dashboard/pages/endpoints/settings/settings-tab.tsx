import type { ReactNode } from "react";

import type { Endpoint } from "../../../api/answers.ts";
import { Note } from "../../../components/layout/note.tsx";
import { useRights } from "../../../shell/use-me.ts";
import { DeleteCard } from "./delete-card.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { SettingsFacts } from "./settings-facts.tsx";

/** What it is: to be changed by who may, to be read by everybody else. */
export function SettingsTab({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const isOfFile = endpoint.source === "file";
  return (
    <>
      {isOfFile ? (
        <Note>
          <p>
            This endpoint stands in the configuration file, which decides what it is: change it there, under{" "}
            <code>endpoints.{endpoint.id}</code>, and start the service anew. Pausing and enabling it works
            here.
          </p>
        </Note>
      ) : null}
      {!isOfFile && mayChangeEndpoints ? (
        <SettingsForm endpoint={endpoint} key={endpoint.id} />
      ) : (
        <SettingsFacts endpoint={endpoint} />
      )}
      {mayChangeEndpoints ? <DeleteCard endpoint={endpoint} /> : null}
    </>
  );
}
