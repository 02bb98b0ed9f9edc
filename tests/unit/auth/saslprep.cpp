#include "catch.hpp"
#include "saslprep_vectors.hpp"

#include <pgcoro/auth/saslprep.hpp>

#include <string>

using pgcoro::saslprep;
using namespace std::string_literals;

TEST_CASE("the examples of RFC 4013")
{
    CHECK(saslprep("I\xc2\xadX") == "IX");             // the soft hyphen goes
    CHECK(saslprep("user") == "user");                 // no change
    CHECK(saslprep("USER") == "USER");                 // case stays
    CHECK(saslprep("\xc2\xaa") == "a");                // the feminine ordinal
    CHECK(saslprep("\xe2\x85\xa8") == "IX");           // the Roman numeral
    CHECK(saslprep("\x07") == "\x07");                 // prohibited, but ASCII is never looked at
    CHECK(saslprep("\xd8\xa7\x31") == "\xd8\xa7\x31"); // mixed directions: as it is
}

TEST_CASE("what cannot be prepared is used as it is")
{
    for (auto const& text : {
             "\xff"s, "a\x80"s, "\xc3"s, "\xc3("s, // no UTF-8
             "\xc0\xaf"s, "\xe0\x80\xaf"s,         // longer than needed
             "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, // a surrogate, beyond Unicode
             "\xf8\x88\x80\x80\x80"s, "\xe2\x82"s, // five bytes, cut off
             "\xc2\x85\xc2\xaa"s,                  // a control character
             "\xc8\xa1\xc2\xaa"s,                  // U+0221: not in Unicode 3.2
             "\xc2\xad"s,                          // nothing would be left
             "\xee\x80\x80\xc2\xaa"s,              // private use
         })
        CHECK(saslprep(text) == text);
}

TEST_CASE("spaces become a space, the zero-width one too")
{
    CHECK(saslprep("a\xc2\xa0"
                   "b") == "a b");
    CHECK(saslprep("a\xe3\x80\x80"
                   "b") == "a b");
    CHECK(saslprep("a\xe2\x80\x8b"
                   "b") == "a b");
    CHECK(saslprep("a\xe2\x80\x8c"
                   "b") == "ab");
}

TEST_CASE("an empty password stays empty")
{
    CHECK(saslprep("").empty());
}

TEST_CASE("a thousand bytes of marks are put in order")
{
    std::string text = "a";
    for (int i = 0; i < 250; ++i)
        text += "\xcc\x81\xcc\xa3"; // acute above, dot below: the wrong way round
    auto const prepared = saslprep(text);
    CHECK(prepared.substr(0, 3) == "\xe1\xba\xa1"); // a with dot below
    CHECK(prepared.size() == 3 + 249 * 2 + 250 * 2);
}

TEST_CASE("an independent implementation agrees")
{
    int prepared = 0;
    for (auto const& vector : saslprep_vectors) {
        INFO(&vector - saslprep_vectors);
        CHECK(saslprep(vector.password) ==
              std::string{vector.prepared != nullptr ? vector.prepared : vector.password});
        prepared += vector.prepared != nullptr;
    }
    CHECK(prepared > 200);
}
