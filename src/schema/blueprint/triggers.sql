-- The triggers of the tables.
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_subscriptions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();

-- The order of messages. Triggers fire in the order of their names: a trigger of the user that comes before
-- this one can set created_at as it likes.
CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON agentchat.blueprint_messages
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();

-- A trigger with transition tables can have only one event.
CREATE TRIGGER agentchat_touch_conversations_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_delete AFTER DELETE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();

-- Deleting agents needs no check.
CREATE TRIGGER agentchat_enforce_agent_limit_on_insert AFTER INSERT ON agentchat.blueprint_agent_instances
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();
CREATE TRIGGER agentchat_enforce_agent_limit_on_update AFTER UPDATE ON agentchat.blueprint_agent_instances
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();

-- Rules that policies cannot express: they cannot compare the old row with the new one, and would also refuse
-- an UPDATE of other columns.
CREATE TRIGGER agentchat_protect_user AFTER UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_user();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_artifact_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_instance_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_links();

-- The schemas of tools.
CREATE TRIGGER agentchat_check_schema AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_tool_schema();

-- The tools that definitions name exist. Two triggers do the work of a foreign key, which cannot look into
-- jsonb.
CREATE TRIGGER agentchat_check_tools AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_definition_tools();
CREATE TRIGGER agentchat_protect_tool AFTER UPDATE OR DELETE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_tool();

-- Workflows may begin with any status.
CREATE TRIGGER agentchat_check_status AFTER UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_status();
