// The messages of requests to providers.

type OpenAIContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: 'auto' | 'low' | 'high' } }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' | 'mp3' } }
  | { type: 'file'; file: { filename?: string; file_data?: string; file_id?: string } };

/** The format `openai`: a message of a chat-completions request. */
export type OpenAIMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | OpenAIContentPart[] }
  | {
      role: 'assistant';
      content: string | null;
      tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
    }
  | { role: 'tool'; tool_call_id: string; content: string };

type OpenAICompatiblePart = OpenAIContentPart | { type: 'video_url'; video_url: { url: string } };

/**
 * The format `openai-compatible`: a message of a request to another provider with OpenAI's API. The keys of
 * `providerMetadata.openaiCompatible` are added to messages and parts.
 */
export type OpenAICompatibleMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | OpenAICompatiblePart[] }
  | {
      role: 'assistant';
      content: string | null;
      /** What the model thought. DeepSeek and Kimi want it back in a loop of calls. */
      reasoning_content?: string;
      tool_calls?: {
        id: string;
        type: 'function';
        function: { name: string; arguments: string };
        extra_content?: { google: { thought_signature: string } };
      }[];
    }
  | { role: 'tool'; tool_call_id: string; content: string };

type CacheControl = { type: 'ephemeral'; ttl?: '5m' | '1h' };

type AnthropicText = { type: 'text'; text: string; cache_control?: CacheControl };

type AnthropicImage = {
  type: 'image';
  source:
    | { type: 'url'; url: string }
    | { type: 'base64'; media_type: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'; data: string };
  cache_control?: CacheControl;
};

type AnthropicDocument = {
  type: 'document';
  source:
    | { type: 'url'; url: string }
    | { type: 'base64'; media_type: 'application/pdf'; data: string }
    | { type: 'text'; media_type: 'text/plain'; data: string };
  title?: string;
  context?: string;
  citations?: { enabled?: boolean };
  cache_control?: CacheControl;
};

type AnthropicThinking =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string };

type AnthropicToolUse = { type: 'tool_use'; id: string; name: string; input: unknown; cache_control?: CacheControl };

type AnthropicToolResult = {
  type: 'tool_result';
  tool_use_id: string;
  content: string | (AnthropicText | AnthropicImage | AnthropicDocument)[];
  is_error?: boolean;
  cache_control?: CacheControl;
};

// The tools that Anthropic runs. Their calls and results are sent back unchanged.
type AnthropicServerTool =
  | { type: 'server_tool_use'; id: string; name: any; input: unknown; cache_control?: CacheControl }
  | {
      type: 'mcp_tool_use';
      id: string;
      name: string;
      server_name: string;
      input: unknown;
      cache_control?: CacheControl;
    }
  | {
      type:
        | 'web_search_tool_result'
        | 'web_fetch_tool_result'
        | 'code_execution_tool_result'
        | 'bash_code_execution_tool_result'
        | 'text_editor_code_execution_tool_result'
        | 'tool_search_tool_result'
        | 'advisor_tool_result'
        | 'mcp_tool_result';
      tool_use_id: string;
      content: any;
      is_error?: boolean;
      cache_control?: CacheControl;
    }
  | { type: 'compaction'; content: string; signature?: string; cache_control?: CacheControl };

/** A content block of an Anthropic message. */
export type AnthropicContentBlock =
  | AnthropicText
  | AnthropicImage
  | AnthropicDocument
  | AnthropicThinking
  | AnthropicToolUse
  | AnthropicToolResult
  | AnthropicServerTool;

/** A message of a Messages request. */
export type AnthropicMessage =
  | { role: 'user' | 'assistant'; content: AnthropicContentBlock[] }
  /** Never the first message. Needs the beta `mid-conversation-system-2026-04-07`. */
  | { role: 'system'; content: AnthropicText[] };

/** The format `anthropic`: `system` and `messages` of a Messages request. With `messageLimit`, it has `has_more`. */
export interface AnthropicConversation {
  system?: AnthropicText[];
  messages: AnthropicMessage[];
  has_more?: boolean;
}
