// Made by "make supabase-types", with Supabase's own generator.

export type Json = string | number | boolean | null | {
  [key: string]: Json | undefined;
} | Json[];
export type Database = {
  "public": {
    Tables: {
      "agent_definitions": {
        Row: {
          "capabilities": Json | null;
          "created_at": string;
          "description": string;
          "id": string;
          "is_public": boolean;
          "metadata": Json | null;
          "name": string;
          "system_prompt": string;
          "tools": Json | null;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "capabilities"?: Json | null;
          "created_at"?: string;
          "description": string;
          "id"?: string;
          "is_public"?: boolean;
          "metadata"?: Json | null;
          "name": string;
          "system_prompt": string;
          "tools"?: Json | null;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "capabilities"?: Json | null;
          "created_at"?: string;
          "description"?: string;
          "id"?: string;
          "is_public"?: boolean;
          "metadata"?: Json | null;
          "name"?: string;
          "system_prompt"?: string;
          "tools"?: Json | null;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "agent_definitions_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "agent_instances": {
        Row: {
          "configuration": Json | null;
          "created_at": string;
          "definition_id": string;
          "id": string;
          "metadata": Json | null;
          "name": string;
          "status": string;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "configuration"?: Json | null;
          "created_at"?: string;
          "definition_id": string;
          "id"?: string;
          "metadata"?: Json | null;
          "name": string;
          "status"?: string;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "configuration"?: Json | null;
          "created_at"?: string;
          "definition_id"?: string;
          "id"?: string;
          "metadata"?: Json | null;
          "name"?: string;
          "status"?: string;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "agent_instances_definition_id_agent_definitions_id_fk";
            columns: [
              "definition_id"
            ];
            isOneToOne: false;
            referencedRelation: "agent_definitions";
            referencedColumns: [
              "id"
            ];
          },
          {
            foreignKeyName: "agent_instances_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "agent_tools": {
        Row: {
          "created_at": string;
          "description": string;
          "id": string;
          "is_system": boolean;
          "metadata": Json | null;
          "name": string;
          "schema": NonNullable<Json>;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "description": string;
          "id"?: string;
          "is_system"?: boolean;
          "metadata"?: Json | null;
          "name": string;
          "schema": NonNullable<Json>;
          "updated_at"?: string;
        };
        Update: {
          "created_at"?: string;
          "description"?: string;
          "id"?: string;
          "is_system"?: boolean;
          "metadata"?: Json | null;
          "name"?: string;
          "schema"?: NonNullable<Json>;
          "updated_at"?: string;
        };
        Relationships: [
        ];
      };
      "artifacts": {
        Row: {
          "content": string | null;
          "created_at": string;
          "id": string;
          "message_id": string | null;
          "metadata": Json | null;
          "title": string;
          "type": string;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "content"?: string | null;
          "created_at"?: string;
          "id"?: string;
          "message_id"?: string | null;
          "metadata"?: Json | null;
          "title": string;
          "type": string;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "content"?: string | null;
          "created_at"?: string;
          "id"?: string;
          "message_id"?: string | null;
          "metadata"?: Json | null;
          "title"?: string;
          "type"?: string;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "artifacts_message_id_messages_id_fk";
            columns: [
              "message_id"
            ];
            isOneToOne: false;
            referencedRelation: "messages";
            referencedColumns: [
              "id"
            ];
          },
          {
            foreignKeyName: "artifacts_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "conversations": {
        Row: {
          "created_at": string;
          "id": string;
          "metadata": Json | null;
          "system_prompt": string | null;
          "title": string;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "id"?: string;
          "metadata"?: Json | null;
          "system_prompt"?: string | null;
          "title": string;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "created_at"?: string;
          "id"?: string;
          "metadata"?: Json | null;
          "system_prompt"?: string | null;
          "title"?: string;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "conversations_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "messages": {
        Row: {
          "attachments": Json | null;
          "content": string;
          "conversation_id": string;
          "created_at": string;
          "id": string;
          "parts": Json | null;
          "reasoning": string | null;
          "role": string;
        };
        ComputedFields: never;
        Insert: {
          "attachments"?: Json | null;
          "content": string;
          "conversation_id": string;
          "created_at"?: string;
          "id"?: string;
          "parts"?: Json | null;
          "reasoning"?: string | null;
          "role": string;
        };
        Update: {
          "attachments"?: Json | null;
          "content"?: string;
          "conversation_id"?: string;
          "created_at"?: string;
          "id"?: string;
          "parts"?: Json | null;
          "reasoning"?: string | null;
          "role"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "messages_conversation_id_conversations_id_fk";
            columns: [
              "conversation_id"
            ];
            isOneToOne: false;
            referencedRelation: "conversations";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "run_chunks": {
        Row: {
          "chunk": NonNullable<Json>;
          "created_at": string;
          "run_id": string;
          "seq": number;
        };
        ComputedFields: never;
        Insert: {
          "chunk": NonNullable<Json>;
          "created_at"?: string;
          "run_id": string;
          "seq": number;
        };
        Update: {
          "chunk"?: NonNullable<Json>;
          "created_at"?: string;
          "run_id"?: string;
          "seq"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "run_chunks_run_id_runs_id_fk";
            columns: [
              "run_id"
            ];
            isOneToOne: false;
            referencedRelation: "runs";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "runs": {
        Row: {
          "conversation_id": string;
          "error": Json | null;
          "finished_at": string | null;
          "heartbeat_at": string | null;
          "id": string;
          "message_id": string;
          "metadata": Json | null;
          "started_at": string;
          "status": string;
          "stop_requested_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "conversation_id": string;
          "error"?: Json | null;
          "finished_at"?: string | null;
          "heartbeat_at"?: string | null;
          "id"?: string;
          "message_id"?: string;
          "metadata"?: Json | null;
          "started_at"?: string;
          "status"?: string;
          "stop_requested_at"?: string | null;
        };
        Update: {
          "conversation_id"?: string;
          "error"?: Json | null;
          "finished_at"?: string | null;
          "heartbeat_at"?: string | null;
          "id"?: string;
          "message_id"?: string;
          "metadata"?: Json | null;
          "started_at"?: string;
          "status"?: string;
          "stop_requested_at"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "runs_conversation_id_conversations_id_fk";
            columns: [
              "conversation_id"
            ];
            isOneToOne: false;
            referencedRelation: "conversations";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "subscriptions": {
        Row: {
          "agent_limit": number;
          "created_at": string;
          "id": string;
          "is_active": boolean;
          "plan": string;
          "status": string;
          "stripe_current_period_end": string | null;
          "stripe_customer_id": string | null;
          "stripe_price_id": string | null;
          "stripe_subscription_id": string | null;
          "updated_at": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "agent_limit": number;
          "created_at"?: string;
          "id"?: string;
          "is_active"?: boolean;
          "plan": string;
          "status": string;
          "stripe_current_period_end"?: string | null;
          "stripe_customer_id"?: string | null;
          "stripe_price_id"?: string | null;
          "stripe_subscription_id"?: string | null;
          "updated_at"?: string;
          "user_id": string;
        };
        Update: {
          "agent_limit"?: number;
          "created_at"?: string;
          "id"?: string;
          "is_active"?: boolean;
          "plan"?: string;
          "status"?: string;
          "stripe_current_period_end"?: string | null;
          "stripe_customer_id"?: string | null;
          "stripe_price_id"?: string | null;
          "stripe_subscription_id"?: string | null;
          "updated_at"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "subscriptions_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
      "users": {
        Row: {
          "avatar_url": string | null;
          "created_at": string;
          "email": string;
          "id": string;
          "name": string | null;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "avatar_url"?: string | null;
          "created_at"?: string;
          "email": string;
          "id"?: string;
          "name"?: string | null;
          "updated_at"?: string;
        };
        Update: {
          "avatar_url"?: string | null;
          "created_at"?: string;
          "email"?: string;
          "id"?: string;
          "name"?: string | null;
          "updated_at"?: string;
        };
        Relationships: [
        ];
      };
      "workflows": {
        Row: {
          "agent_instance_id": string | null;
          "created_at": string;
          "goal": string;
          "id": string;
          "metadata": Json | null;
          "result": Json | null;
          "status": string;
          "steps": Json | null;
          "updated_at": string;
          "user_id": string;
          "workflow_id": string;
        };
        ComputedFields: never;
        Insert: {
          "agent_instance_id"?: string | null;
          "created_at"?: string;
          "goal": string;
          "id"?: string;
          "metadata"?: Json | null;
          "result"?: Json | null;
          "status": string;
          "steps"?: Json | null;
          "updated_at"?: string;
          "user_id": string;
          "workflow_id": string;
        };
        Update: {
          "agent_instance_id"?: string | null;
          "created_at"?: string;
          "goal"?: string;
          "id"?: string;
          "metadata"?: Json | null;
          "result"?: Json | null;
          "status"?: string;
          "steps"?: Json | null;
          "updated_at"?: string;
          "user_id"?: string;
          "workflow_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "workflows_agent_instance_id_agent_instances_id_fk";
            columns: [
              "agent_instance_id"
            ];
            isOneToOne: false;
            referencedRelation: "agent_instances";
            referencedColumns: [
              "id"
            ];
          },
          {
            foreignKeyName: "workflows_user_id_users_id_fk";
            columns: [
              "user_id"
            ];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: [
              "id"
            ];
          }
        ];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      "advance_workflow": {
        Args: {
          "id": string;
          "result"?: Json;
          "status"?: string;
          "step"?: Json;
        };
        Returns: Json;
      };
      "agent_usage": {
        Args: {
          "user_id"?: string;
        };
        Returns: Json;
      };
      "append_chunks": {
        Args: {
          "chunks": Json;
          "from_seq": number;
          "run_id": string;
        };
        Returns: Json;
      };
      "append_messages": {
        Args: {
          "check_tools"?: boolean;
          "conversation_id": string;
          "format"?: string;
          "messages": Json;
        };
        Returns: Json;
      };
      "create_conversation": {
        Args: {
          "format"?: string;
          "id"?: string;
          "messages"?: Json;
          "metadata"?: Json;
          "system_prompt"?: string;
          "title": string;
          "user_id"?: string;
        };
        Returns: Json;
      };
      "current_user_id": {
        Args: Record<PropertyKey, never>;
        Returns: string;
      };
      "finish_run": {
        Args: {
          "error"?: Json;
          "format"?: string;
          "messages"?: Json;
          "metadata"?: Json;
          "run_id": string;
          "status": string;
        };
        Returns: Json;
      };
      "fork_conversation": {
        Args: {
          "conversation_id": string;
          "title"?: string;
          "up_to_message"?: string;
        };
        Returns: string;
      };
      "get_agent": {
        Args: {
          "agent_instance_id": string;
          "format"?: string;
        };
        Returns: Json;
      };
      "get_context": {
        Args: {
          "conversation_id": string;
          "format"?: string;
          "reserve"?: number;
          "token_budget": number;
          "tokenizer"?: string;
        };
        Returns: Json;
      };
      "get_conversation": {
        Args: {
          "before_message"?: string;
          "conversation_id": string;
          "format"?: string;
          "message_limit"?: number;
        };
        Returns: Json;
      };
      "get_conversation_json": {
        Args: {
          "before_message"?: string;
          "conversation_id": string;
          "format"?: string;
          "message_limit"?: number;
        };
        Returns: Json;
      };
      "heartbeat_run": {
        Args: {
          "run_id": string;
        };
        Returns: Json;
      };
      "list_conversations": {
        Args: {
          "cursor"?: string;
          "filter"?: Json;
          "page_size"?: number;
          "user_id"?: string;
          "words"?: string;
        };
        Returns: Json;
      };
      "read_chunks": {
        Args: {
          "after"?: number;
          "conversation_id": string;
          "max"?: number;
          "run_id"?: string;
        };
        Returns: Json;
      };
      "recover_run": {
        Args: {
          "conversation_id": string;
          "stale_after"?: string;
        };
        Returns: Json;
      };
      "search_messages": {
        Args: {
          "conversation_id"?: string;
          "cursor"?: string;
          "filter"?: Json;
          "in"?: string;
          "page_size"?: number;
          "query": string;
          "user_id"?: string;
        };
        Returns: Json;
      };
      "start_run": {
        Args: {
          "conversation_id": string;
          "message_id"?: string;
          "metadata"?: Json;
          "stale_after"?: string;
        };
        Returns: Json;
      };
      "stop_run": {
        Args: {
          "conversation_id": string;
        };
        Returns: Json;
      };
      "truncate_conversation": {
        Args: {
          "conversation_id": string;
          "from_message": string;
        };
        Returns: number;
      };
      "update_conversation": {
        Args: {
          "conversation_id": string;
          "metadata"?: Json;
          "title"?: string;
        };
        Returns: Json;
      };
      "validate_tool_input": {
        Args: {
          "input": Json;
          "tool": string;
        };
        Returns: Json;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};
type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;
type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];
export type Tables<DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"]) | {
  schema: keyof DatabaseWithoutInternals;
}, TableName extends DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]) : never = never> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
  Row: infer R;
} ? R : never : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"]) ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
  Row: infer R;
} ? R : never : never;
export type TablesInsert<DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"] | {
  schema: keyof DatabaseWithoutInternals;
}, TableName extends DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] : never = never> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
  Insert: infer I;
} ? I : never : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"] ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
  Insert: infer I;
} ? I : never : never;
export type TablesUpdate<DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"] | {
  schema: keyof DatabaseWithoutInternals;
}, TableName extends DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] : never = never> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
  Update: infer U;
} ? U : never : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"] ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
  Update: infer U;
} ? U : never : never;
export type Enums<DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"] | {
  schema: keyof DatabaseWithoutInternals;
}, EnumName extends DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"] : never = never> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName] : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"] ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions] : never;
export type CompositeTypes<PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"] | {
  schema: keyof DatabaseWithoutInternals;
}, CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"] : never = never> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
} ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName] : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"] ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions] : never;
export const Constants = {
  "public": {
    Enums: {}
  }
} as const;
