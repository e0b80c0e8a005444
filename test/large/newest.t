#!/usr/bin/env bash
# test/newest.t with 1,000,000 messages.
export MESSAGES=1000000
. "$(dirname "$0")/../newest.t"
