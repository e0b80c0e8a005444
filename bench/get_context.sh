# shellcheck shell=bash
# get_context of 8,000 tokens against the query of an application that chooses the messages itself. It reads the
# last 500, so that they are enough, and then counts their tokens, which is not measured. The newest 100 messages
# of both conversations are the same.
sql -f bench/million.sql

context() { # SIZE TOKENIZER
    echo "SELECT get_context(bench.conversation($1), 8000, tokenizer => '$2')"
}

last_500() { # SIZE
    echo "SELECT jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id)
          FROM (SELECT * FROM messages WHERE conversation_id = bench.conversation($1)
                ORDER BY created_at DESC, id DESC LIMIT 500) m"
}

for case in '100 estimate 5' '1000000 estimate 5' '100 o200k_base 3' '1000000 o200k_base 3'; do
    read -r size tokenizer wanted <<<"$case"
    compared "$(context "$size" "$tokenizer")" "$(last_500 "$size")" |
        row "get_context of 8,000 tokens, $size messages, $tokenizer" 'the last 500 by SQL' times "$wanted"
done
compared "$(context 1000000 estimate)" "$(context 100 estimate)" |
    row 'get_context of 8,000 tokens, 1000000 messages' '100 messages' share 1.3
