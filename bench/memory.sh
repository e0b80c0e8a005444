# shellcheck shell=bash
# The most memory that a session takes for get_conversation, against the size of the result. In its first
# call: later ones know the size to expect.
#
# The kernel keeps the peak of all that is resident (VmHWM) and can start it anew (clear_refs), but counts
# shared memory as far as the session has touched it: so it reads all rows before, in the order of the index (a
# scan of the whole table would go round a few buffers of its own).
megabytes() { # SIZE: that it takes, and that the result has
    local before after result
    read -r before after result < <(sql <<END | paste -sd' '
SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
SELECT count(to_jsonb(m)::text) AS count FROM messages m
WHERE conversation_id = bench.conversation($1) \\gset
RESET ALL;
SELECT pg_backend_pid() AS pid \\gset
\\setenv pid :pid
\\! echo 5 >/proc/\$pid/clear_refs
\\! awk '/^VmRSS/ { print \$2 }' /proc/\$pid/status
SELECT pg_column_size(get_conversation(bench.conversation($1))) AS size \\gset
\\! awk '/^VmHWM/ { print \$2 }' /proc/\$pid/status
\\echo :size
END
    )
    awk -v kb=$((after - before)) -v bytes="$result" 'BEGIN { print kb / 1024, bytes / 1048576 }'
}

for size in 10000 100000; do
    for _ in 1 2 3; do
        megabytes "$size"
    done | row "memory of get_conversation of $size messages" 'the size of its result' share 1.2 MB
done
