#include "catch.hpp"

#include <pgcoro/core/error_text.hpp>

#include <memory>
#include <string>

using namespace pgcoro;

TEST_CASE("the caret stands below the character of its position")
{
    CHECK(point_at("SELECT * FORM users", 10) == "LINE 1: SELECT * FORM users\n"
                                                 "                 ^\n");
    CHECK(point_at("SELECT 1", 1) == "LINE 1: SELECT 1\n        ^\n");
    // At the end of the input the server names the place behind the last character.
    CHECK(point_at("SELECT", 7) == "LINE 1: SELECT\n              ^\n");
}

TEST_CASE("only the line is shown that the position is in")
{
    std::string const sql = "SELECT a\nFROM b\r\nWHERE c";
    CHECK(point_at(sql, 8) == "LINE 1: SELECT a\n               ^\n");
    CHECK(point_at(sql, 10) == "LINE 2: FROM b\n        ^\n");
    CHECK(point_at(sql, 24) == "LINE 3: WHERE c\n              ^\n");
}

TEST_CASE("positions count characters, the caret columns")
{
    CHECK(point_at("SELECT 'Zürich' x", 17) == "LINE 1: SELECT 'Zürich' x\n"
                                               "                        ^\n");
    CHECK(point_at("SELECT '東京' x", 13) == "LINE 1: SELECT '東京' x\n"
                                             "                      ^\n");
    CHECK(point_at("a\xcc\x81 x", 4) == "LINE 1: a\xcc\x81 x\n          ^\n"); // combining
    CHECK(point_at("\tx", 2) == "LINE 1:  x\n         ^\n");
    CHECK(point_at("\xff\xc3 x", 4) == "LINE 1: \xff\xc3 x\n           ^\n"); // no UTF-8
}

TEST_CASE("a long line is cut around the place")
{
    std::string const many(100, 'a');
    CHECK(point_at(many, 1) == "LINE 1: " + std::string(60, 'a') + "...\n        ^\n");
    std::string const middle = point_at(many + 'X' + many, 101);
    CHECK(middle == "LINE 1: ..." + std::string(50, 'a') + 'X' + std::string(9, 'a') + "...\n" +
                        std::string(61, ' ') + "^\n");
    std::string const end = point_at(many + 'X', 101);
    CHECK(end == "LINE 1: ..." + std::string(59, 'a') + "X\n" + std::string(70, ' ') + "^\n");
}

TEST_CASE("a place that the text does not have is not shown")
{
    CHECK(point_at("SELECT", 9).empty());
    CHECK(point_at("SELECT", 0).empty());
    CHECK(point_at("SELECT", -5).empty());
    CHECK(point_at("", 2).empty());
}

TEST_CASE("an error is described as psql prints it")
{
    auto message = std::make_shared<server_message>();
    message->severity = "ERROR";
    message->message = "no such thing";
    message->position = 8;
    message->detail = "Look.";
    message->hint = "Try.";
    message->where = "here";
    CHECK(describe(server_error{message}, "SELECT x") == "ERROR:  no such thing\n"
                                                         "LINE 1: SELECT x\n"
                                                         "               ^\n"
                                                         "DETAIL:  Look.\n"
                                                         "HINT:  Try.\n"
                                                         "CONTEXT:  here\n");
    message = std::make_shared<server_message>();
    message->severity = "FEHLER";
    message->message = "in a function";
    message->internal_position = 3;
    message->internal_query = "a b";
    CHECK(describe(server_error{message}, "SELECT x") == "FEHLER:  in a function\n"
                                                         "LINE 1: a b\n"
                                                         "          ^\n"
                                                         "QUERY:  a b\n");
}
