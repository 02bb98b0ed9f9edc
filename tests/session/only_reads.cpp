#include "catch.hpp"

#include <pgcoro/session/only_reads.hpp>

#include <string>

using pgcoro::only_reads;

TEST_CASE("what only reads shows in a statement's words")
{
    static_assert(only_reads("SELECT 1"));
    for (auto const* const sql :
        {"select n from t", " (\n SELECT 1) UNION SELECT 2", "-- a note\nSELECT 1",
            "/* DELETE */ Select 1", "VALUES (1), (2)", "TABLE t",
            "WITH x AS (SELECT 1) SELECT * FROM x", "COPY t TO STDOUT",
            "COPY (SELECT 1) TO STDOUT (FORMAT binary)", "SELECT 'delete', \"update\", $$ merge $$",
            "SELECT updated, deleted_at, insert_1 FROM merges", "SELECT E'\\' insert into t'"})
        CHECK(only_reads(sql));
}

TEST_CASE("what changes data, or may, does not only read")
{
    for (auto const* const sql :
        {"", "-- SELECT", "INSERT INTO t VALUES (1) RETURNING n", "update t set n = 1 returning n",
            "DELETE FROM t RETURNING n", "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
            "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
            "WITH x AS(insert into t values (1) returning n) TABLE x", "SELECT 1 INTO t",
            "SELECT 1 FROM t FOR UPDATE", "COPY (DELETE FROM t RETURNING n) TO STDOUT",
            "EXECUTE prepared", "FETCH ALL FROM c", "CALL p()", "DO 'SELECT'",
            "EXPLAIN ANALYZE DELETE FROM t", "selection", "'SELECT'", "\"select\" 1",
            "SELECT e'', 1; Update t SET n = 1"})
        CHECK_FALSE(only_reads(sql));
    for (auto const* const word : {"insert", "update", "delete", "merge", "into"})
        CHECK_FALSE(only_reads("SELECT " + std::string{word}));
}
