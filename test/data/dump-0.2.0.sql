--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: agentchat; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS agentchat WITH SCHEMA public;


--
-- Name: EXTENSION agentchat; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION agentchat IS 'conversations, messages and agents of an AI chat product, read back as JSON in one call';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: agent_definitions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agent_definitions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    system_prompt text NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    tools jsonb,
    capabilities jsonb,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT agent_definitions_capabilities_check CHECK ((jsonb_typeof(capabilities) = 'object'::text)),
    CONSTRAINT agent_definitions_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT agent_definitions_tools_check CHECK ((jsonb_typeof(tools) = 'array'::text))
);
ALTER TABLE ONLY public.agent_definitions ALTER COLUMN description SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_definitions ALTER COLUMN system_prompt SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_definitions ALTER COLUMN tools SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_definitions ALTER COLUMN capabilities SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_definitions ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE agent_definitions; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.agent_definitions IS 'Agents as their authors describe them.';


--
-- Name: COLUMN agent_definitions.user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.user_id IS 'The author.';


--
-- Name: COLUMN agent_definitions.system_prompt; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.system_prompt IS 'The agent''s instructions.';


--
-- Name: COLUMN agent_definitions.is_public; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.is_public IS 'Whether other users may see and use it.';


--
-- Name: COLUMN agent_definitions.tools; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.tools IS 'The tools that it may use, by id or name: a JSON array of strings.';


--
-- Name: COLUMN agent_definitions.capabilities; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.capabilities IS 'What it can do: a JSON object.';


--
-- Name: COLUMN agent_definitions.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN agent_definitions.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.created_at IS 'In UTC.';


--
-- Name: COLUMN agent_definitions.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_definitions.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: agent_instances; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agent_instances (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    definition_id uuid NOT NULL,
    name text NOT NULL,
    configuration jsonb,
    status text DEFAULT 'active'::text NOT NULL,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT agent_instances_configuration_check CHECK ((jsonb_typeof(configuration) = 'object'::text)),
    CONSTRAINT agent_instances_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT agent_instances_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'archived'::text])))
);
ALTER TABLE ONLY public.agent_instances ALTER COLUMN configuration SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_instances ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE agent_instances; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.agent_instances IS 'Agents at work for a user, each made from a definition.';


--
-- Name: COLUMN agent_instances.user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.user_id IS 'Whose agent it is.';


--
-- Name: COLUMN agent_instances.definition_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.definition_id IS 'What it was made from.';


--
-- Name: COLUMN agent_instances.configuration; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.configuration IS 'Laid over the definition''s capabilities: a JSON object.';


--
-- Name: COLUMN agent_instances.status; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.status IS 'active, paused or archived.';


--
-- Name: COLUMN agent_instances.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN agent_instances.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.created_at IS 'In UTC.';


--
-- Name: COLUMN agent_instances.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_instances.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: agent_tools; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agent_tools (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    schema jsonb NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT agent_tools_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT agent_tools_schema_check CHECK ((jsonb_typeof(schema) = 'object'::text))
);
ALTER TABLE ONLY public.agent_tools ALTER COLUMN description SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_tools ALTER COLUMN schema SET COMPRESSION lz4;
ALTER TABLE ONLY public.agent_tools ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE agent_tools; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.agent_tools IS 'The tools that agents can call.';


--
-- Name: COLUMN agent_tools.name; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.name IS 'As the model calls it.';


--
-- Name: COLUMN agent_tools.description; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.description IS 'What the model is told about it.';


--
-- Name: COLUMN agent_tools.schema; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.schema IS 'JSON Schema of its input.';


--
-- Name: COLUMN agent_tools.is_system; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.is_system IS 'Whether it came with the product.';


--
-- Name: COLUMN agent_tools.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN agent_tools.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.created_at IS 'In UTC.';


--
-- Name: COLUMN agent_tools.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.agent_tools.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: artifacts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.artifacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    message_id uuid,
    type text NOT NULL,
    title text NOT NULL,
    content text,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT artifacts_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT artifacts_type_check CHECK ((type = ANY (ARRAY['code'::text, 'text'::text, 'sheet'::text, 'image'::text])))
);
ALTER TABLE ONLY public.artifacts ALTER COLUMN content SET COMPRESSION lz4;
ALTER TABLE ONLY public.artifacts ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE artifacts; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.artifacts IS 'Documents that came out of conversations: code, texts, sheets, images.';


--
-- Name: COLUMN artifacts.user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.user_id IS 'Whose artifact it is.';


--
-- Name: COLUMN artifacts.message_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.message_id IS 'The message that it came from; NULL when that was deleted.';


--
-- Name: COLUMN artifacts.type; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.type IS 'code, text, sheet or image.';


--
-- Name: COLUMN artifacts.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN artifacts.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.created_at IS 'In UTC.';


--
-- Name: COLUMN artifacts.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.artifacts.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: conversations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conversations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    system_prompt text,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT conversations_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text))
);
ALTER TABLE ONLY public.conversations ALTER COLUMN system_prompt SET COMPRESSION lz4;
ALTER TABLE ONLY public.conversations ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE conversations; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.conversations IS 'A conversation of a user with the assistant.';


--
-- Name: COLUMN conversations.user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.user_id IS 'Whose conversation it is.';


--
-- Name: COLUMN conversations.title; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.title IS 'As listed to the user.';


--
-- Name: COLUMN conversations.system_prompt; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.system_prompt IS 'Instructions that stand before the first message.';


--
-- Name: COLUMN conversations.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN conversations.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.created_at IS 'In UTC.';


--
-- Name: COLUMN conversations.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.conversations.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: messages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    parts jsonb,
    attachments jsonb,
    reasoning text,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT messages_attachments_check CHECK ((jsonb_typeof(attachments) = 'array'::text)),
    CONSTRAINT messages_parts_check CHECK ((jsonb_typeof(parts) = 'array'::text)),
    CONSTRAINT messages_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text])))
)
WITH (toast_tuple_target='4080');
ALTER TABLE ONLY public.messages ALTER COLUMN content SET COMPRESSION lz4;
ALTER TABLE ONLY public.messages ALTER COLUMN parts SET COMPRESSION lz4;
ALTER TABLE ONLY public.messages ALTER COLUMN attachments SET COMPRESSION lz4;
ALTER TABLE ONLY public.messages ALTER COLUMN reasoning SET COMPRESSION lz4;


--
-- Name: TABLE messages; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.messages IS 'The messages of a conversation; their order is created_at, id.';


--
-- Name: COLUMN messages.role; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.role IS 'Who speaks: user, assistant or system.';


--
-- Name: COLUMN messages.content; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.content IS 'The text.';


--
-- Name: COLUMN messages.parts; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.parts IS 'The parts of an AI SDK UIMessage: a JSON array.';


--
-- Name: COLUMN messages.attachments; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.attachments IS 'Files sent along: a JSON array.';


--
-- Name: COLUMN messages.reasoning; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.reasoning IS 'What the model thought before it answered.';


--
-- Name: COLUMN messages.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.messages.created_at IS 'In UTC; with id the order of the conversation.';


--
-- Name: subscriptions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subscriptions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price_id text,
    stripe_current_period_end timestamp without time zone,
    plan text NOT NULL,
    status text NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    agent_limit integer NOT NULL,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT subscriptions_agent_limit_check CHECK ((agent_limit >= '-1'::integer)),
    CONSTRAINT subscriptions_plan_check CHECK ((plan = ANY (ARRAY['free'::text, 'pro'::text, 'enterprise'::text]))),
    CONSTRAINT subscriptions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'canceled'::text, 'past_due'::text])))
);


--
-- Name: TABLE subscriptions; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.subscriptions IS 'What users pay for, as Stripe has it.';


--
-- Name: COLUMN subscriptions.stripe_subscription_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.stripe_subscription_id IS 'Unique: webhooks can upsert by it.';


--
-- Name: COLUMN subscriptions.stripe_current_period_end; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.stripe_current_period_end IS 'In UTC.';


--
-- Name: COLUMN subscriptions.plan; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.plan IS 'free, pro or enterprise.';


--
-- Name: COLUMN subscriptions.status; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.status IS 'active, canceled or past_due.';


--
-- Name: COLUMN subscriptions.is_active; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.is_active IS 'Whether it counts now.';


--
-- Name: COLUMN subscriptions.agent_limit; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.agent_limit IS 'How many agents the user may have; -1 is no limit.';


--
-- Name: COLUMN subscriptions.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.created_at IS 'In UTC.';


--
-- Name: COLUMN subscriptions.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.subscriptions.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL
);


--
-- Name: TABLE users; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.users IS 'The people who use the chat product.';


--
-- Name: COLUMN users.id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.id IS 'With Supabase, the id in auth.users.';


--
-- Name: COLUMN users.email; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.email IS 'One row per e-mail address.';


--
-- Name: COLUMN users.name; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.name IS 'Display name.';


--
-- Name: COLUMN users.avatar_url; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.avatar_url IS 'URL of a picture.';


--
-- Name: COLUMN users.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.created_at IS 'In UTC.';


--
-- Name: COLUMN users.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Name: workflows; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.workflows (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    agent_instance_id uuid,
    workflow_id text NOT NULL,
    status text NOT NULL,
    goal text NOT NULL,
    steps jsonb,
    result jsonb,
    metadata jsonb,
    created_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    updated_at timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text) NOT NULL,
    CONSTRAINT workflows_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT workflows_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT workflows_steps_check CHECK ((jsonb_typeof(steps) = 'array'::text))
);
ALTER TABLE ONLY public.workflows ALTER COLUMN goal SET COMPRESSION lz4;
ALTER TABLE ONLY public.workflows ALTER COLUMN steps SET COMPRESSION lz4;
ALTER TABLE ONLY public.workflows ALTER COLUMN result SET COMPRESSION lz4;
ALTER TABLE ONLY public.workflows ALTER COLUMN metadata SET COMPRESSION lz4;


--
-- Name: TABLE workflows; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.workflows IS 'Work of agents that goes on by itself, step by step.';


--
-- Name: COLUMN workflows.user_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.user_id IS 'For whom it runs.';


--
-- Name: COLUMN workflows.agent_instance_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.agent_instance_id IS 'The agent at work; NULL when that was deleted.';


--
-- Name: COLUMN workflows.workflow_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.workflow_id IS 'The id at the workflow service (Upstash).';


--
-- Name: COLUMN workflows.status; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.status IS 'pending, running, completed or failed.';


--
-- Name: COLUMN workflows.steps; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.steps IS 'The steps so far: a JSON array.';


--
-- Name: COLUMN workflows.result; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.result IS 'What came out.';


--
-- Name: COLUMN workflows.metadata; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.metadata IS 'What the application wants to keep with it: a JSON object.';


--
-- Name: COLUMN workflows.created_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.created_at IS 'In UTC.';


--
-- Name: COLUMN workflows.updated_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.workflows.updated_at IS 'In UTC; set by trigger whenever the row changes.';


--
-- Data for Name: agent_definitions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.agent_definitions (id, user_id, name, description, system_prompt, is_public, tools, capabilities, metadata, created_at, updated_at) FROM stdin;
00000000-0000-0000-0000-000000000001	00000000-0000-0000-0000-000000000001	agent	An agent	Be kind.	f	["search"]	\N	\N	2026-11-30 02:16:20.132507	2026-11-30 02:16:20.132507
00000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-000000000002	agent	An agent	Be kind.	f	["search"]	\N	\N	2026-11-30 02:16:20.132507	2026-11-30 02:16:20.132507
00000000-0000-0000-0000-000000000003	00000000-0000-0000-0000-000000000003	agent	An agent	Be kind.	f	["search"]	\N	\N	2026-11-30 02:16:20.132507	2026-11-30 02:16:20.132507
\.


--
-- Data for Name: agent_instances; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.agent_instances (id, user_id, definition_id, name, configuration, status, metadata, created_at, updated_at) FROM stdin;
00000000-0000-0000-0000-000000000001	00000000-0000-0000-0000-000000000001	00000000-0000-0000-0000-000000000001	my agent	\N	active	\N	2026-11-30 02:16:20.139102	2026-11-30 02:16:20.139102
00000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-000000000002	my agent	\N	active	\N	2026-11-30 02:16:20.139102	2026-11-30 02:16:20.139102
00000000-0000-0000-0000-000000000003	00000000-0000-0000-0000-000000000003	00000000-0000-0000-0000-000000000003	my agent	\N	active	\N	2026-11-30 02:16:20.139102	2026-11-30 02:16:20.139102
\.


--
-- Data for Name: agent_tools; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.agent_tools (id, name, description, schema, is_system, metadata, created_at, updated_at) FROM stdin;
e7729531-37a5-40e9-9ab8-0e2701e600af	search	Searches	{"type": "object"}	f	\N	2026-11-30 02:16:20.132213	2026-11-30 02:16:20.132213
\.


--
-- Data for Name: artifacts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.artifacts (id, user_id, message_id, type, title, content, metadata, created_at, updated_at) FROM stdin;
57f76068-f620-4d82-bae8-a41fab567c89	00000000-0000-0000-0000-000000000001	7ed36a58-aa1d-75d1-681b-bc36e5699630	code	Message 1	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
4c4fd2da-f6be-432d-a0ba-f866cfca2f0a	00000000-0000-0000-0000-000000000002	922d9ee4-31f9-61ae-c8fd-d3ed7e9f0650	code	Message 1	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
d4098d47-735d-421e-8bf5-4bd099f1b26c	00000000-0000-0000-0000-000000000003	6cd7fdb7-5ca6-ba42-a895-23114f10b601	code	Message 1	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
8160f867-0f74-48d1-bf5a-d8465370cf0b	00000000-0000-0000-0000-000000000001	b8bf5b5f-3a98-cabb-e464-ba2949ade37b	code	Message 2	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
0cef50de-9157-4f61-b015-a6934675c08e	00000000-0000-0000-0000-000000000002	b7ff6d30-d4cb-ad01-0c1a-832b51fbe007	code	Message 2	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
9b3779c4-f0dc-45bb-8ab8-1dc727fbb577	00000000-0000-0000-0000-000000000003	aa8b7d16-02dd-6bf4-876a-e4a5b8f55eea	code	Message 2	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
95c76459-2da1-4531-895b-f1cf7ab7ce36	00000000-0000-0000-0000-000000000001	ba40f865-2241-41e7-e0e9-1ed296064480	code	Message 3	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
3c6f7479-5791-45d2-9807-63e5a9a283f6	00000000-0000-0000-0000-000000000002	8f7955dd-814f-0740-ed1a-704786e626a1	code	Message 3	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
e689388c-e7a5-4fce-a6a2-32c265cbcff8	00000000-0000-0000-0000-000000000003	7fdab938-2038-72dc-e35a-f3210e473027	code	Message 3	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
a93ce34a-ff5c-4ce8-80bd-4c544d5a65a9	00000000-0000-0000-0000-000000000001	e4c64479-29ea-3454-5fce-dc2a4f021732	code	Message 4	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
171d827b-215d-4191-a969-31cc863211a6	00000000-0000-0000-0000-000000000002	30014012-cf3d-3209-6b5f-98b0d29b30fb	code	Message 4	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
adeb2c97-827d-46ea-8d64-6486c12564e9	00000000-0000-0000-0000-000000000003	bc56baa5-8948-fc32-6713-a6fe6631ad21	code	Message 4	\N	\N	2026-11-30 02:16:20.131179	2026-11-30 02:16:20.131179
\.


--
-- Data for Name: conversations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at) FROM stdin;
00000000-0000-0000-0000-000000000001	00000000-0000-0000-0000-000000000001	About User 1	\N	{"a": 1}	2026-11-30 02:16:20.123148	2026-11-30 02:16:20.1271
00000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-000000000002	About User 2	\N	{"a": 1}	2026-11-30 02:16:20.123148	2026-11-30 02:16:20.1271
00000000-0000-0000-0000-000000000003	00000000-0000-0000-0000-000000000003	About User 3	\N	{"a": 1}	2026-11-30 02:16:20.123148	2026-11-30 02:16:20.1271
\.


--
-- Data for Name: messages; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at) FROM stdin;
7ed36a58-aa1d-75d1-681b-bc36e5699630	00000000-0000-0000-0000-000000000001	assistant	Message 1	[{"text": "Message 1", "type": "text"}]	\N	\N	2026-11-30 02:16:20.1271
922d9ee4-31f9-61ae-c8fd-d3ed7e9f0650	00000000-0000-0000-0000-000000000002	assistant	Message 1	[{"text": "Message 1", "type": "text"}]	\N	\N	2026-11-30 02:16:20.1271
6cd7fdb7-5ca6-ba42-a895-23114f10b601	00000000-0000-0000-0000-000000000003	assistant	Message 1	[{"text": "Message 1", "type": "text"}]	\N	\N	2026-11-30 02:16:20.1271
b8bf5b5f-3a98-cabb-e464-ba2949ade37b	00000000-0000-0000-0000-000000000001	user	Message 2	[{"text": "Message 2", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127101
b7ff6d30-d4cb-ad01-0c1a-832b51fbe007	00000000-0000-0000-0000-000000000002	user	Message 2	[{"text": "Message 2", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127101
aa8b7d16-02dd-6bf4-876a-e4a5b8f55eea	00000000-0000-0000-0000-000000000003	user	Message 2	[{"text": "Message 2", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127101
ba40f865-2241-41e7-e0e9-1ed296064480	00000000-0000-0000-0000-000000000001	assistant	Message 3	[{"text": "Message 3", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127102
8f7955dd-814f-0740-ed1a-704786e626a1	00000000-0000-0000-0000-000000000002	assistant	Message 3	[{"text": "Message 3", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127102
7fdab938-2038-72dc-e35a-f3210e473027	00000000-0000-0000-0000-000000000003	assistant	Message 3	[{"text": "Message 3", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127102
e4c64479-29ea-3454-5fce-dc2a4f021732	00000000-0000-0000-0000-000000000001	user	Message 4	[{"text": "Message 4", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127103
30014012-cf3d-3209-6b5f-98b0d29b30fb	00000000-0000-0000-0000-000000000002	user	Message 4	[{"text": "Message 4", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127103
bc56baa5-8948-fc32-6713-a6fe6631ad21	00000000-0000-0000-0000-000000000003	user	Message 4	[{"text": "Message 4", "type": "text"}]	\N	\N	2026-11-30 02:16:20.127103
\.


--
-- Data for Name: subscriptions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.subscriptions (id, user_id, stripe_customer_id, stripe_subscription_id, stripe_price_id, stripe_current_period_end, plan, status, is_active, agent_limit, created_at, updated_at) FROM stdin;
463223d5-c301-436b-ad77-3bb4ba68171a	00000000-0000-0000-0000-000000000001	\N	sub_User 1	\N	\N	pro	active	t	5	2026-11-30 02:16:20.141193	2026-11-30 02:16:20.141193
91aca05f-9989-4bea-8363-90871e3064c5	00000000-0000-0000-0000-000000000002	\N	sub_User 2	\N	\N	pro	active	t	5	2026-11-30 02:16:20.141193	2026-11-30 02:16:20.141193
483168d8-f0a4-4f72-bb37-773e0c986beb	00000000-0000-0000-0000-000000000003	\N	sub_User 3	\N	\N	pro	active	t	5	2026-11-30 02:16:20.141193	2026-11-30 02:16:20.141193
\.


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.users (id, email, name, avatar_url, created_at, updated_at) FROM stdin;
00000000-0000-0000-0000-000000000001	user1@example.com	User 1	\N	2026-11-30 02:16:20.120261	2026-11-30 02:16:20.120261
00000000-0000-0000-0000-000000000002	user2@example.com	User 2	\N	2026-11-30 02:16:20.120261	2026-11-30 02:16:20.120261
00000000-0000-0000-0000-000000000003	user3@example.com	User 3	\N	2026-11-30 02:16:20.120261	2026-11-30 02:16:20.120261
\.


--
-- Data for Name: workflows; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.workflows (id, user_id, agent_instance_id, workflow_id, status, goal, steps, result, metadata, created_at, updated_at) FROM stdin;
5b2d4691-d5b2-4c5b-bf74-6dc0d0fe1f18	00000000-0000-0000-0000-000000000001	00000000-0000-0000-0000-000000000001	wf-1	pending	to win	[]	\N	\N	2026-11-30 02:16:20.140638	2026-11-30 02:16:20.140638
a960bc6f-3452-4aa3-90a6-877b13a33cab	00000000-0000-0000-0000-000000000002	00000000-0000-0000-0000-000000000002	wf-1	pending	to win	[]	\N	\N	2026-11-30 02:16:20.140638	2026-11-30 02:16:20.140638
18fe6e26-e783-4cfa-888c-3085dfe82731	00000000-0000-0000-0000-000000000003	00000000-0000-0000-0000-000000000003	wf-1	pending	to win	[]	\N	\N	2026-11-30 02:16:20.140638	2026-11-30 02:16:20.140638
\.


--
-- Name: agent_definitions agent_definitions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_definitions
    ADD CONSTRAINT agent_definitions_pkey PRIMARY KEY (id);


--
-- Name: agent_instances agent_instances_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_instances
    ADD CONSTRAINT agent_instances_pkey PRIMARY KEY (id);


--
-- Name: agent_tools agent_tools_name_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_tools
    ADD CONSTRAINT agent_tools_name_unique UNIQUE (name);


--
-- Name: agent_tools agent_tools_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_tools
    ADD CONSTRAINT agent_tools_pkey PRIMARY KEY (id);


--
-- Name: artifacts artifacts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_pkey PRIMARY KEY (id);


--
-- Name: conversations conversations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);


--
-- Name: messages messages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);


--
-- Name: subscriptions subscriptions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (id);


--
-- Name: users users_email_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_unique UNIQUE (email);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: workflows workflows_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workflows
    ADD CONSTRAINT workflows_pkey PRIMARY KEY (id);


--
-- Name: agent_definitions_public_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX agent_definitions_public_created_at_id_idx ON public.agent_definitions USING btree (created_at, id) WHERE is_public;


--
-- Name: agent_definitions_user_id_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX agent_definitions_user_id_created_at_id_idx ON public.agent_definitions USING btree (user_id, created_at, id);


--
-- Name: agent_instances_definition_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX agent_instances_definition_id_idx ON public.agent_instances USING btree (definition_id);


--
-- Name: agent_instances_user_id_status_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX agent_instances_user_id_status_created_at_id_idx ON public.agent_instances USING btree (user_id, status, created_at, id);


--
-- Name: artifacts_message_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifacts_message_id_idx ON public.artifacts USING btree (message_id);


--
-- Name: artifacts_user_id_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifacts_user_id_created_at_id_idx ON public.artifacts USING btree (user_id, created_at, id);


--
-- Name: conversations_user_id_updated_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_user_id_updated_at_id_idx ON public.conversations USING btree (user_id, updated_at, id);


--
-- Name: messages_conversation_id_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX messages_conversation_id_created_at_id_idx ON public.messages USING btree (conversation_id, created_at, id);


--
-- Name: subscriptions_stripe_subscription_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX subscriptions_stripe_subscription_id_idx ON public.subscriptions USING btree (stripe_subscription_id);


--
-- Name: subscriptions_user_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX subscriptions_user_id_idx ON public.subscriptions USING btree (user_id);


--
-- Name: workflows_agent_instance_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX workflows_agent_instance_id_idx ON public.workflows USING btree (agent_instance_id);


--
-- Name: workflows_user_id_created_at_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX workflows_user_id_created_at_id_idx ON public.workflows USING btree (user_id, created_at, id);


--
-- Name: workflows_workflow_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX workflows_workflow_id_idx ON public.workflows USING btree (workflow_id);


--
-- Name: agent_instances agentchat_check_links; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON public.agent_instances FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_instance_links();


--
-- Name: artifacts agentchat_check_links; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON public.artifacts FOR EACH ROW EXECUTE FUNCTION agentchat.check_artifact_links();


--
-- Name: workflows agentchat_check_links; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON public.workflows FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_links();


--
-- Name: agent_tools agentchat_check_schema; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_schema AFTER INSERT OR UPDATE ON public.agent_tools FOR EACH ROW EXECUTE FUNCTION agentchat.check_tool_schema();


--
-- Name: workflows agentchat_check_status; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_status AFTER UPDATE ON public.workflows FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_status();


--
-- Name: agent_definitions agentchat_check_tools; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_check_tools AFTER INSERT OR UPDATE ON public.agent_definitions FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_definition_tools();


--
-- Name: agent_instances agentchat_enforce_agent_limit_on_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_enforce_agent_limit_on_insert AFTER INSERT ON public.agent_instances REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();


--
-- Name: agent_instances agentchat_enforce_agent_limit_on_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_enforce_agent_limit_on_update AFTER UPDATE ON public.agent_instances REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();


--
-- Name: agent_tools agentchat_protect_tool; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_protect_tool AFTER DELETE OR UPDATE ON public.agent_tools FOR EACH ROW EXECUTE FUNCTION agentchat.protect_tool();


--
-- Name: users agentchat_protect_user; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_protect_user AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION agentchat.protect_user();


--
-- Name: messages agentchat_set_created_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON public.messages FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();


--
-- Name: agent_definitions agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.agent_definitions FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: agent_instances agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.agent_instances FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: agent_tools agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.agent_tools FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: artifacts agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.artifacts FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: conversations agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.conversations FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: subscriptions agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.subscriptions FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: users agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: workflows agentchat_set_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON public.workflows FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();


--
-- Name: messages agentchat_touch_conversations_on_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_touch_conversations_on_delete AFTER DELETE ON public.messages REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();


--
-- Name: messages agentchat_touch_conversations_on_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_touch_conversations_on_insert AFTER INSERT ON public.messages REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();


--
-- Name: messages agentchat_touch_conversations_on_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agentchat_touch_conversations_on_update AFTER UPDATE ON public.messages REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();


--
-- Name: agent_definitions agent_definitions_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_definitions
    ADD CONSTRAINT agent_definitions_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: agent_instances agent_instances_definition_id_agent_definitions_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_instances
    ADD CONSTRAINT agent_instances_definition_id_agent_definitions_id_fk FOREIGN KEY (definition_id) REFERENCES public.agent_definitions(id);


--
-- Name: agent_instances agent_instances_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent_instances
    ADD CONSTRAINT agent_instances_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: artifacts artifacts_message_id_messages_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_message_id_messages_id_fk FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE SET NULL;


--
-- Name: artifacts artifacts_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: conversations conversations_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: messages messages_conversation_id_conversations_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: subscriptions subscriptions_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: workflows workflows_agent_instance_id_agent_instances_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workflows
    ADD CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk FOREIGN KEY (agent_instance_id) REFERENCES public.agent_instances(id) ON DELETE SET NULL;


--
-- Name: workflows workflows_user_id_users_id_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.workflows
    ADD CONSTRAINT workflows_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: agent_definitions; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.agent_definitions ENABLE ROW LEVEL SECURITY;

--
-- Name: agent_definitions agent_definitions_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_definitions_delete ON public.agent_definitions FOR DELETE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_definitions agent_definitions_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_definitions_insert ON public.agent_definitions FOR INSERT WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_definitions agent_definitions_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_definitions_select ON public.agent_definitions FOR SELECT USING (((user_id = ( SELECT public.current_user_id() AS current_user_id)) = ANY (ARRAY[true, (NOT is_public)])));


--
-- Name: agent_definitions agent_definitions_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_definitions_update ON public.agent_definitions FOR UPDATE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_instances; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.agent_instances ENABLE ROW LEVEL SECURITY;

--
-- Name: agent_instances agent_instances_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_instances_delete ON public.agent_instances FOR DELETE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_instances agent_instances_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_instances_insert ON public.agent_instances FOR INSERT WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_instances agent_instances_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_instances_select ON public.agent_instances FOR SELECT USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_instances agent_instances_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_instances_update ON public.agent_instances FOR UPDATE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: agent_tools; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.agent_tools ENABLE ROW LEVEL SECURITY;

--
-- Name: agent_tools agent_tools_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY agent_tools_select ON public.agent_tools FOR SELECT USING ((( SELECT public.current_user_id() AS current_user_id) IS NOT NULL));


--
-- Name: artifacts; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.artifacts ENABLE ROW LEVEL SECURITY;

--
-- Name: artifacts artifacts_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY artifacts_delete ON public.artifacts FOR DELETE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: artifacts artifacts_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY artifacts_insert ON public.artifacts FOR INSERT WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: artifacts artifacts_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY artifacts_select ON public.artifacts FOR SELECT USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: artifacts artifacts_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY artifacts_update ON public.artifacts FOR UPDATE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: conversations; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;

--
-- Name: conversations conversations_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY conversations_delete ON public.conversations FOR DELETE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: conversations conversations_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY conversations_insert ON public.conversations FOR INSERT WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: conversations conversations_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY conversations_select ON public.conversations FOR SELECT USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: conversations conversations_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY conversations_update ON public.conversations FOR UPDATE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: messages; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

--
-- Name: messages messages_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY messages_delete ON public.messages FOR DELETE USING (agentchat.owns_conversation(conversation_id));


--
-- Name: messages messages_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY messages_insert ON public.messages FOR INSERT WITH CHECK (agentchat.owns_conversation(conversation_id));


--
-- Name: messages messages_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY messages_select ON public.messages FOR SELECT USING (agentchat.owns_conversation(conversation_id));


--
-- Name: messages messages_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY messages_update ON public.messages FOR UPDATE USING (agentchat.owns_conversation(conversation_id)) WITH CHECK (agentchat.owns_conversation(conversation_id));


--
-- Name: subscriptions; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;

--
-- Name: subscriptions subscriptions_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY subscriptions_select ON public.subscriptions FOR SELECT USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: users; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

--
-- Name: users users_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY users_select ON public.users FOR SELECT USING ((id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: users users_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY users_update ON public.users FOR UPDATE USING ((id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: workflows; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.workflows ENABLE ROW LEVEL SECURITY;

--
-- Name: workflows workflows_delete; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY workflows_delete ON public.workflows FOR DELETE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: workflows workflows_insert; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY workflows_insert ON public.workflows FOR INSERT WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: workflows workflows_select; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY workflows_select ON public.workflows FOR SELECT USING ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- Name: workflows workflows_update; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY workflows_update ON public.workflows FOR UPDATE USING ((user_id = ( SELECT public.current_user_id() AS current_user_id))) WITH CHECK ((user_id = ( SELECT public.current_user_id() AS current_user_id)));


--
-- PostgreSQL database dump complete
--


