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
1f6f4233-4e17-09a4-e0f9-922ad789912b	8c8d357b-5e87-2bba-cd45-197626bd5759	Tutor	Explains	You explain.	t	["search"]	{"model": "small"}	{}	2026-01-05 08:00:00	2026-01-05 08:00:00
\.


--
-- Data for Name: agent_instances; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.agent_instances (id, user_id, definition_id, name, configuration, status, metadata, created_at, updated_at) FROM stdin;
7c9e5cbe-712e-40e6-838e-9b372c722324	8c8d357b-5e87-2bba-cd45-197626bd5759	1f6f4233-4e17-09a4-e0f9-922ad789912b	My active tutor	{"temperature": 0.5}	active	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
0663567d-ac47-82aa-8e9d-1b3d9414787c	8c8d357b-5e87-2bba-cd45-197626bd5759	1f6f4233-4e17-09a4-e0f9-922ad789912b	My paused tutor	{"temperature": 0.5}	paused	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
d0feb3e4-338d-d224-cd06-9785e58d871e	8c8d357b-5e87-2bba-cd45-197626bd5759	1f6f4233-4e17-09a4-e0f9-922ad789912b	My archived tutor	{"temperature": 0.5}	archived	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
\.


--
-- Data for Name: agent_tools; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.agent_tools (id, name, description, schema, is_system, metadata, created_at, updated_at) FROM stdin;
06a943c5-9f33-a34b-b592-4aaf72cd2995	search	Searches	{"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}	t	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
\.


--
-- Data for Name: artifacts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.artifacts (id, user_id, message_id, type, title, content, metadata, created_at, updated_at) FROM stdin;
624ea071-8cba-3ee0-2edc-72d6c76e4234	8c8d357b-5e87-2bba-cd45-197626bd5759	f51611ed-e319-6b99-d03f-ad7cd8d53e41	text	math 111	To find the area of the triangle, we can use the formula for the area of a triangle with coordinates A(x1, y1), B(x2, y2), and C(x3, y3):\n\nArea = (1/2) * |(x1(y2 - y3) + x2(y3 - y1) + x3(y1 - y2))|\n\nI	{"n": 1.10, "language": "en"}	2026-01-05 09:03:00.002	2026-01-06 10:00:00.000001
8c5a624d-5d58-56f7-402e-0a16c5197262	8c8d357b-5e87-2bba-cd45-197626bd5759	39758da2-4f29-6cf9-0b7e-b08be5a8efb2	text	math 111	Since the three points are collinear and do not form a triangle, there is no circumscribed circle for this set of points. A circumscribed circle can only be formed around a triangle with non-collinear	{"n": 1.10, "language": "en"}	2026-01-05 09:03:00.004	2026-01-06 10:00:00.000001
2d7e1808-9715-b70c-a5d4-225e48ada446	8c8d357b-5e87-2bba-cd45-197626bd5759	50f63919-d820-1025-b0cf-897b52b63417	text	math 112	In the first year, the startup invested $8000. In the second year, they invested half of that amount, which is $8000 / 2 = $4000. The total amount invested in software development over the two years i	{"n": 1.10, "language": "en"}	2026-01-05 09:04:00.002	2026-01-06 10:00:00.000001
cf9e7a40-f08e-bbf0-86d1-6c914a589800	8c8d357b-5e87-2bba-cd45-197626bd5759	3c1ef169-6a5f-e8f8-2e9d-1082ed03b642	text	math 112	In the third year, the startup will invest half of the second year's amount, which is $4000 / 2 = $2000.	{"n": 1.10, "language": "en"}	2026-01-05 09:04:00.004	2026-01-06 10:00:00.000001
2de43df0-5f26-cc6b-9811-b38edefc015d	8c8d357b-5e87-2bba-cd45-197626bd5759	\N	image	tab\t, line\n, back\\slash	\N	\N	infinity	-infinity
\.


--
-- Data for Name: conversations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at) FROM stdin;
451e88f0-7988-92bb-0370-18a784ead56e	8c8d357b-5e87-2bba-cd45-197626bd5759	writing 81	\N	\N	2026-01-05 09:01:00	2026-01-05 09:01:00
e8483ce8-a242-9cf9-0e1c-273049a51ba6	8c8d357b-5e87-2bba-cd45-197626bd5759	writing 82	\N	\N	2026-01-05 09:02:00	2026-01-05 09:02:00
25ad1330-cd22-b1e0-9252-34861d733ea7	8c8d357b-5e87-2bba-cd45-197626bd5759	math 111	\N	\N	2026-01-05 09:03:00	2026-01-05 09:03:00
f4014108-e50a-cfc7-0f30-394b74c60b1b	8c8d357b-5e87-2bba-cd45-197626bd5759	math 112	\N	\N	2026-01-05 09:04:00	2026-01-05 09:04:00
\.


--
-- Data for Name: messages; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at) FROM stdin;
f51611ed-e319-6b99-d03f-ad7cd8d53e41	25ad1330-cd22-b1e0-9252-34861d733ea7	assistant	To find the area of the triangle, we can use the formula for the area of a triangle with coordinates A(x1, y1), B(x2, y2), and C(x3, y3):\n\nArea = (1/2) * |(x1(y2 - y3) + x2(y3 - y1) + x3(y1 - y2))|\n\nIn this case, the coordinates are A(0, 0), B(-1, 1), and C(3, 3). Plugging these values into the formula, we get:\n\nArea = (1/2) * |(0(1 - 3) + (-1)(3 - 0) + 3(0 - 1))|\n\nArea = (1/2) * |(-0 + 3 - 3)|\n\nArea = (1/2) * |0|\n\nArea = 0\n\nThe area of the triangle is 0. This means that the three points are collinear, and there is no triangle formed by these points.	\N	\N	\N	2026-01-05 09:03:00.002
39758da2-4f29-6cf9-0b7e-b08be5a8efb2	25ad1330-cd22-b1e0-9252-34861d733ea7	assistant	Since the three points are collinear and do not form a triangle, there is no circumscribed circle for this set of points. A circumscribed circle can only be formed around a triangle with non-collinear points.	\N	\N	\N	2026-01-05 09:03:00.004
50f63919-d820-1025-b0cf-897b52b63417	f4014108-e50a-cfc7-0f30-394b74c60b1b	assistant	In the first year, the startup invested $8000. In the second year, they invested half of that amount, which is $8000 / 2 = $4000. The total amount invested in software development over the two years is $8000 + $4000 = $12000.	\N	\N	\N	2026-01-05 09:04:00.002
3c1ef169-6a5f-e8f8-2e9d-1082ed03b642	f4014108-e50a-cfc7-0f30-394b74c60b1b	assistant	In the third year, the startup will invest half of the second year's amount, which is $4000 / 2 = $2000.	\N	\N	\N	2026-01-05 09:04:00.004
c18c1de0-a406-0bf5-699d-a18be3ee081a	451e88f0-7988-92bb-0370-18a784ead56e	user	Compose an engaging travel blog post about a recent trip to Hawaii, highlighting cultural experiences and must-see attractions.	[{"text": "Compose an engaging travel blog post about a recent trip to Hawaii, highlighting cultural experiences and must-see attractions.", "type": "text"}]	\N	\N	2026-01-05 09:01:00.001
fd76dd72-236d-a0bc-298d-c51dd77f6d77	e8483ce8-a242-9cf9-0e1c-273049a51ba6	user	Draft a professional email seeking your supervisor's feedback on the 'Quarterly Financial Report' you prepared. Ask specifically about the data analysis, presentation style, and the clarity of conclusions drawn. Keep the email short and to the point.	[{"text": "Draft a professional email seeking your supervisor's feedback on the 'Quarterly Financial Report' you prepared. Ask specifically about the data analysis, presentation style, and the clarity of conclusions drawn. Keep the email short and to the point.", "type": "text"}]	\N	\N	2026-01-05 09:02:00.001
4d69965e-a60e-1335-1818-a2735ac95f57	25ad1330-cd22-b1e0-9252-34861d733ea7	user	The vertices of a triangle are at points (0, 0), (-1, 1), and (3, 3). What is the area of the triangle?	[{"text": "The vertices of a triangle are at points (0, 0), (-1, 1), and (3, 3). What is the area of the triangle?", "type": "text"}]	\N	\N	2026-01-05 09:03:00.001
f614d7b9-7725-a1d8-7246-d5dad4e46d9e	25ad1330-cd22-b1e0-9252-34861d733ea7	user	What's area of the circle circumscribing the triangle?	[{"text": "What's area of the circle circumscribing the triangle?", "type": "text"}]	\N	\N	2026-01-05 09:03:00.003
da3c9240-0a1e-84f3-b165-917965ac7f74	f4014108-e50a-cfc7-0f30-394b74c60b1b	user	A tech startup invests $8000 in software development in the first year, and then invests half of that amount in software development in the second year.\nWhat's the total amount the startup invested in software development over the two years?	[{"text": "A tech startup invests $8000 in software development in the first year, and then invests half of that amount in software development in the second year.\\nWhat's the total amount the startup invested in software development over the two years?", "type": "text"}]	\N	\N	2026-01-05 09:04:00.001
23d80138-be9d-6cd4-51ef-c1150b393428	f4014108-e50a-cfc7-0f30-394b74c60b1b	user	If the startup maintains the same strategy for the third year, investing half of the previous year's amount into software development, how much will they invest in the third year?	[{"text": "If the startup maintains the same strategy for the third year, investing half of the previous year's amount into software development, how much will they invest in the third year?", "type": "text"}]	\N	\N	2026-01-05 09:04:00.003
\.


--
-- Data for Name: subscriptions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.subscriptions (id, user_id, stripe_customer_id, stripe_subscription_id, stripe_price_id, stripe_current_period_end, plan, status, is_active, agent_limit, created_at, updated_at) FROM stdin;
b48b13e7-3a6a-c2a8-6dc5-4425dd24d9ff	8c8d357b-5e87-2bba-cd45-197626bd5759	cus_1	sub_1	price_1	2026-02-05 08:00:00	pro	active	t	2	2026-01-05 08:00:00	2026-01-05 08:00:00
\.


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.users (id, email, name, avatar_url, created_at, updated_at) FROM stdin;
8c8d357b-5e87-2bba-cd45-197626bd5759	ada@example.com	Ada	\N	2026-11-22 14:59:59.071908	2026-11-22 14:59:59.071908
\.


--
-- Data for Name: workflows; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.workflows (id, user_id, agent_instance_id, workflow_id, status, goal, steps, result, metadata, created_at, updated_at) FROM stdin;
ed2d6db2-e283-31bf-53b6-35826d880abb	8c8d357b-5e87-2bba-cd45-197626bd5759	7c9e5cbe-712e-40e6-838e-9b372c722324	wfr_pending	pending	to find out	[{"ok": true, "name": "search"}]	"done"	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
f415afd6-d004-2dfc-9119-8b925399aa47	8c8d357b-5e87-2bba-cd45-197626bd5759	7c9e5cbe-712e-40e6-838e-9b372c722324	wfr_running	running	to find out	[{"ok": true, "name": "search"}]	"done"	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
432bd61b-89f6-9500-b2ab-483c9367d9af	8c8d357b-5e87-2bba-cd45-197626bd5759	7c9e5cbe-712e-40e6-838e-9b372c722324	wfr_completed	completed	to find out	[{"ok": true, "name": "search"}]	"done"	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
98d71b31-9d9c-8b3b-8c19-2c060204480a	8c8d357b-5e87-2bba-cd45-197626bd5759	\N	wfr_failed	failed	to find out	[{"ok": true, "name": "search"}]	"done"	\N	2026-01-05 08:00:00	2026-01-05 08:00:00
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
-- PostgreSQL database dump complete
--


