-- Complains if this script is run in psql instead of by CREATE EXTENSION.
\echo Use "CREATE EXTENSION agentchat" to load this file. \quit
