#!/usr/bin/env bash
# Each link between the pages leads somewhere, and docs/index.md leads to every page.
# shellcheck source=SCRIPTDIR/../lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.."

is "$(scripts/lint/links.js 2>&1)" '' 'every link between the pages, and to a heading of one, leads somewhere'
is "$(comm -23 <(cd docs && printf '%s\n' *.md | sort) <(grep -o '([a-z_-]*\.md)' docs/index.md | tr -d '()' | sort))" \
    index.md 'docs/index.md has every other page of docs/'

mkdir "$tmp/pages" "$tmp/pages/docs"
cat >"$tmp/pages/README.md" <<'PAGE'
# `Planted.mistakes()`

[right](docs/a.md), [right](docs/a.md#two-words), [right](#plantedmistakes), [right](docs/a.md#two-words-1),
[elsewhere](https://example.com/none.md), `[no link](none.md)`, [a
wrong one](docs/b.md), [wrong](docs/a.md#three-words), [wrong](#none)

```sh
echo '[no link](none.md)'
## No heading
```

![wrong](docs/none.svg) [wrong](#no-heading)

[reference]: docs/c.md
PAGE
printf '%s\n\n' '## Two words' '[wrong](README.md)' '## [Two words](a.md)' '[right](../README.md)' >"$tmp/pages/docs/a.md"
is "$(scripts/lint/links.js "$tmp/pages" 2>&1)" "README.md:5: docs/b.md does not exist
README.md:5: docs/a.md#three-words has no such heading
README.md:5: #none has no such heading
README.md:12: docs/none.svg does not exist
README.md:12: #no-heading has no such heading
README.md:14: docs/c.md does not exist
docs/a.md:3: README.md does not exist" 'planted mistakes are found'
done_testing
