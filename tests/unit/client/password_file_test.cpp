#include "catch.hpp"
#include "environment.hpp"

#include <pgcoro/client/password_file.hpp>

#include <string>

namespace pg = pgcoro;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the first line of a password file that fits is taken")
{
    clean_environment environment;
    auto const path = environment.write(".pgpass", "# a comment\n"
                                                   "too:few:fields\n"
                                                   "db:5432:shop:app:first\r\n"
                                                   "db:5432:shop:app:second\n"
                                                   "a\\:b:*:*:back\\\\slash:se\\:cr\\\\et:ignored\n"
                                                   "::1:1:x:y:six\n"
                                                   "*:*:*:root:any:thing\n"
                                                   "last:1:x:y:end");
    auto const find = [&](std::string host, std::string port, std::string database,
                          std::string user) {
        return pg::find_password(path, {host, port, database, user}).password;
    };
    CHECK(find("db", "5432", "shop", "app") == "first");
    CHECK(find("db", "5433", "shop", "app").empty());
    CHECK(find("a:b", "1", "x", "back\\slash") == "se:cr\\et");
    CHECK(find("::1", "1", "x", "y") == "six");
    CHECK(find("anything", "9", "z", "root") == "any");
    CHECK(find("last", "1", "x", "y") == "end");
    CHECK(find("db", "5432", "shop", "").empty());
    CHECK(find("too", "few", "fields", "u").empty());
}

TEST_CASE("a password file that others may read is not used, and that is said")
{
    clean_environment environment;
    for (::mode_t const mode : {0640U, 0604U, 0660U}) {
        auto const path = environment.write(".pgpass", "*:*:*:*:unspeakable\n", mode);
        auto const found = pg::find_password(path, {"h", "1", "d", "u"});
        CHECK(found.password.empty());
        CHECK_THAT(found.problem, ContainsSubstring("chmod 0600"));
        CHECK_THAT(found.problem, !ContainsSubstring("unspeakable"));
    }
    auto const none = pg::find_password(environment.home() + "/none", {"h", "1", "d", "u"});
    CHECK(none.problem.empty());
    auto const directory = pg::find_password(environment.home(), {"h", "1", "d", "u"});
    CHECK_THAT(directory.problem, ContainsSubstring("not a plain file"));
}
