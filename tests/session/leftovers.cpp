#include "catch.hpp"

#include <pgcoro/session/leftovers.hpp>

using namespace pgcoro;

TEST_CASE("what a statement leaves in a session shows in its words")
{
    using namespace leftover;
    CHECK(left_by_words("") == 0);
    CHECK(left_by_words("SELECT 1 FROM temperature WHERE contempt = temps") == 0);
    CHECK(left_by_words("select Set_Config('a', 'b', false)") == settings);
    CHECK(left_by_words("SELECT pg_try_advisory_lock_shared(1)") == locks);
    CHECK(left_by_words("SELECT pg_advisory_xact_lock(1)") == 0);
    CHECK(left_by_words("CREATE TEMP TABLE t (n int)") == temporary);
    CHECK(left_by_words("create temporary view v as select 1") == temporary);
    CHECK(left_by_words("SELECT 1 INTO pg_temp.t") == temporary);
    CHECK(left_by_words("SELECT 1 INTO TEMP") == temporary);
    CHECK(left_by_words("temp") == temporary);
    CHECK(left_by_words("set_confi") == 0);
    CHECK(left_by_words("SELECT set_config('a', 'b', true), pg_advisory_lock(1)") ==
          (settings | locks));
}

TEST_CASE("what a statement leaves in a session shows in its tag")
{
    using namespace leftover;
    CHECK(left_by("SELECT 1", 0) == 0);
    CHECK(left_by("SELECT 1", temporary) == temporary);
    CHECK(left_by("UPDATE 1", 0) == 0);
    CHECK(left_by("SET", 0) == settings);
    CHECK(left_by("LISTEN", 0) == listens);
    CHECK(left_by("DECLARE CURSOR", 0) == cursors);
    CHECK(left_by("PREPARE", 0) == statements);
    CHECK(left_by("CALL", 0) == (settings | locks | listens | cursors | temporary));
    CHECK(undo_leftovers(0).empty());
    CHECK(undo_leftovers(listens | cursors) == "CLOSE ALL; UNLISTEN *; ");
}
