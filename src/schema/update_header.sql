-- Complain if the script is sourced in psql, rather than via ALTER EXTENSION.
\echo Use "ALTER EXTENSION agentchat UPDATE" to load this file. \quit
