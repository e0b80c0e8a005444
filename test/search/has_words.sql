-- agentchat.has_words() finds words in the syntax of search engines, in texts whose letters, accents and
-- forms differ.
\ir ../lib/agentchat.sql
CREATE EXTENSION unaccent;

SELECT plan(22);

-- What is the same.
CREATE FUNCTION same(a text, b text) RETURNS boolean LANGUAGE sql AS $$
    SELECT agentchat.has_words(a, '"' || b || '"') AND agentchat.has_words(b, '"' || a || '"')
$$;
SELECT ok(bool_and(same(a, b)), 'letters of either case, accents, and forms of a letter are the same')
FROM (VALUES ('Éclair', 'eclair'), ('Straße', 'STRASSE'), ('ΣΊΣΥΦΟΣ', 'σισυφος'), ('Łódź', 'lodz'),
    ('Ёлка', 'елка'), ('İstanbul', 'istanbul'), ('ILIK', 'ılık'), ('Ｆｕｌｌ', 'full'), ('ｶﾞﾝﾊﾞﾚ', 'ガンバレ'),
    ('ﬁne', 'fine'),
    ('co­operate', 'cooperate'), ('it’s', 'it''s'), ('Æsir', 'aesir'), ('مُحَمَّد', 'محمد'), 
    ('שָׁלוֹם', 'שלום'), ('Việt', 'viet'),
    ('하' || chr(4523), '한'), (E'a \t\n b', 'a b'), ('a' || chr(160) || 'b', 'a b'), ('x²', 'x2')) v (a, b);
SELECT ok(NOT bool_or(same(a, b)), '... other letters and marks are not')
FROM (VALUES ('が', 'か'), ('パ', 'ハ'), ('กำ', 'กา'), ('กี', 'ก'), ('कि', 'क'), ('漢', '汉'), ('a b', 'ab'),
    ('o', '0')) v (a, b);

CREATE TEMP TABLE characters AS
SELECT chr(n) AS c FROM generate_series(1, 1114111) n WHERE n NOT BETWEEN 55296 AND 57343;
-- Characters that vanish, and blanks, are no words: has_words() finds nothing to look for.
SELECT is((SELECT (array_agg(c))[:9] FROM characters
           WHERE NOT agentchat.has_words(c, '"' || c || '"') AND c <> '"'), NULL,
    'each character is found in itself');
SELECT is((SELECT (array_agg(c))[:9] FROM characters
           WHERE NOT agentchat.has_words(normalize('x' || c || 'y', NFD), '"x' || c || 'y"')
              OR NOT agentchat.has_words(normalize('x' || c || 'y', NFKC), '"x' || c || 'y"')), NULL,
    '... in its composed and decomposed forms, too');
SELECT is((SELECT (array_agg(c))[:9] FROM characters
           WHERE NOT agentchat.has_words('x' || lower(c COLLATE "und-x-icu") || 'y',
               '"x' || upper(c COLLATE "und-x-icu") || 'y"')),
    NULL, '... and in either case');
-- Four differ in Unicode: unaccent makes an x of ℌ, and leaves out the half ring of ẚ and the dot of ŀ.
SELECT is((SELECT (array_agg(c))[:9] FROM characters
           WHERE c ~ '[[:alpha:]]' AND unaccent(c) <> c AND unaccent(c) ~ '^[A-Za-z]+$'
             AND c NOT IN ('ℌ', 'ẚ', 'Ŀ', 'ŀ')
             AND NOT agentchat.has_words('x' || unaccent(c) || 'y', '"x' || c || 'y"')), NULL,
    'letters of which unaccent makes letters of ASCII are the same as these');

-- The syntax, against websearch_to_tsquery(). All words have one length, so that none is a part of another.
CREATE FUNCTION random_words(pieces text[], most int) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(pieces[1 + floor(random() * cardinality(pieces))::int], ' ')
    FROM generate_series(0, floor(random() * most)::int)
$$;
SELECT setseed(0.18);
CREATE TEMP TABLE searches AS
SELECT random_words('{aa,bb,cc,dd,ee}', 6) AS said,
    random_words('{aa,bb,cc,dd,-aa,-bb,aa bb,bb cc,-cc dd,-dd}', 4)
    || CASE WHEN n % 3 > 0
        THEN ' or ' || random_words(ARRAY['aa', 'bb', '"cc dd"', '-ee', 'OR ee', '-"aa bb"', '"ee"'], 3)
        ELSE '' END AS words
FROM generate_series(1, 20000) n;
SELECT is((SELECT (array_agg(said || ' | ' || words))[:9] FROM searches
           WHERE agentchat.has_words(said, words)
               <> (to_tsvector('simple', said) @@ websearch_to_tsquery('simple', words))),
    NULL, '20,000 random searches find what websearch_to_tsquery finds');
SELECT ok((SELECT count(*) FROM searches WHERE agentchat.has_words(said, words)) BETWEEN 2000 AND 18000,
    '... some do, some do not');

SELECT is(agentchat.has_words(said, words), expected, format('%s in %s', words, said))
FROM (VALUES
    ('motorcar', 'car', true), ('东京大学', '京大', true), ('안녕하세요', '녕하', true), ('สวัสดีครับ', 'ดีครับ', true),
    ('say "or" twice', '"or"', true), ('a b', 'a or', true), ('or', 'or', true),
    ('C++ and C#', 'c++ c#', true), ('a - b', 'b - a', true), ('well-known', 'well-known', true),
    ('big red car', '"red car', true), ('big red car', '“red car” -bike', true)) v (said, words, expected);
SELECT ok(agentchat.has_words(repeat('ß', 1000000), repeat('s', 2000000)), 'a word of two million letters');
SELECT throws_ok($$SELECT agentchat.has_words('', repeat('a ', 65))$$, '22023', 'too many words to look for',
    '65 words');

SELECT * FROM finish();
