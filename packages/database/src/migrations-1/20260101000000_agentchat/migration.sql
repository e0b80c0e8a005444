-- Creates the tables, their rules and the functions. If tables with these names already exist, then run
-- SELECT * FROM agentchat.adopt(); as the owner of the tables.
CREATE EXTENSION IF NOT EXISTS agentchat;
