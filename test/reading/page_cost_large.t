#!/usr/bin/env bash
# test/reading/page_cost.t with 1,000,000 messages.
export MESSAGES=1000000
. test/reading/page_cost.t
