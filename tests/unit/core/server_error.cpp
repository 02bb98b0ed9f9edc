#include "catch.hpp"

#include <pgcoro/core/throw_server_error.hpp>
#include <pgcoro/protocol/notice_fields.hpp>

#include <string>
#include <type_traits>

namespace {

using namespace pgcoro;
using namespace std::string_literals;

bool parse_text(std::string const& body, server_message& out)
{
    return parse(byte_reader{std::as_bytes(std::span{body})}, out);
}

std::string const duplicate_key = "SFEHLER\0VERROR\0C23505\0"
                                  "Mduplicate key value violates unique constraint \"users_pkey\"\0"
                                  "DKey (user_id)=(1) already exists.\0spublic\0tusers\0"
                                  "nusers_pkey\0Fnbtinsert.c\0L664\0R_bt_check_unique\0\0"s;

} // namespace

static_assert(std::is_nothrow_copy_constructible_v<unique_violation>);

TEST_CASE("all fields of an error reach their place")
{
    server_message message;
    REQUIRE(parse_text(
        "Sa\0Vb\0C23505\0Mc\0Dd\0He\0P15\0p16\0qf\0Wg\0sh\0ti\0cj\0dk\0nl\0Fm\0L17\0Rn\0\0"s,
        message));
    server_error const error{std::make_shared<server_message const>(message)};
    CHECK(error.severity() == "a");
    CHECK(error.severity_nonlocalized() == "b");
    CHECK(error.state() == sqlstate{"23505"});
    CHECK(error.message() == "c");
    CHECK(error.detail() == "d");
    CHECK(error.hint() == "e");
    CHECK(error.position() == 15);
    CHECK(error.internal_position() == 16);
    CHECK(error.internal_query() == "f");
    CHECK(error.where() == "g");
    CHECK(error.schema() == "h");
    CHECK(error.table() == "i");
    CHECK(error.column() == "j");
    CHECK(error.data_type() == "k");
    CHECK(error.constraint() == "l");
    CHECK(error.file() == "m");
    CHECK(error.line() == 17);
    CHECK(error.routine() == "n");
    CHECK(error.fields()->message == "c");
}

TEST_CASE("what() is what psql prints, without the severity")
{
    server_message message;
    REQUIRE(parse_text(duplicate_key, message));
    try {
        throw_server_error(std::make_shared<server_message const>(message));
    } catch (unique_violation const& error) {
        CHECK(error.what() == "duplicate key value violates unique constraint \"users_pkey\"\n"
                              "DETAIL:  Key (user_id)=(1) already exists."s);
        CHECK(error.code() == sqlstate{"23505"});
        CHECK(error.table() == "users");
        CHECK_FALSE(error.position());
    }
    message.hint = "Take another.";
    message.detail.clear();
    server_error const error{std::make_shared<server_message const>(message), "\nIn statement 3"};
    CHECK(error.what() == "duplicate key value violates unique constraint \"users_pkey\"\n"
                          "HINT:  Take another.\nIn statement 3"s);
}

TEST_CASE("fields that nobody knows yet are skipped, numbers that are none are not sent")
{
    server_message message;
    REQUIRE(parse_text("C42601\0zfuture\0!\0Mm\0P1x\0p-1\0L99999999999\0\0"s, message));
    CHECK(message.code == sqlstate{"42601"});
    CHECK(message.message == "m");
    CHECK_FALSE(message.position);
    CHECK_FALSE(message.internal_position);
    CHECK_FALSE(message.line);
}

TEST_CASE("an error without a code is an internal error")
{
    server_message message;
    REQUIRE(parse_text("\0"s, message));
    CHECK(message.code == sqlstate{"XX000"});
}

TEST_CASE("an error cut off anywhere, or with more behind it, is malformed")
{
    server_message message;
    for (std::size_t size = 0; size < duplicate_key.size(); ++size)
        CHECK_FALSE(parse_text(duplicate_key.substr(0, size), message));
    CHECK(parse_text(duplicate_key, message));
    CHECK_FALSE(parse_text(duplicate_key + "x", message));
    CHECK_FALSE(parse_text("", message));
}
