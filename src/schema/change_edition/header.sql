-- Complains if this script is run in psql instead of by CREATE EXTENSION.
\echo Use "SELECT agentchat.change_edition('extension');" to load this file. \quit

-- The version sql of the extension has no members: it stands beside the SQL edition, and is the way from one
-- to the other. agentchat.change_edition() passes through it.
