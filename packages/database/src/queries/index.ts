export * from '../errors.js';
export * from '../runs/index.js';
export { onUnstorableText, storable, type UnstorableText } from '../storable.js';
export * from './administration.js';
export * from './advanceWorkflow.js';
export * from './agentUsage.js';
export {
  type AppendedMessage,
  type AppendMessagesOptions,
  appendMessages,
  type MessageFormat,
  type MessageInputs,
  type OpenAIMessageInput,
  type UIMessageInput,
  type UIMessagePartInput,
} from './appendMessages.js';
export * from './asUser.js';
export type { Client, DrizzleClient, DrizzleInSchema, SupabaseClient } from './client.js';
export * from './conversationMetadata.js';
export * from './countTokens.js';
export * from './createConversation.js';
export * from './currentUserId.js';
export * from './forkConversation.js';
export * from './getAgent.js';
export * from './getContext.js';
export * from './getConversation.js';
export * from './getModelMessages.js';
export {
  type ComparedConversation,
  type ConversationFigures,
  compareVercelChatbot,
  type ImportedConversation,
  type ImportedRows,
  type ImportFigures,
  type ImportOptions,
  type ImportProblem,
  importChatgpt,
  importClaude,
  importUser,
  importVercelChatbot,
} from './imports.js';
export * from './listConversations.js';
export * from './modelMessages.js';
export * from './rows.js';
export * from './searchMessages.js';
export * from './truncateConversation.js';
export * from './uiMessage.js';
export * from './updateConversation.js';
export * from './validateToolInput.js';
