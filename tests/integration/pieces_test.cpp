#include "counting.hpp"
#include "run.hpp"

#include <signal.h>
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
#include <utility>
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

/// So many bytes, in pieces whose sizes are all over the place; or it throws before the end.
class pattern
{
public:
    explicit pattern(std::size_t size, bool fails = false) : left_{size}, fails_{fails} {}

    [[nodiscard]] std::optional<std::string> next()
    {
        if (left_ == 0 && fails_)
            throw std::runtime_error{"the source fails"};
        if (left_ == 0)
            return std::nullopt;
        state_ = state_ * 1'103'515'245 + 12'345;
        std::string piece(std::min<std::size_t>(left_, (state_ >> 8) % 100'000), '\0');
        for (char& c : piece)
            c = static_cast<char>(++at_ % 251);
        left_ -= piece.size();
        return piece;
    }
    [[nodiscard]] static std::string whole(std::size_t size)
    {
        std::string all;
        for (pattern from{size}; auto const piece = from.next();)
            all += *piece;
        return all;
    }

private:
    std::size_t left_;
    bool fails_;
    std::uint32_t state_ = 1;
    std::uint32_t at_ = 0;
};

/// The same after a turn of the loop each; and at some byte it waits, until it is cancelled.
class slow_pattern
{
public:
    struct report
    {
        std::size_t asked = 0; // pieces
        bool waiting = false;
        bool left = false; // it does not wait any more
    };

    slow_pattern(
        std::size_t size, report& told, std::size_t waits_at = std::size_t(-1), bool fails = false)
        : from_{size, fails}, told_{&told}, waits_at_{waits_at}
    {}

    awaitable<std::optional<std::string>> next()
    {
        ++told_->asked;
        co_await yield();
        if (given_ >= waits_at_) {
            struct leaving
            {
                bool& left;
                ~leaving() { left = true; }
            } const here{told_->left};
            told_->waiting = true;
            asio::steady_timer never{co_await asio::this_coro::executor, 1h};
            co_await never.async_wait(asio::use_awaitable);
        }
        auto piece = from_.next();
        given_ += piece ? piece->size() : 0;
        co_return piece;
    }

private:
    pattern from_;
    report* told_;
    std::size_t waits_at_;
    std::size_t given_ = 0;
};

std::optional<std::string_view> none()
{
    return std::nullopt;
}

struct stored
{
    int id;
    std::string hash;
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
        bool const can_match = conn.server_version().major >= 15;
        if (can_match)
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
        if (can_match)
            co_await error_of<pg::server_error>(
                conn.copy_in("t", wrong, how{}.csv().header_match()));
    });
}

TEST_CASE("a parameter is sent in pieces, alone and among others")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await conn.execute("CREATE TEMP TABLE t (id int, data bytea, name text, j jsonb)");
        for (std::size_t const size : {0u, 1u, 65'536u, 3'000'000u}) {
            std::string const whole = pattern::whole(size);
            std::string const sql = "SELECT $1 = $2::bytea AND $3 = 7";
            check(co_await conn.fetch_value<bool>(
                sql, std::as_bytes(std::span{whole}), pg::chunks(size, pattern{size}), 7));
        }
        std::string const insert = "INSERT INTO t VALUES ($1, $2, $3, $4) "
                                   "RETURNING id, md5(data) || length(name) || j::text AS hash";
        std::string const json = "{\"a\": \"" + std::string(100'000, 'x') + "\"}";
        auto text = [left = 300'000]() mutable -> std::optional<std::string> {
            left -= 1;
            return left < 0 ? std::nullopt : std::optional<std::string>{"y"};
        };
        auto twice = [at = 0, &json]() mutable -> std::optional<std::string_view> {
            return ++at == 1 ? std::optional<std::string_view>{json} : std::nullopt;
        };
        std::string const whole = pattern::whole(2'000'000);
        for (int id = 1; id <= 2; ++id) { // parsed for the first time, and not any more
            auto const row = co_await conn.fetch_one<stored>(insert, id,
                pg::chunks(2'000'000, pattern{2'000'000}), pg::chunks(300'000, text),
                pg::chunks(json.size(), twice));
            CHECK(row.id == id);
            auto const hash = co_await conn.fetch_value<std::string>(
                "SELECT md5($1)", std::as_bytes(std::span{whole}));
            CHECK(row.hash == hash + "300000" + json);
        }
        file_name const file;
        file.write(pattern::whole(1'000'000));
        pg::input_file from{file.path()};
        auto const size = static_cast<std::size_t>(from.size());
        check_equal(co_await conn.fetch_value<int>(
                        "SELECT length($1::bytea)", pg::chunks(size, std::move(from))),
            1'000'000);
        check_equal(co_await conn.fetch_value<std::string>(
                        "SELECT coalesce($1, 'empty')", pg::chunks(0, none)),
            "");
    });
}

TEST_CASE("a value in pieces owns the connection while it is sent")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const stranger = [&]() -> awaitable<std::string> {
            return error_of<pg::operation_in_progress>(conn.execute("SELECT 1"));
        };
        std::string const sql = "SELECT length($1::bytea)";
        co_await conn.fetch_value<int>(sql, pg::chunks(10, pattern{10}));
        auto const [length, error] = co_await pg::gather(
            conn.fetch_value<int>(sql, pg::chunks(20'000'000, pattern{20'000'000})), stranger());
        CHECK(length == 20'000'000);
        check_that(error, Catch::Matchers::ContainsSubstring("still sending its arguments"));
        // A statement that is wrong costs no byte of the value, and nothing else.
        co_await error_of<pg::syntax_error>(
            conn.execute("SELEC $1", pg::chunks(20'000'000, pattern{20'000'000})));
        co_await error_of<pg::encode_error>(
            conn.execute("SELECT $1, $2", pg::chunks(20'000'000, pattern{20'000'000})));
        // The server refuses the value when it has all of it.
        auto const zeros = []() -> std::optional<std::string> { return std::string(1000, '\0'); };
        auto ended = [left = 200, zeros]() mutable { return --left < 0 ? std::nullopt : zeros(); };
        co_await error_of<pg::server_error>(
            conn.execute("SELECT $1::text", pg::chunks(200'000, ended)));
        auto const value = pg::chunks(5, pattern{5});
        co_await conn.execute("SELECT $1::bytea", value);
        check_that(co_await error_of<pg::encode_error>(conn.execute("SELECT $1::bytea", value)),
            Catch::Matchers::ContainsSubstring("parameter $1") &&
                Catch::Matchers::ContainsSubstring("sent already"));
        auto const prepared = co_await conn.prepare("SELECT $1::bytea");
        co_await error_of<pg::encode_error>(prepared.execute(pg::chunks(5, pattern{5})));
        // In a transaction: it goes on.
        auto tx = co_await conn.begin();
        check_equal(co_await tx.fetch_value<int>(sql, pg::chunks(1'000'000, pattern{1'000'000})),
            1'000'000);
        co_await tx.commit();
    });
}

TEST_CASE("a value in pieces that can't be sent to its end closes the connection")
{
    run([]() -> awaitable<void> {
        constexpr std::size_t much = 20'000'000;
        std::string const sql = "SELECT length($1::bytea)";
        auto conn = co_await pg::connect(shared_options());
        // Nothing was sent yet: nothing is lost.
        check_that(
            co_await error_of<pg::encode_error>(conn.execute(sql, pg::chunks(5, pattern{3}))),
            Catch::Matchers::ContainsSubstring(
                "parameter $1: the source of chunks() gave 3 of the 5 bytes"));
        check_that(
            co_await error_of<pg::encode_error>(conn.execute(sql, pg::chunks(5, pattern{100'000}))),
            Catch::Matchers::ContainsSubstring("gave more than the 5 bytes"));
        co_await error_of<std::runtime_error>(conn.execute(sql, pg::chunks(5, pattern{3, true})));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        for (int const how : {0, 1, 2, 3}) {
            conn = co_await pg::connect(shared_options());
            if (how == 0)
                check_that(co_await error_of<pg::encode_error>(
                               conn.execute(sql, pg::chunks(much + 1, pattern{much}))),
                    Catch::Matchers::ContainsSubstring("gave 20000000 of the 20000001 bytes"));
            if (how == 1)
                check_that(co_await error_of<pg::encode_error>(
                               conn.execute(sql, pg::chunks(much, pattern{much + 1}))),
                    Catch::Matchers::ContainsSubstring("gave more than the 20000000 bytes"));
            if (how == 2)
                co_await error_of<std::runtime_error>(
                    conn.execute(sql, pg::chunks(much + 1, pattern{much, true})));
            if (how == 3) {
                asio::cancellation_signal stop;
                bool asked = false;
                auto const endless = [&]() -> std::optional<std::string> {
                    asked = true;
                    return std::string(1'000'000, '.');
                };
                std::exception_ptr thrown;
                asio::co_spawn(co_await asio::this_coro::executor,
                    conn.execute(sql, pg::chunks(1'000'000'000, endless)),
                    asio::bind_cancellation_slot(stop.slot(),
                        [&](std::exception_ptr error, pg::command_tag) { thrown = error; }));
                while (!asked)
                    co_await yield();
                co_await yield();
                stop.emit(asio::cancellation_type::terminal);
                while (!thrown)
                    co_await yield();
            }
            check_that(co_await error_of<pg::connection_lost>(conn.execute("SELECT 1")),
                Catch::Matchers::ContainsSubstring("in pieces"));
            check(!conn.is_open());
        }
    });
}

TEST_CASE("pieces of a parameter may be waited for")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        slow_pattern::report told;
        std::string const whole = pattern::whole(3'000'000);
        for (int run = 1; run <= 2; ++run) // parsed for the first time, and not any more
            check(co_await conn.fetch_value<bool>("SELECT $1 = $2::bytea AND $3 = 7 AND $4 = $2",
                std::as_bytes(std::span{whole}),
                pg::chunks(3'000'000, slow_pattern{3'000'000, told}), 7,
                pg::chunks(3'000'000, slow_pattern{3'000'000, told})));
        auto const nothing = []() -> awaitable<std::optional<std::string>> {
            co_await yield();
            co_return std::nullopt;
        };
        check_equal(co_await conn.fetch_value<int>(
                        "SELECT length($1::text) + $2", pg::chunks(0, nothing), 1),
            1);
        std::string const sql = "SELECT length($1::bytea)";
        // Within a limit, in a transaction, by name, on a pool; from another connection's COPY.
        check_equal(co_await conn.with(pg::timeout(1h))
                        .fetch_value<int>(sql, pg::chunks(1'000, slow_pattern{1'000, told})),
            1'000);
        auto tx = co_await conn.begin();
        co_await tx.execute("CREATE TEMP TABLE t (id int, hash bytea) ON COMMIT DROP");
        auto const row = co_await tx.fetch_one<stored>(
            "INSERT INTO t VALUES ($1, $2) RETURNING id, hash::text AS hash", 5,
            pg::chunks(2, slow_pattern{2, told}));
        CHECK(row.hash == "\\x0102");
        co_await tx.commit();
        pg::pool pool{co_await asio::this_coro::executor, shared_options(), {.max_size = 1}};
        check_equal(
            co_await pool.fetch_value<int>(sql, pg::chunks(500, slow_pattern{500, told})), 500);
        {
            auto lease = co_await pool.acquire();
            auto data = co_await lease->copy_out(
                pg::copy_query{"SELECT repeat('x', 9) FROM generate_series(1, 30000)"});
            check_equal(
                co_await conn.fetch_value<int>(sql, pg::chunks(300'000, std::move(data))), 300'000);
        }
        co_await pool.close();
        // A statement that is wrong costs no piece, and a call that never runs none.
        told = {};
        co_await error_of<pg::syntax_error>(
            conn.execute("SELEC $1", pg::chunks(10, slow_pattern{10, told})));
        auto const owner = co_await conn.begin();
        co_await error_of<pg::operation_in_progress>(
            conn.execute(sql, pg::chunks(10, slow_pattern{10, told})));
        CHECK(told.asked == 0);
    });
}

TEST_CASE("a source that waits is asked no faster than the server reads")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        constexpr std::size_t much = 60'000'000; // more than any socket keeps
        slow_pattern::report told;
        std::string const sql = "SELECT length($1::bytea)";
        co_await conn.fetch_value<int>(sql, pg::chunks(1, slow_pattern{1, told}));
        told = {};
        auto const server = static_cast<::pid_t>(conn.server_pid());
        auto const watch = [&]() -> awaitable<void> {
            REQUIRE(::kill(server, SIGSTOP) == 0);
            // Until nothing has been asked for in a while.
            std::size_t before = 0;
            for (int idle = 0; idle < 300; ++idle) {
                if (std::exchange(before, told.asked) != told.asked)
                    idle = 0;
                asio::steady_timer pause{co_await asio::this_coro::executor, 1ms};
                co_await pause.async_wait(asio::use_awaitable);
            }
            CHECK(told.asked > 0);
            CHECK(told.asked < much / 100'000);
            ::kill(server, SIGCONT);
        };
        auto const [length, watched] = co_await pg::gather(
            conn.fetch_value<int>(sql, pg::chunks(much, slow_pattern{much, told})), watch());
        CHECK(length == much);
    });
}

TEST_CASE("a source that waits, or fails, is given up with its call")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        constexpr std::size_t much = 20'000'000;
        std::string const sql = "SELECT length($1::bytea)";
        for (std::size_t const waits_at : {0u, 300'000u}) {
            bool const begun = waits_at != 0;
            for (auto const how : {"cancelled", "late", "lost", "failed"}) {
                INFO(how << " at byte " << waits_at);
                auto conn = co_await pg::connect(shared_options().command_timeout(
                    how == std::string_view{"late"} ? 300ms : 0ms));
                slow_pattern::report told;
                if (how == std::string_view{"failed"}) {
                    check_that(co_await error_of<std::runtime_error>(conn.execute(sql,
                                   pg::chunks(much, slow_pattern{waits_at, told, much, true}))),
                        Catch::Matchers::Equals("the source fails"));
                } else {
                    std::exception_ptr thrown;
                    asio::cancellation_signal stop;
                    asio::co_spawn(executor,
                        conn.execute(sql, pg::chunks(much, slow_pattern{much, told, waits_at})),
                        asio::bind_cancellation_slot(
                            stop.slot(), [&](std::exception_ptr error, pg::command_tag) {
                                CHECK(told.left == told.waiting);
                                thrown = error;
                            }));
                    while (!told.waiting && !thrown) // the machine may be slow
                        co_await yield();
                    if (how == std::string_view{"cancelled"}) {
                        stop.emit(asio::cancellation_type::terminal);
                    } else if (how == std::string_view{"lost"}) {
                        auto other = co_await pg::connect(shared_options());
                        co_await other.execute(
                            "SELECT pg_terminate_backend($1::int)", conn.server_pid());
                    }
                    while (!thrown)
                        co_await yield();
                    auto const error = [&]() -> awaitable<void> {
                        std::rethrow_exception(thrown);
                        co_return;
                    };
                    if (how == std::string_view{"cancelled"})
                        co_await error_of<std::system_error>(error());
                    else if (how == std::string_view{"lost"})
                        co_await error_of<pg::error>(error());
                    else
                        co_await error_of<pg::timeout_error>(error());
                }
                if (how == std::string_view{"late"} && !told.waiting)
                    continue;
                if (begun || how == std::string_view{"lost"})
                    co_await error_of<pg::connection_lost>(conn.execute("SELECT 1"));
                else
                    check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
            }
        }
    });
}

TEST_CASE("what no message or value can hold is refused before anything is sent")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        constexpr std::size_t most = 0x3fff'ffff;
        auto const never = []() -> std::optional<std::string> {
            throw std::logic_error{"the source was asked"};
        };
        check_that(co_await error_of<pg::encode_error>(
                       conn.execute("SELECT $1::bytea", pg::chunks(most + 1, never))),
            Catch::Matchers::ContainsSubstring("longer than 1 GiB"));
        // A value may be as long, but the message that holds it would be longer.
        check_that(co_await error_of<pg::encode_error>(
                       conn.execute("SELECT $1::bytea", pg::chunks(most, never))),
            Catch::Matchers::ContainsSubstring("a message may have"));
        check_that(co_await error_of<pg::encode_error>(conn.execute("SELECT $1::bytea, $2::bytea",
                       pg::chunks(most / 2, never), pg::chunks(most / 2 + 1, never))),
            Catch::Matchers::ContainsSubstring("a message may have"));

        // The protocol counts parameters with 16 bits.
        for (int const count : {65'535, 65'536}) {
            pg::sql query{"SELECT array_length(ARRAY[{}", 0};
            for (int i = 1; i < count; ++i)
                query += pg::sql(",{}", i);
            query += pg::sql("], 1)");
            if (count == 65'535)
                check_equal(co_await conn.fetch_value<int>(query), count);
            else
                check_that(co_await error_of<pg::encode_error>(conn.fetch_value<int>(query)),
                    Catch::Matchers::ContainsSubstring("65535"));
        }
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}
