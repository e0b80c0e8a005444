// A copy of the AI SDK's type UIMessage (ai 6), because this package does not depend on `ai`. Each type accepts values
// of the other.

type Json = null | string | number | boolean | JsonObject | Json[];
type JsonObject = { [key: string]: Json | undefined };
type ProviderMetadata = Record<string, JsonObject>;

interface TextPart {
  type: 'text';
  text: string;
  state?: 'streaming' | 'done';
  providerMetadata?: ProviderMetadata;
}

interface ReasoningPart {
  type: 'reasoning';
  id?: string;
  text: string;
  state?: 'streaming' | 'done';
  providerMetadata?: ProviderMetadata;
}

interface FilePart {
  type: 'file';
  mediaType: string;
  filename?: string;
  url: string;
  providerMetadata?: ProviderMetadata;
}

interface SourceUrlPart {
  type: 'source-url';
  sourceId: string;
  url: string;
  title?: string;
  providerMetadata?: ProviderMetadata;
}

interface SourceDocumentPart {
  type: 'source-document';
  sourceId: string;
  mediaType: string;
  title: string;
  filename?: string;
  providerMetadata?: ProviderMetadata;
}

interface StepStartPart {
  type: 'step-start';
}

interface DataPart {
  type: `data-${string}`;
  id?: string;
  data: unknown;
}

interface Tool {
  toolCallId: string;
  title?: string;
  toolMetadata?: JsonObject;
  providerExecuted?: boolean;
  callProviderMetadata?: ProviderMetadata;
}

type Approval<TApproved> = { id: string; approved: TApproved; reason?: string; signature?: string };

type ToolState =
  | { state: 'input-streaming'; input?: unknown; output?: never; errorText?: never; approval?: never }
  | { state: 'input-available'; input: unknown; output?: never; errorText?: never; approval?: never }
  | {
      state: 'approval-requested';
      input: unknown;
      output?: never;
      errorText?: never;
      approval: { id: string; approved?: never; reason?: never; signature?: string };
    }
  | { state: 'approval-responded'; input: unknown; output?: never; errorText?: never; approval: Approval<boolean> }
  | {
      state: 'output-available';
      input: unknown;
      output: unknown;
      errorText?: never;
      resultProviderMetadata?: ProviderMetadata;
      preliminary?: boolean;
      approval?: Approval<true>;
    }
  | {
      state: 'output-error';
      input: unknown;
      rawInput?: unknown;
      output?: never;
      errorText: string;
      resultProviderMetadata?: ProviderMetadata;
      approval?: Approval<true>;
    }
  | { state: 'output-denied'; input: unknown; output?: never; errorText?: never; approval: Approval<false> };

type ToolPart = { type: `tool-${string}` } & Tool & ToolState;
type DynamicToolPart = { type: 'dynamic-tool'; toolName: string } & Tool & ToolState;

/** A part of a {@link UIMessage}. */
export type UIMessagePart =
  | TextPart
  | ReasoningPart
  | FilePart
  | SourceUrlPart
  | SourceDocumentPart
  | StepStartPart
  | DataPart
  | ToolPart
  | DynamicToolPart;

/**
 * The format `ai-sdk`: a message that `useChat` shows and `convertToModelMessages` accepts. The database also stores
 * and returns parts of types that the AI SDK does not know; `validateUIMessages` finds them.
 */
export interface UIMessage {
  id: string;
  role: 'system' | 'user' | 'assistant';
  /** The metadata of the application, and `createdAt`. */
  metadata?: unknown;
  parts: UIMessagePart[];
}
