#!/usr/bin/env bash
# What make demo shows.
. test/lib/tap.sh

status=0
shown=$(scripts/demo --in-cluster </dev/null 2>&1) || status=$?
is "$status" 0 'the demo runs'
echo "# ${shown//$'\n'/$'\n# '}"
like "$shown" '^assistant  Car does not belong' 'a conversation to read'
like "$shown" '^\{"role": .*"content": ' 'the same for a model'
like "$shown" '^Drizzle +[0-9.]+ ms' 'the time of the SQL that Drizzle sends'
is "$(grep -c '^has it$' <<<"$shown")" 1 'one session gets the last agent'
like "$shown" '^ERROR:  agent limit reached$' 'the other one is refused'
like "$shown" '^HINT:  Archive an agent' '... and told what to do'
like "$shown" '^0 of all messages$' 'another user sees no message'
like "$shown" '^The dump of the restored database is the same' 'a dump is restored'
like "$shown" '^agentchat.check\(\): 0 problems$' '... without problems'
like "$shown" '^  psql postgres://chat:' 'and how to get to a database of your own'
done_testing
