-- Makes pgTAP available in the schema tap.
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
