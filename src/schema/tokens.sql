-- agentchat.count_tokens(), for budgets of context and cost.
CREATE FUNCTION agentchat.count_tokens(text text, tokenizer text DEFAULT 'o200k_base') RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_count_tokens';

GRANT EXECUTE ON FUNCTION agentchat.count_tokens(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.count_tokens(text, text) IS
'Counts the tokens of a text.

tokenizer: o200k_base or cl100k_base, which count as OpenAI''s tiktoken; or estimate, which is faster and '
'rather counts too many. A special token such as <|endoftext|> counts as the text that it is. The result is '
'NULL if an argument is NULL. Errors: 22023 unknown tokenizer; 54000 more than 16 MB that a tokenizer does '
'not split, such as one word.';
