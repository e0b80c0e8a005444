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

-- The order of messages. Triggers fire in the order of their names: one of the user's that comes before may set what it likes.
CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON agentchat.blueprint_messages
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();

-- PostgreSQL wants a trigger for each event where there are transition tables.
CREATE TRIGGER agentchat_touch_conversations_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_delete AFTER DELETE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();

-- Taking agents away needs no permission.
CREATE TRIGGER agentchat_enforce_agent_limit_on_insert AFTER INSERT ON agentchat.blueprint_agent_instances
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();
CREATE TRIGGER agentchat_enforce_agent_limit_on_update AFTER UPDATE ON agentchat.blueprint_agent_instances
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();

-- What policies can't say: they see one row at a time, and at every UPDATE.
CREATE TRIGGER agentchat_protect_user AFTER UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_user();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_artifact_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_instance_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_links();
