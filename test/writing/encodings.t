#!/usr/bin/env bash
# The ids of clients and the words of titles in databases of other encodings than UTF-8: the ids stand for the same UUIDs
# everywhere, and the words are found.
. test/lib/tap.sh

# The oracle is uuid-ossp in a database with UTF-8, which hashes the bytes that it finds.
sql -c 'CREATE EXTENSION "uuid-ossp"'
conversation='11111111-0000-4000-8000-000000000001'

check() { # ENCODING ID
    local database=encoding_${1,,}
    sql -c "CREATE DATABASE $database ENCODING '$1' LOCALE 'C' TEMPLATE template0"
    PGCLIENTENCODING=UTF8 sql -d "$database" >/dev/null <<END
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('$conversation', md5('ada')::uuid, 'x');
END
    local append="SELECT append_messages('$conversation', jsonb_build_array(jsonb_build_object(
        'id', '$2', 'role', 'user', 'parts', '[]'::jsonb))) #>> '{0,id}'"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "$append")" \
        "$(sql -c "SELECT uuid_generate_v5('$conversation', '$2')")" "$1: the id $2 stands for the UUID of its UTF-8 bytes"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "SELECT truncate_conversation('$conversation', '$2')")" 1 \
        '... and is found again'
    PGCLIENTENCODING=UTF8 sql -d "$database" -c "UPDATE conversations SET title = 'A $2'"
    is "$(PGCLIENTENCODING=UTF8 sql -d "$database" -c "SELECT jsonb_array_length(list_conversations(
        user_id => md5('ada')::uuid, words => w) -> 'conversations') FROM unnest('{$2,${2//-/ }x}'::text[]) w")" \
        $'1\n0' '... a title with it is found by its words'
}
check UTF8 'msg-é-日'
check LATIN1 'msg-é-ÿ'
check LATIN9 'msg-€'
check EUC_JP 'msg-日本-ｱ'
check WIN1251 'msg-Ж'
done_testing
