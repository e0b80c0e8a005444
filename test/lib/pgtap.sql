-- Installs pgTAP in the schema tap.
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
