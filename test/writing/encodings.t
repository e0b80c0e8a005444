#!/usr/bin/env bash
# The ids of clients and the words of titles and messages in databases of other encodings than UTF-8: the ids stand for
# the same UUIDs everywhere, and the words are found. CREATE EXTENSION warns of what these encodings refuse.
. test/lib/tap.sh

# The oracle is uuid-ossp in a database with UTF-8, which hashes the bytes that it finds.
sql -c 'CREATE EXTENSION "uuid-ossp"'
conversation='11111111-0000-4000-8000-000000000001'

# What the first hit of a search marks, and whether there is another message.
marked() { # DATABASE WORDS
    PGCLIENTENCODING=UTF8 sql -d "$1" -c "SELECT substr(m #>> '{snippet,text}', (h ->> 'start')::int + 1,
            (h ->> 'end')::int - (h ->> 'start')::int), page #>> '{messages,1}'
        FROM search_messages('$2', user_id => md5('ada')::uuid, \"in\" => 'all') AS page,
            LATERAL (SELECT page #> '{messages,0}' AS m) m, LATERAL (SELECT m #> '{snippet,hits,0}' AS h) h"
}

words_need='the functions in SQL do not look for words'
check() { # ENCODING ID
    local database=encoding_${1,,}
    sql -c "CREATE DATABASE $database ENCODING '$1' LOCALE 'C' TEMPLATE template0"
    local warning=''
    [[ $1 == UTF8 ]] || warning="WARNING:  the encoding of this database is $1, not UTF8"
    is "$(sql -d "$database" -c 'CREATE EXTENSION agentchat' 2>&1 | grep -o 'WARNING.*' || true)" "$warning" \
        "$1: CREATE EXTENSION ${warning:+warns of it}${warning:-is content}"
    PGCLIENTENCODING=UTF8 sql -d "$database" >/dev/null <<END
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('$conversation', md5('ada')::uuid, 'x');
END
    if [[ $warning ]]; then
        like "$(PGCLIENTENCODING=UTF8 sql -v VERBOSITY=verbose -d "$database" -c "SELECT append_messages('$conversation',
            '{\"role\": \"user\", \"parts\": [{\"type\": \"text\", \"text\": \"😀\"}]}')" 2>&1 || true)" 'ERROR:  22P05: ' \
            '... it refuses an emoji, as CREATE EXTENSION says'
    fi
    local append="SELECT append_messages('$conversation', jsonb_build_array(jsonb_build_object(
        'id', '$2', 'role', 'user', 'parts', '[]'::jsonb))) #>> '{0,id}'"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "$append")" \
        "$(sql -c "SELECT uuid_generate_v5('$conversation', '$2')")" "$1: the id $2 stands for the UUID of its UTF-8 bytes"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "SELECT truncate_conversation('$conversation', '$2')")" 1 \
        '... and is found again'
    if [[ ${EDITION-} == sql ]]; then
        skip '... and words with it are found' "$words_need"
        return
    fi
    PGCLIENTENCODING=UTF8 sql -d "$database" -c "UPDATE conversations SET title = 'A $2'"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "SELECT jsonb_array_length(list_conversations(
        user_id => md5('ada')::uuid, words => w) -> 'conversations') FROM unnest('{$2,${2//-/ }x}'::text[]) w")" \
        $'1\n0' '... a title with it is found by its words'
    PGCLIENTENCODING=UTF8 sql -d "$database" -c "INSERT INTO messages (conversation_id, role, content, parts)
        VALUES ('$conversation', 'user', 'Of $2 here', NULL), ('$conversation', 'user', 'x', '[{\"type\": \"tool-f\",
            \"toolCallId\": \"c\", \"state\": \"output-available\", \"input\": {}, \"output\": [\"Like ${2#msg-}!\"]}]')"
    is "$(marked "$database" "of $2")" 'Of|' '... a message with it is found by its words'
    is "$(marked "$database" "${2#msg-} -of")" "${2#msg-}|" '... also in the output of a tool'
}
check UTF8 'msg-é-日'
check LATIN1 'msg-é-ÿ'
check LATIN9 'msg-€'
check EUC_JP 'msg-日本-ｱ'
check WIN1251 'msg-Ж'

if [[ ${EDITION-} == sql ]]; then
    skip 'SQL_ASCII: words are found' "$words_need"
    done_testing
    exit
fi

# SQL_ASCII takes any bytes. Those of UTF-8 are read as such.
sql -c "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
like "$(sql -d bytes -c 'CREATE EXTENSION agentchat' 2>&1)" 'WARNING:  the encoding of this database is SQL_ASCII' \
    'SQL_ASCII: CREATE EXTENSION warns of it'
escape="SELECT append_messages('$conversation', '{\"role\": \"user\", \"parts\": [{\"type\": \"text\", \"text\": \"\\u00e9\"}]}')"
like "$(sql -d bytes -c "$escape" 2>&1 || true)" 'ERROR:  (conversion between UTF8 and SQL_ASCII is not supported|unsupported Unicode escape sequence)' \
    '... it refuses an escape, as CREATE EXTENSION says'
sql -d bytes >/dev/null <<END
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('$conversation', md5('ada')::uuid, 'x');
INSERT INTO messages (conversation_id, role, content) VALUES ('$conversation', 'user', E'Caf\\303\\251 1'),
    ('$conversation', 'user', E'\\377 Caf\\351 2'), ('$conversation', 'user', repeat(E'\\377' || repeat(E'\\200', 9), 10000) || ' 3');
END
is "$(sql -d bytes -c "SELECT jsonb_array_length(search_messages(words, user_id => md5('ada')::uuid)
    #> '{messages,0,snippet,hits}') FROM unnest('{cafe,caf 2,3}'::text[]) words")" $'1\n2\n1' \
    'SQL_ASCII: words are found, also next to bytes that are not UTF-8'
# The bytes: not UTF-8 at all, the start of a character at the end, one inside a text, and one beyond Unicode.
is "$(sql -d bytes -c "SELECT agentchat.count_tokens(convert_from(text, 'SQL_ASCII')) > 0
    FROM unnest('{\\\\xff,\\\\xe3,\\\\x61e3616161,\\\\xf4908080}'::bytea[]) text")" $'t\nt\nt\nt' \
    '... and their tokens are counted'
done_testing
