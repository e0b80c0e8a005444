-- Switches the feature runs on.
SELECT agentchat.enable('runs') \g /dev/null
