# agentchat: conversations of AI chat products in PostgreSQL. `make help` lists the targets.

EXTENSION = agentchat
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" agentchat.control)

MODULE_big = agentchat
OBJS = $(patsubst %.cpp,%.o,$(sort $(wildcard src/*.cpp src/*/*.cpp)))
CXX_HEADERS = $(wildcard src/*.hpp src/*/*.hpp)
CXX_FILES = $(OBJS:.o=.cpp) $(CXX_HEADERS)
FUZZ_FILES = $(wildcard test/fuzz/*.cpp test/fuzz/*.hpp)
SHELL_FILES = .ci/run debian/tests/installcheck debian/tests/as-owner $(filter-out scripts/lint scripts/pictures \
	scripts/postgres %.js,$(wildcard scripts/* test/lib/*.sh bench/run bench/growth bench/*.sh \
	packages/database/scripts/*.sh)) $(shell grep -l "/env bash$$" test/*/*.t)

# The release before this version. RELEASING.md says what changes here when the next version begins.
LAST_RELEASE = 0.1.0
RELEASE_SCRIPTS = agentchat--$(EXTVERSION).sql agentchat--$(LAST_RELEASE)--$(EXTVERSION).sql
# Those of this version are built, also when it is released: test/package/versions.t compares them.
DATA = $(filter-out $(addprefix src/schema/releases/,$(RELEASE_SCRIPTS)),$(sort $(wildcard src/schema/releases/*.sql)))
# Scripts from and to the SQL edition are made by Node.js. The extension is complete without them.
CHANGE_EDITION = $(if $(shell command -v node 2>/dev/null), \
	agentchat--sql.sql agentchat--sql--$(EXTVERSION).sql agentchat--$(EXTVERSION)--sql.sql)
DATA_built = $(RELEASE_SCRIPTS) $(CHANGE_EDITION)
EXTRA_CLEAN = results regression.diffs regression.out build $(wildcard agentchat--*.sql agentchat-sql--*.sql) $(OBJS:.o=.d) \
	$(OBJS:.o=.gcno)

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=agentchat
ISOLATION = $(sort $(basename $(notdir $(wildcard test/*/*.spec))))
ISOLATION_OPTS = --inputdir=build/isolation --load-extension=agentchat

BLUEPRINT_FILES = $(addprefix src/schema/blueprint/, \
	introduction.sql \
	users.sql \
	conversations.sql \
	messages.sql \
	artifacts.sql \
	agent_definitions.sql \
	agent_instances.sql \
	agent_tools.sql \
	workflows.sql \
	subscriptions.sql \
	triggers.sql \
	policies.sql \
	compression.sql \
	runs.sql \
	search.sql)

# The optional features, each with a folder: the functions that its triggers and policies call come before the blueprint.
FEATURE_RULES_FILES = \
	src/schema/runs/rules.sql \
	src/schema/search/rules.sql

FEATURE_FILES = $(addprefix src/schema/, \
	runs/functions.sql \
	runs/chunks.sql \
	runs/finish_run.sql \
	runs/sweep_runs.sql \
	search/index_messages.sql)

ADMINISTRATION_FILES = $(addprefix src/schema/administration/, \
	tables.sql \
	grants.sql \
	differences/columns.sql \
	differences/tables.sql \
	differences/constraints.sql \
	differences/checks.sql \
	differences/indexes.sql \
	differences/keys.sql \
	differences/foreign_keys.sql \
	differences/triggers.sql \
	differences/policies.sql \
	differences/grants.sql \
	differences.sql \
	features.sql \
	adopt.sql \
	link_supabase_auth.sql \
	check.sql \
	change_edition.sql \
	export_user.sql \
	delete_user.sql)

IMPORTING_FILES = $(addprefix src/schema/importing/, \
	require_no_rls.sql \
	figures.sql \
	vercel_source.sql \
	vercel_parts.sql \
	vercel_old_messages.sql \
	vercel_rows.sql \
	vercel_messages.sql \
	vercel_documents.sql \
	compare_vercel_chatbot.sql \
	vercel_results.sql \
	import_vercel_chatbot.sql \
	write_conversations.sql \
	branches.sql \
	import_conversations.sql \
	import_chatgpt.sql \
	import_claude.sql \
	import_user.sql)

# The install script, in this order.
INSTALL_FILES = \
	src/schema/header.sql \
	src/schema/preconditions.sql \
	src/schema/function_names.sql \
	src/schema/machinery.sql \
	src/schema/caller.sql \
	src/schema/installation.sql \
	src/schema/rules.sql \
	src/schema/auth.sql \
	$(FEATURE_RULES_FILES) \
	$(BLUEPRINT_FILES) \
	$(ADMINISTRATION_FILES) \
	$(IMPORTING_FILES) \
	src/schema/tables.sql \
	src/schema/conversations.sql \
	src/schema/writing.sql \
	src/schema/conversation_formats.sql \
	src/schema/conversation_management.sql \
	src/schema/agents.sql \
	src/schema/workflows.sql \
	src/schema/tokens.sql \
	src/schema/search.sql \
	$(FEATURE_FILES) \
	src/schema/reload.sql

# What has come since the last release.
UPDATE_FILES = \
	src/schema/update_header.sql \
	src/schema/function_names.sql \
	src/schema/caller.sql \
	src/schema/installation.sql \
	src/schema/rules.sql \
	src/schema/auth.sql \
	$(FEATURE_RULES_FILES) \
	$(BLUEPRINT_FILES) \
	$(ADMINISTRATION_FILES) \
	$(IMPORTING_FILES) \
	src/schema/update_get_conversation.sql \
	src/schema/writing.sql \
	src/schema/conversation_formats.sql \
	src/schema/conversation_management.sql \
	src/schema/agents.sql \
	src/schema/workflows.sql \
	src/schema/tokens.sql \
	src/schema/search.sql \
	$(FEATURE_FILES) \
	src/schema/update_footer.sql \
	src/schema/reload.sql

# The SQL edition: one file to run on servers on which the extension cannot be installed. A minus before a file leaves of
# it only functions that raise 0A000.
SQL_EDITION = agentchat-sql--$(EXTVERSION).sql
WITHOUT_BODIES = $(filter-out %/require_no_rls.sql %/figures.sql %/import_user.sql,$(IMPORTING_FILES))
FILES_IN_SQL = $(foreach file,$(INSTALL_FILES),$(if $(filter $(file),$(WITHOUT_BODIES)),-)$(file))
SQL_EDITION_FILES = \
	src/schema/sql_edition/install/begin.sql \
	$(patsubst %/schema/installation.sql,%/schema/sql_edition/install/installation.sql, \
		$(patsubst %/schema/tables.sql,%/schema/sql_edition/install/tables.sql, \
			$(filter-out %/schema/header.sql %/preconditions.sql,$(FILES_IN_SQL)))) \
	src/schema/sql_edition/install/end.sql

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# PostgreSQL's headers are not written for C++ and -Wextra: -isystem keeps their warnings out.
# -MMD writes beside each object which headers it was made of (src/*/*.d), so that an edit rebuilds no more than it must.
PG_CPPFLAGS = -MMD -MP -Isrc -DAGENTCHAT_VERSION=\"$(EXTVERSION)\" -isystem $(shell $(PG_CONFIG) --includedir-server)
# WERROR=-Werror in our own tests; not for users, whose newer compilers may know more warnings.
PG_CXXFLAGS = -std=c++20 -O2 -Wall -Wextra $(WERROR) -fvisibility=hidden -fvisibility-inlines-hidden
ifneq (,$(findstring clang,$(CXX)))
# PGXS hands on the flags of the compiler that PostgreSQL was built with.
PG_CXXFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument -Qunused-arguments
endif

# PGXS would compile bitcode for the JIT with its own flags, which are not C++20's.
override with_llvm := no

ifneq (,$(PGXS))
include $(PGXS)
# The sanitizers of the server (scripts/build-postgres) are the extension's as well; configure hands them on for C only.
SANITIZERS := $(filter -fsanitize=% -fno-sanitize%,$(shell $(PG_CONFIG) --cflags))
# PostgreSQL's flags have -fwrapv, with which GCC looks for no signed overflow.
override CXXFLAGS += $(if $(SANITIZERS),$(SANITIZERS) -fno-omit-frame-pointer -fno-wrapv)
ifdef COVERAGE
# Optimised, lines have no counts of their own.
override CXXFLAGS += --coverage -O0
endif
# PGXS links with the C compiler, which leaves the C++ library out.
override COMPILER = $(call shortly,LINK,$@) $(CXX) $(CXXFLAGS)
else
all install installcheck clean:
	@echo "No pg_config found. Install PostgreSQL's server headers (Debian: postgresql-server-dev-15)," >&2
	@echo "or name it: make PG_CONFIG=/path/to/pg_config. \`make demo\` installs what is missing by itself." >&2
	@exit 1
endif

# One short line for each file that is made, with `make -s` as well. V=1 prints the commands instead.
shortly = $(if $(V),,@printf '%-4s %s\n' $(1) $(2) &&)
quietly = $(if $(V),,@)

# PGXS has rules of its own for both, which print each command with all its options.
$(OBJS): %.o: %.cpp
	$(call shortly,CXX,$<) $(COMPILE.cpp) $(OUTPUT_OPTION) $<

# Headers that (nearly) all files include are compiled once: that halves the time of a build. src/pg gets PostgreSQL's,
# all else the standard ones alone. `private`: the header itself is compiled without it.
PRECOMPILED = $(addsuffix $(if $(findstring clang,$(CXX)),.pch,.gch), build/headers/standard.hpp build/headers/prelude.hpp)
USES_POSTGRES = src/module.o $(filter src/pg/%,$(OBJS))
$(OBJS): $(PRECOMPILED) Makefile agentchat.control
$(USES_POSTGRES): private override CPPFLAGS += -include build/headers/prelude.hpp
$(filter-out $(USES_POSTGRES),$(OBJS)): private override CPPFLAGS += -include build/headers/standard.hpp

$(PRECOMPILED): build/headers/%: src/pg/prelude.hpp src/pg/standard.hpp Makefile
	@mkdir -p $(@D)
	$(quietly)echo '#include "pg/$(basename $*)"' >build/headers/$(basename $*)
	$(call shortly,CXX,src/pg/$(basename $*)) $(COMPILE.cpp) -x c++-header -o $@ build/headers/$(basename $*)

-include $(OBJS:.o=.d)

# The assembler reads these files, and -MMD does not see it.
src/tokens/embedded_data.o: $(wildcard data/tokens/*.bin)

agentchat--$(EXTVERSION).sql: $(INSTALL_FILES) agentchat.control Makefile
	$(call shortly,SQL,$@) cat $(INSTALL_FILES) >$@

agentchat--$(LAST_RELEASE)--$(EXTVERSION).sql: $(UPDATE_FILES) agentchat.control Makefile
	$(call shortly,SQL,$@) cat $(UPDATE_FILES) >$@

$(SQL_EDITION): build/$(SQL_EDITION)
	$(call shortly,SQL,$@) sed 's/@extschema@/public/g' $< >$@

# The package has it for any schema.
build/$(SQL_EDITION): $(SQL_EDITION_FILES:-%=%) $(wildcard src/schema/sql_edition/*.sql) scripts/sql-edition.js Makefile
	@mkdir -p $(@D)
	$(call shortly,SQL,$@) scripts/sql-edition.js $(EXTVERSION) $(SQL_EDITION_FILES) >$@

# From one edition to the other, by agentchat.change_edition(): the version sql of the extension stands beside the SQL
# edition and has no members.
NOT_AGAIN = %/schema/header.sql %/preconditions.sql %/function_names.sql %/schema/tables.sql
EDITIONS = agentchat--$(EXTVERSION).sql build/$(SQL_EDITION)
REQUIRE_SQL_EDITION = src/schema/change_edition/require_sql_edition.sql

$(CHANGE_EDITION): $(EDITIONS) $(wildcard src/schema/change_edition/*.sql) scripts/change-edition.js

agentchat--sql.sql:
	$(call shortly,SQL,$@) scripts/change-edition.js $(EDITIONS) src/schema/change_edition/header.sql \
		$(REQUIRE_SQL_EDITION) >$@

agentchat--sql--$(EXTVERSION).sql:
	$(quietly)cat $(filter-out $(NOT_AGAIN),$(INSTALL_FILES)) >build/functions.sql
	$(call shortly,SQL,$@) scripts/change-edition.js $(EDITIONS) src/schema/update_header.sql $(REQUIRE_SQL_EDITION) \
		src/schema/change_edition/take_over.sql build/functions.sql \
		src/schema/change_edition/drop_former_schema.sql >$@

agentchat--$(EXTVERSION)--sql.sql:
	$(quietly)scripts/sql-edition.js $(EXTVERSION) $(filter-out $(NOT_AGAIN) \
		%/install/begin.sql %/install/tables.sql %/install/end.sql, $(SQL_EDITION_FILES)) >build/functions_in_sql.sql
	$(call shortly,SQL,$@) scripts/change-edition.js $(EDITIONS) src/schema/update_header.sql \
		src/schema/change_edition/require_movable.sql build/functions_in_sql.sql src/schema/change_edition/hand_over.sql >$@

# The same functions as a script of CREATE EXTENSION, for tests: EDITION=sql scripts/test.
build/extension-in-sql.sql: build/$(SQL_EDITION) $(INSTALL_FILES)
	$(call shortly,SQL,$@) scripts/sql-edition.js $(EXTVERSION) $(FILES_IN_SQL) >$@

.PHONY: sql-edition
sql-edition: $(SQL_EDITION)

# pg_isolation_regress wants specs and what they print in folders of their own.
.PHONY: isolation-tests
installcheck: isolation-tests
isolation-tests:
	rm -rf build/isolation
	mkdir -p build/isolation/specs build/isolation/expected
	ln -s $(abspath $(wildcard test/*/*.spec)) build/isolation/specs/
	ln -s $(abspath $(wildcard test/*/*.out)) build/isolation/expected/
ifeq ($(EDITION),sql)
	ln -sf $(abspath $(wildcard test/*/sql_edition/*.out)) build/isolation/expected/
endif

.PHONY: help demo demo-chat shell dist dist-test deb-test docker-test test test-update test-sql-edition test-restore \
	test-large test-browser test-pg-upgrade asan test-assertions valgrind coverage faults fuzz fuzz-all sqlsmith stress \
	bench bench-more bench-search bench-growth bench-plots lint format pictures screenshot site site-preview \
	supabase-types snapshot release

help:
	@echo "To work on it (CONTRIBUTING.md says more):"
	@echo "make                                    builds; after an edit, only what includes it; V=1 prints the commands"
	@echo "scripts/test test/reading/pages.t       runs one test and prints all of its output if it fails"
	@echo "scripts/test limit                      runs the tests that have a word in their path"
	@echo "scripts/with-cluster psql               psql in a throw-away cluster that has this build"
	@echo "make lint, make format                  checks the source; lays it out as lint wants it"
	@echo
	@echo "make sql-edition                        makes agentchat-sql--VERSION.sql, for servers without the extension"
	@echo "make install, make installcheck, make clean: as with any PGXS extension."
	@echo
	@echo "The other targets install what is missing and work in throw-away clusters:"
	@echo "make demo              a tour on real conversations, in half a minute"
	@echo "make demo-chat         a chat in the browser, with 30 conversations and a model that knows three answers"
	@echo "make shell             psql on the conversations of the demo"
	@echo "make test              all tests except the slow ones, which are:"
	@echo "make fuzz              get_conversation against SQL and against the rules of the providers, for 20,000"
	@echo "                       new random conversations each; regular expressions against RegExp, and JSON"
	@echo "                       Schemas against ajv (CONVERSATIONS=20000, PATTERNS=100000, SCHEMAS=5000;"
	@echo "                       SEED=1 repeats a run)"
	@echo "make fuzz-jsonb        libFuzzer with ASan and UBSan on the writer of jsonb, against PostgreSQL's; the others:"
	@echo "                       fuzz-text, fuzz-parts, fuzz-claims, fuzz-cursor, fuzz-import and fuzz-json-schema"
	@echo "make fuzz-all          each of them in turn, for ten minutes (SECONDS_=600)"
	@echo "make stress            20 sessions race for agents, and for tools, for a minute each (SECONDS_=60)"
	@echo "make sqlsmith          random statements of sqlsmith as a user, for 10 minutes (SECONDS_=600): no crash, no"
	@echo "                       internal error, no row of another user"
	@echo "make test-update       the tests on the last release, updated to this version"
	@echo "make test-sql-edition  all tests on the functions in SQL, but those of test/extension_only.txt"
	@echo "make test-restore      every combination of pg_dump's ways; make test takes samples"
	@echo "make test-large        adopt() and check() on 1,000,000 messages"
	@echo "make test-browser      the page of the TypeScript package's example, make demo-chat and the site, in Chromium"
	@echo "make test-pg-upgrade   pg_upgrade to the PostgreSQL of the next Debian, in a chroot (as root)"
	@echo "make docker-test       the Dockerfiles build, and servers take the extension from them: in chroots, as root"
	@echo "make asan              all tests under AddressSanitizer and UndefinedBehaviorSanitizer; this and the next"
	@echo "                       two build PostgreSQL from its source, once"
	@echo "make test-assertions   all tests on a server with assertions, and some while caches are never kept"
	@echo "make valgrind          a test of each kind in Valgrind"
	@echo "make coverage          how many lines of src/ the tests run, and which they do not, and why"
	@echo "make faults            allocations fail in every function and trigger; backends and servers are killed; cancels"
	@echo "make bench             speed against SQL, Drizzle, PostgREST and the wire, and memory: 10 minutes; prints it, and"
	@echo "                       makes docs/bench.json anew, with its plots and the tables of the docs"
	@echo "make bench-growth      what calls cost while the tables grow to 10,000,000 messages (35 GB of disk;"
	@echo "                       SIZES='1000 10000' for less); makes docs/growth.json anew, and so on"
	@echo "make bench-plots       draws the plots and the tables again, from what was measured"
	@echo "make bench-more        speed of lists, contexts, imports, runs, search, and of the SQL edition"
	@echo "make bench-search      search_messages() in tables of up to 10,000,000 messages (20 GB of disk)"
	@echo "make pictures          draws docs/schema.svg, docs/rooms.svg and docs/runs.svg anew"
	@echo "make screenshot        makes docs/chat.png anew: make demo-chat, as a test uses it in Chromium"
	@echo "make site              builds the documentation as static pages with a search, in build/site"
	@echo "make site-preview      the same, and serves them until Ctrl-C (PORT=4173)"
	@echo "make supabase-types    makes the types of packages/database for supabase-js anew"
	@echo "make dist              makes agentchat-VERSION.zip of the last commit, for PGXN"
	@echo "make dist-test         installs that archive by PGXN's client in a bare Debian, and runs make installcheck"
	@echo "make deb-test          makes the Debian packages in a bare Debian; lintian; installs them in another, and tests"
	@echo "                       them there (both need root or sudo; RELEASE=bookworm takes another Debian than trixie)"
	@echo "make release           writes what stays of this version when it is released (RELEASING.md)"
	@echo "make snapshot          makes the snapshot beside its migration anew"

demo:
	scripts/demo

demo-chat:
	scripts/demo-chat

shell:
	scripts/demo --shell

test:
	scripts/test

fuzz:
	scripts/setup test
	for test in test/reading/differential.t test/shapes/provider_rules.t \
			test/json_schema/pattern.t test/json_schema/random_schemas.t; do \
		CONVERSATIONS=$(or $(CONVERSATIONS),20000) PATTERNS=$(or $(PATTERNS),100000) SCHEMAS=$(or $(SCHEMAS),5000) \
			SEED=$(or $(SEED),$(shell shuf -n 1 -i 1-2000000000)) \
			scripts/with-cluster -- prove --verbose --nocolor --exec '' $$test || exit; \
	done

FUZZ_TARGETS = $(addprefix fuzz-,$(filter-out harness,$(basename $(notdir $(wildcard test/fuzz/*.cpp)))))
.PHONY: $(FUZZ_TARGETS)
$(FUZZ_TARGETS): fuzz-%:
	SECONDS_=$(or $(SECONDS_),600) scripts/fuzz $*

fuzz-all:
	for target in $(FUZZ_TARGETS); do $(MAKE) $$target || exit; done

stress:
	scripts/test test/*/*_stress.t

sqlsmith:
	scripts/setup sqlsmith
	SECONDS_=$(or $(SECONDS_),600) scripts/with-cluster -o track_functions=all -o log_min_error_statement=panic \
		-- scripts/sqlsmith

bench:
	scripts/setup test
	mkdir -p build
	scripts/with-cluster -- bench/run -o build/bench.json
	mv build/bench.json docs/
	$(MAKE) bench-plots

bench-growth:
	scripts/setup test
	mkdir -p build
	scripts/with-cluster -- bench/growth build/growth.json
	mv build/growth.json docs/
	$(MAKE) bench-plots

bench-plots:
	scripts/setup pictures
	mkdir -p build
	for file in speed.svg http.svg growth.svg performance.md why-not-my-own-tables.md; do \
		scripts/pictures/measured.js $$file >build/$$file && mv build/$$file docs/ || exit; \
	done

bench-more:
	scripts/setup test
	scripts/with-cluster -o max_connections=600 -- bench/run get_context list_conversations agent_limit \
		validate_tool_input import runs search sql_edition

bench-search:
	scripts/setup
	SEARCH_SIZES='100000 1000000 10000000' scripts/with-cluster -- bench/run search

# CREATE EXTENSION itself says what the last release said, and the version sql, with which a change of the edition begins,
# is not there. On Supabase, the last release left the grants of default privileges, which adopt() takes from nobody.
test-update:
	BY_UPDATE=1 scripts/test --except test/lifecycle/change_edition.t test/lifecycle/change_edition_planted.t \
		test/lifecycle/create_extension.t test/security/grants.t test/security/row_level_security.t

test-sql-edition:
	EDITION=sql scripts/test

test-restore:
	ALL_WAYS=1 scripts/test test/lifecycle/restore.t

test-pg-upgrade:
	scripts/test-pg-upgrade

release:
	scripts/setup test
	$(MAKE) -s $(RELEASE_SCRIPTS) build/$(SQL_EDITION)
	scripts/release $(RELEASE_SCRIPTS)

docker-test:
	scripts/setup test ci
	scripts/test test/package/dockerfiles_chroot.t

asan:
	scripts/setup source test
	pg_config=$$(scripts/build-postgres sanitizers) && PG_CONFIG=$$pg_config scripts/test

coverage:
	scripts/coverage

test-assertions:
	scripts/setup source test
	pg_config=$$(scripts/build-postgres assertions) && export PG_CONFIG=$$pg_config && scripts/test && \
		DISCARD_CACHES=1 scripts/test $$(grep -v '^#' test/discard_caches.txt)

valgrind:
	scripts/setup source test valgrind
	pg_config=$$(scripts/build-postgres valgrind) && PG_CONFIG=$$pg_config LANES=1 \
		scripts/test $$(grep -v '^#' test/valgrind.txt)

test-large:
	scripts/test test/*/*_large.t

faults:
	scripts/test test/*/*_faults.t

test-browser:
	scripts/setup test browser site
	scripts/test test/*/*_browser.t

lint:
	scripts/setup lint
	clang-format --dry-run --Werror $(CXX_FILES) $(FUZZ_FILES)
	printf '%s\n' $(filter %.cpp,$(CXX_FILES)) | xargs --max-procs=$(shell nproc) --max-args=4 \
		sh -c 'clang-tidy --quiet "$$@" -- $(PG_CXXFLAGS) $(filter-out -M%,$(PG_CPPFLAGS))' sh
	shellcheck -x -P SCRIPTDIR $(SHELL_FILES)
	scripts/lint/rooms.js
	scripts/lint/regimes.js
	scripts/lint/lines.js
	scripts/lint/links.js
	scripts/biome check --error-on-warnings

format:
	scripts/setup lint
	clang-format -i $(CXX_FILES) $(FUZZ_FILES)
	scripts/biome check --write --linter-enabled=false

pictures:
	scripts/setup pictures
	scripts/with-cluster -- sh -c 'scripts/pictures/schema.js >build/schema.svg'
	scripts/pictures/rooms.js >build/rooms.svg
	scripts/pictures/runs.js >build/runs.svg
	mv build/schema.svg build/rooms.svg build/runs.svg docs/

screenshot:
	scripts/setup test browser
	SCREENSHOTS=$(CURDIR)/build/screenshots scripts/test test/package/page_browser.t
	cp build/screenshots/chat-wide-light.png docs/chat.png

site:
	scripts/site

site-preview:
	scripts/site --preview

dist:
	scripts/dist

dist-test:
	scripts/dist-test

deb-test:
	scripts/deb-test

supabase-types:
	scripts/setup test
	mkdir -p build
	scripts/with-cluster -- scripts/supabase-types >build/supabase.types.ts
	mv build/supabase.types.ts packages/database/src/supabase.types.ts
	scripts/with-cluster -- scripts/supabase-types runs >build/supabase.types.ts
	mv build/supabase.types.ts packages/database/src/runs/supabase.types.ts

snapshot:
	scripts/setup test
	npm --prefix packages/database run --silent snapshot
