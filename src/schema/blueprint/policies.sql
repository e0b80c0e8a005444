-- Row-level security: the rows that a signed-in user can see and write. The owner of the tables and roles
-- with BYPASSRLS are not subject to it.
--
-- The policies are for PUBLIC. The names of the roles are not known, and a denial must hold whatever was
-- granted: Supabase's default privileges grant everything to everybody. Without a caller no row is visible,
-- because NULL equals nothing. A subquery is evaluated only once in a query.
--
-- An action without a policy is denied to users.
ALTER TABLE agentchat.blueprint_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_workflows ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_subscriptions ENABLE ROW LEVEL SECURITY;

-- A trigger lets only name and avatar_url change.
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

-- The function looks a conversation up once for all its messages.
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

-- Signed-in users see their own definitions and public ones. Without a caller the comparison is NULL, which
-- equals nothing in the list. This form asks for the caller only once.
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
