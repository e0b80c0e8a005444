-- The tables, their rules and the functions. Where tables of these names are there already, run SELECT * FROM agentchat.adopt();
-- afterwards, as the tables' owner.
CREATE EXTENSION IF NOT EXISTS agentchat;
