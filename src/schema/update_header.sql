-- Complains if this script is run in psql instead of by ALTER EXTENSION.
\echo Use "ALTER EXTENSION agentchat UPDATE" to load this file. \quit
