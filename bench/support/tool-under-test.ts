import type { RunningTool } from "./tool-processes.ts";

export interface ToolPlace {
  readonly folder: string;
  readonly port: number;
  readonly service: { readonly url: string; readonly token: string };
}

export interface Tarballs {
  readonly service: string;
  readonly nodeRed: string;
}

export interface DeployedTool extends RunningTool {
  /** What a person is offered in the tool to choose from. */
  offered(): Promise<readonly string[]>;
  /** The flow is deleted, the workflow unpublished. */
  withdraw(): Promise<void>;
}

/** A tool that people run, with our part in it. */
export interface ToolUnderTest {
  readonly name: string;
  /** The tool itself, once, into an empty folder. */
  install(folder: string): void;
  /** Our part, and a fresh place for what it does. */
  add(folder: string, tarballs: Tarballs): void;
  /** Runs it with what subscribes. */
  start(place: ToolPlace): Promise<DeployedTool>;
  /** Ids of the events that were worked off, one for each time. */
  worked(place: ToolPlace): readonly string[];
}
