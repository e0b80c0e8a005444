-- Begins a pgTAP test: pgTAP in the schema tap, the extension in public, and both in the search_path.
SET client_min_messages = warning;
\ir pgtap.sql
CREATE EXTENSION agentchat;
SET search_path = public, tap;
\if :{?discard_caches}
    -- Not before: with it, CREATE EXTENSION alone takes minutes.
    \if :discard_caches
        SET debug_discard_caches = 1;
    \endif
\endif
