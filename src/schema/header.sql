-- Complain if the script is sourced in psql, rather than via CREATE EXTENSION.
\echo Use "CREATE EXTENSION agentchat" to load this file. \quit
