// A copy of the AI SDK's type UIMessageChunk (ai 6), because this package does not depend on `ai`. Each type accepts
// values of the other.

type Json = null | string | number | boolean | JsonObject | Json[];
type JsonObject = { [key: string]: Json | undefined };

interface Described {
  providerMetadata?: Record<string, JsonObject>;
}

interface ToolDescribed extends Described {
  toolCallId: string;
  providerExecuted?: boolean;
  toolMetadata?: JsonObject;
  dynamic?: boolean;
}

interface ToolNamed extends ToolDescribed {
  toolName: string;
  title?: string;
}

type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other';

/** A chunk of an answer: what `toUIMessageStream` of the AI SDK gives and useChat reads. */
export type UIMessageChunk =
  | ({ type: 'text-start'; id: string } & Described)
  | ({ type: 'text-delta'; id: string; delta: string } & Described)
  | ({ type: 'text-end'; id: string } & Described)
  | ({ type: 'reasoning-start'; id: string } & Described)
  | ({ type: 'reasoning-delta'; id: string; delta: string } & Described)
  | ({ type: 'reasoning-end'; id: string } & Described)
  | { type: 'error'; errorText: string }
  | ({ type: 'tool-input-start'; inputEncoding?: 'json' | 'text' } & ToolNamed)
  | { type: 'tool-input-delta'; toolCallId: string; inputTextDelta: string }
  | ({ type: 'tool-input-available'; input: unknown } & ToolNamed)
  | ({ type: 'tool-input-error'; input: unknown; errorText: string } & ToolNamed)
  | {
      type: 'tool-approval-request';
      approvalId: string;
      toolCallId: string;
      approvalDescriptor?: unknown;
      inputSchemaInput?: unknown;
      signature?: string;
    }
  | ({ type: 'tool-output-available'; output: unknown; preliminary?: boolean } & ToolDescribed)
  | ({ type: 'tool-output-error'; errorText: string } & ToolDescribed)
  | { type: 'tool-output-denied'; toolCallId: string }
  | ({ type: 'source-url'; sourceId: string; url: string; title?: string } & Described)
  | ({ type: 'source-document'; sourceId: string; mediaType: string; title: string; filename?: string } & Described)
  | ({ type: 'file'; url: string; mediaType: string } & Described)
  | { type: `data-${string}`; id?: string; data: unknown; transient?: boolean }
  | { type: 'start-step' }
  | { type: 'finish-step' }
  | { type: 'start'; messageId?: string; messageMetadata?: unknown }
  | { type: 'finish'; finishReason?: FinishReason; messageMetadata?: unknown }
  | { type: 'abort'; reason?: string }
  | { type: 'message-metadata'; messageMetadata: unknown };

/** A chunk of any version of the AI SDK, or any object of the application. */
export interface Chunk {
  type: string;
  [key: string]: any;
}
