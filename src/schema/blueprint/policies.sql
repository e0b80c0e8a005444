-- Row-level security: what a signed-in user sees and writes. The tables' owner is not subject to it, nor are roles with
-- BYPASSRLS.
--
-- For PUBLIC, because which roles there are is not known, and because every denial must hold whatever was granted:
-- Supabase's default privileges give everything to everybody. Nobody without a caller sees anything, since NULL equals
-- nothing. A subquery is evaluated once for a query.
--
-- Where an action has no policy, users can't do it.
ALTER TABLE agentchat.blueprint_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_workflows ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_subscriptions ENABLE ROW LEVEL SECURITY;

-- A trigger keeps all but name and avatar as they are.
CREATE POLICY users_select ON agentchat.blueprint_users FOR SELECT
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY users_update ON agentchat.blueprint_users FOR UPDATE
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY conversations_select ON agentchat.blueprint_conversations FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_insert ON agentchat.blueprint_conversations FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_update ON agentchat.blueprint_conversations FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_delete ON agentchat.blueprint_conversations FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- The function looks once for all messages of a conversation.
CREATE POLICY messages_select ON agentchat.blueprint_messages FOR SELECT
    USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_insert ON agentchat.blueprint_messages FOR INSERT
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_update ON agentchat.blueprint_messages FOR UPDATE
    USING (agentchat.owns_conversation(conversation_id))
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_delete ON agentchat.blueprint_messages FOR DELETE
    USING (agentchat.owns_conversation(conversation_id));

CREATE POLICY artifacts_select ON agentchat.blueprint_artifacts FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_insert ON agentchat.blueprint_artifacts FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_update ON agentchat.blueprint_artifacts FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_delete ON agentchat.blueprint_artifacts FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- Own ones, and public ones for whoever is signed in. With no caller the comparison is NULL, which equals nothing in the
-- list; this says it with one look at the caller.
CREATE POLICY agent_definitions_select ON agentchat.blueprint_agent_definitions FOR SELECT
    USING ((user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
           OPERATOR(pg_catalog.=) ANY (ARRAY[true, NOT is_public]));
CREATE POLICY agent_definitions_insert ON agentchat.blueprint_agent_definitions FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_update ON agentchat.blueprint_agent_definitions FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_delete ON agentchat.blueprint_agent_definitions FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_instances_select ON agentchat.blueprint_agent_instances FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_insert ON agentchat.blueprint_agent_instances FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_update ON agentchat.blueprint_agent_instances FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_delete ON agentchat.blueprint_agent_instances FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_tools_select ON agentchat.blueprint_agent_tools FOR SELECT
    USING ((SELECT @extschema@.current_user_id()) IS NOT NULL);

CREATE POLICY workflows_select ON agentchat.blueprint_workflows FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_insert ON agentchat.blueprint_workflows FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_update ON agentchat.blueprint_workflows FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_delete ON agentchat.blueprint_workflows FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY subscriptions_select ON agentchat.blueprint_subscriptions FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
