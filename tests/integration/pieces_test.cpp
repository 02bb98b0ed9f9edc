#include "counting.hpp"
#include "run.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

/// A name for a file that is gone afterwards.
class file_name
{
public:
    file_name() : path_{"/tmp/pgcoro-pieces-" + std::to_string(::getpid())} {}
    ~file_name() { std::remove(path_.c_str()); }
    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    void write(std::string_view text) const { std::ofstream{path_} << text; }
    [[nodiscard]] std::string read() const
    {
        std::ifstream from{path_};
        return {std::istreambuf_iterator<char>{from}, {}};
    }

private:
    std::string path_;
};

/// Lines of CSV, a piece each, after a turn of the loop each.
class slow_lines
{
public:
    slow_lines(int count, bool fails) : count_{count}, fails_{fails} {}

    awaitable<std::optional<std::string>> next()
    {
        co_await yield();
        if (at_ == count_) {
            if (fails_)
                throw std::runtime_error{"the source fails"};
            co_return std::nullopt;
        }
        ++at_;
        co_return std::to_string(at_) + ",line\n";
    }

private:
    int count_;
    bool fails_;
    int at_ = 0;
};

awaitable<std::string> text_of(pg::connection& conn, std::string sql)
{
    return conn.fetch_value<std::string>(
        "SELECT coalesce(string_agg(t::text, ' '), '') FROM (" + sql + ") AS t");
}

} // namespace

TEST_CASE("a table is copied into a file and back, and its progress is told")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        file_name const file;
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text); "
                              "CREATE TEMP TABLE back (LIKE t)");
        std::vector<pg::copied> told;
        auto const tell = [&](pg::copied const& so_far) { told.push_back(so_far); };
        check_equal(
            co_await conn.copy_in("t", counting{100'000}, pg::copy_options{}.progress(tell)),
            100'000);
        REQUIRE(told.size() > 10);
        CHECK(told.front().rows.value() < 10'000);
        CHECK(told.back().rows == 100'000);
        CHECK(told.back().bytes == 11 + 8 + 100'000 * (2 + 4 + 4 + 4 + 8) + 2);

        file.write("what was there before is overwritten, even where it is longer" +
                   std::string(3'000'000, '.'));
        std::vector<pg::copy_options> hows(2);
        hows[0].csv().header().delimiter(';').progress(tell);
        hows[1].binary().progress(tell);
        for (auto const& how : hows) {
            told.clear();
            check_equal(co_await conn.copy_out("t", pg::output_file{file.path()}, how), 100'000);
            std::string const written = file.read();
            REQUIRE(told.size() > 2);
            CHECK(told.front().bytes < told.back().bytes);
            CHECK(told.front().rows.value() < 100'000);
            CHECK(told.back().bytes == written.size());
            CHECK(told.back().rows == 100'000);
            told.clear();
            pg::input_file from{file.path()};
            CHECK(from.size() == written.size());
            check_equal(co_await conn.copy_in("back", from, how), 100'000);
            REQUIRE(told.size() > 2);
            CHECK_FALSE(told.front().rows);
            CHECK(told.back().bytes == written.size());
            CHECK(told.back().rows == 100'000);
            check_equal(
                co_await conn.fetch_value<std::int64_t>("SELECT count(*) FROM t NATURAL JOIN back"),
                100'000);
            co_await conn.execute("TRUNCATE back");
        }
        CHECK_THROWS_AS(pg::input_file{"/nowhere/at/all"}, std::system_error);
        CHECK_THROWS_AS(pg::output_file{"/nowhere/at/all"}, std::system_error);
        // What can't be copied out leaves the file as it is.
        file.write("kept");
        co_await error_of<pg::undefined_table>(
            conn.copy_out("nowhere", pg::output_file{file.path()}));
        CHECK(file.read() == "kept");
        pg::copy_query const nothing{"SELECT 1 WHERE false"};
        check_equal(co_await conn.copy_out(nothing, pg::output_file{file.path()}), 0);
        CHECK(file.read().empty());
        pg::output_file full{"/dev/full"};
        check_that(co_await error_of<std::system_error>(conn.copy_out("t", full)),
            Catch::Matchers::ContainsSubstring("/dev/full"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("data is copied from sources of all kinds, into sinks of all kinds")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, name text)");
        auto const csv = pg::copy_options{}.csv();
        check_equal(co_await conn.copy_in("t", slow_lines{3, false}, csv), 3);
        check_that(
            co_await error_of<std::runtime_error>(conn.copy_in("t", slow_lines{3, true}, csv)),
            Catch::Matchers::Equals("the source fails"));
        int calls = 0;
        auto const called = [&]() -> std::optional<std::string_view> {
            return ++calls < 3 ? std::optional<std::string_view>{"9,called\n"} : std::nullopt;
        };
        check_equal(co_await conn.copy_in("t", called, csv), 2);
        check_equal(co_await text_of(conn, "SELECT * FROM t ORDER BY id"),
            "(1,line) (2,line) (3,line) (9,called) (9,called)");

        std::string all;
        auto const append = [&](std::span<std::byte const> piece) {
            all.append(reinterpret_cast<char const*>(piece.data()), piece.size());
        };
        pg::copy_query const some{"SELECT * FROM t WHERE id < $1 ORDER BY 1", 3};
        check_equal(co_await conn.copy_out(some, append, csv), 2);
        CHECK(all == "1,line\n2,line\n");
        auto const wait_and_fail = [](std::span<std::byte const>) -> awaitable<void> {
            co_await yield();
            throw std::runtime_error{"the sink fails"};
        };
        check_that(co_await error_of<std::runtime_error>(conn.copy_out(some, wait_and_fail)),
            Catch::Matchers::Equals("the sink fails"));

        // From one connection to another one, both ways round.
        auto other = co_await pg::connect(shared_options());
        co_await other.execute("CREATE TEMP TABLE t (id int, name text)");
        check_equal(co_await other.copy_in("t", co_await conn.copy_out("t")), 5);
        auto to = co_await other.open_copy_in("t");
        check_equal(co_await conn.copy_out("t", to), 5);
        check_equal(co_await other.fetch_value<int>("SELECT count(*)::int FROM t"), 10);
        auto const stop = [](pg::copied const&) { throw std::runtime_error{"stop"}; };
        co_await error_of<std::runtime_error>(
            conn.copy_in("t", counting{100}, pg::copy_options{}.progress(stop)));
        co_await error_of<std::runtime_error>(
            conn.copy_out("t", append, pg::copy_options{}.progress(stop)));
        check_equal(co_await conn.fetch_value<int>("SELECT count(*)::int FROM t"), 5);
    });
}

TEST_CASE("every option of COPY does what it says")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (a text, b text)");
        using how = pg::copy_options;
        struct example
        {
            how options;
            std::string data;
            std::string rows;
            bool back = true; // the same comes out again
        };
        std::vector<example> examples;
        auto const add = [&](how options, std::string data, std::string rows, bool back = true) {
            examples.push_back({std::move(options), std::move(data), std::move(rows), back});
        };
        add(how{}.text(), "x\t\\N\n", "(x,)");
        add(how{}.delimiter('|').null("-"), "x|-\n", "(x,)");
        add(how{}.csv().null("nil"), "x,nil\n", "(x,)");
        add(how{}.csv().header(), "a,b\nx,y\n", "(x,y)");
        add(how{}.csv().header_match(), "a,b\nx,y\n", "(x,y)", false);
        add(how{}.csv().quote('\''), "'it''s',y\n", "(it's,y)");
        add(how{}.csv().escape('\\'), "\"a\\\"b\",y\n", "(\"a\"\"b\",y)");
        add(how{}.csv().quote('\'').escape('\\').delimiter('\t'), "'it\\'s'\ty\n", "(it's,y)");
        add(how{}.csv().force_not_null("b"), "x,\n", "(x,\"\")", false);
        add(how{}.csv().null("z").force_null("b"), "\"z\",\"z\"\n", "(z,)", false);
        add(how{}.encoding("LATIN1"), "\xe9\ty\n", "(\xc3\xa9,y)");
        add(how{}.csv().columns("b", "a"), "x,y\n", "(y,x)");
        add(how{}.csv().where("a <> 'x'"), "x,y\nv,w\n", "(v,w)", false);
        add(how{}.option("FORMAT csv").option("DELIMITER '!'"), "x!y\n", "(x,y)");
        for (auto const& each : examples) {
            INFO(each.data);
            auto data = [at = 0, &each]() mutable -> std::optional<std::string> {
                return at++ == 0 ? std::optional{each.data} : std::nullopt;
            };
            co_await conn.copy_in("t", data, each.options);
            check_equal(co_await text_of(conn, "SELECT * FROM t"), each.rows);
            if (each.back) {
                auto from = co_await conn.copy_out("t", each.options);
                check_equal((co_await from.next()).value(), each.data);
                check(!co_await from.next());
            }
            co_await conn.execute("TRUNCATE t");
        }
        co_await conn.execute("INSERT INTO t VALUES ('x', 'y')");
        std::vector<std::pair<how, std::string>> const outwards{
            {how{}.csv().force_quote("b"), "x,\"y\"\n"},
            {how{}.csv().force_quote_all(), "\"x\",\"y\"\n"}};
        for (auto const& [options, data] : outwards) {
            auto from = co_await conn.copy_out("t", options);
            check_equal((co_await from.next()).value(), data);
            check(!co_await from.next());
        }
        auto const wrong = []() -> std::optional<std::string> { return "a,c\n"; };
        co_await error_of<pg::server_error>(conn.copy_in("t", wrong, how{}.csv().header_match()));
    });
}
