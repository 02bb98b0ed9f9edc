-- What the cases query, and what each must give.

CREATE FUNCTION bench_weigh(bytea) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN $1 IS NULL THEN 1000003 WHEN length($1) = 0 THEN 0
        ELSE length($1) * 31 + get_byte($1, 0) + get_byte($1, length($1) - 1) * 7 END::bigint $$;
CREATE FUNCTION bench_weigh(text) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT bench_weigh(convert_to($1, 'UTF8')) $$;
CREATE FUNCTION bench_weigh("char") RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT bench_weigh($1::text) $$;
CREATE FUNCTION bench_weigh(bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT coalesce($1, 1000003) $$;
CREATE FUNCTION bench_weigh(int) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT $1::bigint $$;
CREATE FUNCTION bench_weigh(oid) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT $1::bigint $$;
CREATE FUNCTION bench_weigh(bool) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN $1 THEN 1 ELSE 2 END::bigint $$;
CREATE FUNCTION bench_weigh(float8) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT round($1 * 8)::bigint $$;
CREATE FUNCTION bench_weigh(timestamptz) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT ((extract(epoch FROM $1) * 1000000)::bigint - 946684800000000) % 1000003 $$;
CREATE FUNCTION bench_weigh(numeric) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT ($1 * 100)::bigint $$;
CREATE FUNCTION bench_weigh(uuid) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT bench_weigh(uuid_send($1)) $$;
CREATE FUNCTION bench_weigh(int[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT sum(value::bigint * place) FROM unnest($1) WITH ORDINALITY AS each (value, place) $$;

CREATE TABLE bench_bytes (data bytea NOT NULL);
INSERT INTO bench_bytes
    SELECT set_byte(set_byte(convert_to(repeat('0123456789abcdef', 64), 'UTF8'), 0, i), 1023, 200 - i)
    FROM generate_series(1, 100) AS i;

CREATE TABLE bench_arrays (numbers int[] NOT NULL);
INSERT INTO bench_arrays
    SELECT (SELECT array_agg(i * 1000 + n) FROM generate_series(1, 100) AS n)
    FROM generate_series(1, 100) AS i;

CREATE TABLE bench_users (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL,
    balance bigint NOT NULL);
INSERT INTO bench_users
    SELECT i, 'User number ' || i, 'user' || i || '@mail.example.com', i * 1000003::bigint
    FROM generate_series(1, 10000) AS i;

CREATE TABLE bench_orders (id bigint NOT NULL, price float8 NOT NULL, name text NOT NULL,
    created timestamptz NOT NULL, amount numeric(12, 2) NOT NULL, active bool NOT NULL,
    token uuid NOT NULL, note text);
INSERT INTO bench_orders
    SELECT i, i * 0.125, 'Order of customer ' || i,
        timestamptz '2024-01-01 00:00:00+00' + i * interval '61.000007 seconds',
        (i * 1234567::bigint % 1000000000) / 100.0, i % 3 = 0,
        (lpad(to_hex(i), 8, '0') || '-1111-4222-8333-' || lpad(to_hex(i * 7), 12, '0'))::uuid,
        CASE WHEN i % 3 <> 1 THEN 'to be delivered on day ' || i END
    FROM generate_series(1, 10000) AS i;

CREATE TABLE bench_events (id bigint NOT NULL, name text NOT NULL, email text NOT NULL,
    score float8 NOT NULL);
INSERT INTO bench_events
    SELECT i, 'Somebody called ' || i, 'somebody' || i || '@mail.example.com', i * 0.25
    FROM generate_series(1, 100000) AS i;

CREATE UNLOGGED TABLE bench_batch (a int, b int, c int, d text, e float8, f int, g text);
CREATE VIEW bench_batch_check AS
    SELECT count(*) AS rows, coalesce(sum(bench_weigh(a) + 2 * bench_weigh(b) + 3 * bench_weigh(c)
        + 4 * bench_weigh(d) + 5 * bench_weigh(e) + 6 * bench_weigh(f) + 7 * bench_weigh(g)),
        0)::bigint AS checksum
    FROM bench_batch;

CREATE ROLE bench_scram LOGIN PASSWORD 'a password that is hashed';

CREATE TABLE bench_expected (name "char" PRIMARY KEY, rows bigint, checksum bigint);
INSERT INTO bench_expected
    SELECT 'A', count(*), sum(bench_weigh(typname::text) + 2 * bench_weigh(typnamespace)
        + 3 * bench_weigh(typowner) + 4 * bench_weigh(typlen::bigint) + 5 * bench_weigh(typbyval)
        + 6 * bench_weigh(typcategory) + 7 * bench_weigh(typispreferred)
        + 8 * bench_weigh(typisdefined) + 9 * bench_weigh(typdelim) + 10 * bench_weigh(typrelid)
        + 11 * bench_weigh(typelem) + 12 * bench_weigh(typarray))
    FROM pg_type WHERE typtypmod = -1 AND typisdefined;
INSERT INTO bench_expected
    SELECT 'B', count(*), sum(i) FROM generate_series(1, 1000) AS i;
INSERT INTO bench_expected
    SELECT 'C', count(*), sum(bench_weigh(data)) FROM bench_bytes;
INSERT INTO bench_expected
    SELECT 'D', count(*), sum(bench_weigh(numbers)) FROM bench_arrays;
INSERT INTO bench_expected
    SELECT name, rows, rows * (bench_weigh(10::bigint) + 2 * bench_weigh(11::bigint)
        + 3 * bench_weigh(10::bigint) + 4 * bench_weigh('TESTTESTTEST'::text)
        + 5 * bench_weigh(10.333::float8) + 6 * bench_weigh(12341234::bigint)
        + 7 * bench_weigh('123412341234'::text))
    FROM (VALUES ('E'::"char", 10000), ('F', 1000)) AS batches (name, rows);
INSERT INTO bench_expected
    SELECT name, 1, 42 FROM unnest('{G,K,M,N,O,R}'::"char"[]) AS name;
-- lookups go through the ids in steps of 7919
INSERT INTO bench_expected
    SELECT lookups.name, count(*), sum(bench_weigh(id) + 2 * bench_weigh(u.name) + 3 * bench_weigh(email)
        + 4 * bench_weigh(balance))
    FROM (VALUES ('H'::"char", 1), ('I', 20)) AS lookups (name, rows),
        generate_series(1, rows) AS turn, bench_users AS u
    WHERE u.id = (turn * 7919 - 1) % 10000 + 1
    GROUP BY lookups.name;
INSERT INTO bench_expected
    SELECT 'J', count(*), sum(bench_weigh(id) + 2 * bench_weigh(price) + 3 * bench_weigh(name)
        + 4 * bench_weigh(created) + 5 * bench_weigh(amount) + 6 * bench_weigh(active)
        + 7 * bench_weigh(token) + 8 * bench_weigh(note))
    FROM bench_orders;
INSERT INTO bench_expected
    SELECT 'L', count(*), sum(bench_weigh(id) + 2 * bench_weigh(name) + 3 * bench_weigh(email)
        + 4 * bench_weigh(score))
    FROM bench_events;

VACUUM FREEZE ANALYZE;
CHECKPOINT;
