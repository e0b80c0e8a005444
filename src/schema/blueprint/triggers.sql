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
