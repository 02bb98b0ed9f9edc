#include "run.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace {

/// A pool of one connection: whoever comes next gets the same.
template <class Body>
void with_one(pg::pool_options limits, Body body)
{
    run([&]() -> awaitable<void> {
        limits.max_size = 1;
        pg::pool pool{co_await asio::this_coro::executor, shared_options(), limits};
        co_await body(pool);
        co_await pool.close();
    });
}

/// What is left in the session, as the server sees it.
awaitable<std::string> leftovers(pg::pool& pool)
{
    co_return co_await pool.fetch_value<std::string>(
        "SELECT concat_ws(',', "
        "CASE WHEN current_setting('work_mem') = '123kB' THEN 'work_mem' END, "
        "CASE WHEN current_user <> session_user THEN 'role' END, "
        "(SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() "
        "LIMIT 1), "
        "(SELECT 'listen' FROM pg_listening_channels() LIMIT 1), "
        "(SELECT 'cursor' FROM pg_cursors WHERE is_holdable LIMIT 1), "
        "(SELECT 'temp' FROM pg_class WHERE relname = 'pool_leaves'), "
        "(SELECT 'prepared' FROM pg_prepared_statements WHERE from_sql LIMIT 1))");
}

std::vector<std::pair<std::string, std::string>> const leaves{
    {"SET work_mem = '123kB'", "work_mem"},
    {"SELECT set_config('work_mem', '123kB', false)", "work_mem"},
    {"DO $$ BEGIN PERFORM set_config('work_mem', '123kB', false); END $$", "work_mem"},
    {"SET ROLE pg_read_all_data", "role"},
    {"SELECT pg_advisory_lock(99)", "lock"},
    {"SELECT pg_try_advisory_lock_shared(99)", "lock"},
    {"LISTEN somebody", "listen"},
    {"BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT", "cursor"},
    {"CREATE TEMP TABLE pool_leaves (n int)", "temp"},
    {"CREATE TABLE pg_temp.pool_leaves AS SELECT 1", "temp"},
    {"SELECT 1 INTO TEMPORARY pool_leaves", "temp"},
    {"PREPARE p AS SELECT 1", "prepared"},
};

struct ends_of_calls : pg::tracer
{
    void ended(pg::traced_call const& call, pg::traced_end const&) override
    {
        ++runs[std::string{call.sql}];
    }
    void acquired(pg::traced_lease const& lent) override { acquisitions.push_back(lent.line); }
    void released(pg::traced_lease const& lent) override { releases.push_back(lent.process_id); }
    std::map<std::string, int> runs;
    std::vector<std::uint32_t> acquisitions;
    std::vector<std::uint32_t> releases;
};

} // namespace

TEST_CASE("a connection comes back without what its user left in the session")
{
    with_one({}, [](pg::pool& pool) -> awaitable<void> {
        auto const pid = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
        for (auto const& [sql, left] : leaves) {
            INFO(sql);
            {
                auto lease = co_await pool.acquire();
                co_await lease->execute(sql);
            }
            check_equal(co_await leftovers(pool), "");
            co_await pool.execute(sql); // nor do the verbs leave something
            check_equal(co_await leftovers(pool), "");
        }
        check_equal(co_await pool.fetch_value<int>("SELECT pg_backend_pid()"), pid);
    });
}

TEST_CASE("what is left is really there if nothing is undone")
{
    with_one({.reset = pg::pool_reset::never}, [](pg::pool& pool) -> awaitable<void> {
        for (auto const& [sql, left] : leaves) {
            INFO(sql);
            co_await pool.execute(sql);
            check_equal(co_await leftovers(pool), left);
            co_await pool.execute("RESET ROLE");
            co_await pool.execute("DISCARD ALL");
        }
    });
}

TEST_CASE("what a function hides is undone by resetting always")
{
    with_one({.reset = pg::pool_reset::always}, [](pg::pool& pool) -> awaitable<void> {
        co_await pool.execute("CREATE FUNCTION hides() RETURNS text LANGUAGE sql AS "
                              "$$ SELECT set_config('work_mem', '123kB', false) $$");
        check_equal(co_await pool.fetch_value<std::string>("SELECT hides()"), "123kB");
        check_equal(co_await leftovers(pool), "");
        co_await pool.execute("DROP FUNCTION hides()");
    });
}

TEST_CASE("the next user pays no round trip for cleaning up, and keeps the statements")
{
    run([]() -> awaitable<void> {
        auto const heard = std::make_shared<ends_of_calls>();
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options().trace(heard), {.max_size = 1}};
        auto const ask = [&] {
            return pool.fetch_value<std::int64_t>(
                "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql AND $1", true);
        };
        check_equal(co_await ask(), 1);
        {
            auto lease = co_await pool.acquire();
            co_await lease->execute("BEGIN");
            co_await lease->execute("SET work_mem = '123kB'");
            heard->runs.clear();
        }
        CHECK(heard->runs.empty()); // nobody waits
        check_equal(co_await ask(), 1);
        CHECK(heard->runs["ROLLBACK"] == 1);
        CHECK(heard->runs["SET SESSION AUTHORIZATION DEFAULT; RESET ALL; "] == 1);
        CHECK(heard->runs.size() == 3);

        // what leaves nothing costs nothing
        heard->runs.clear();
        {
            auto lease = co_await pool.acquire();
            co_await lease->fetch_value<int>("SELECT $1::int", 1);
            auto tx = co_await lease->begin();
            co_await tx.execute("CREATE TABLE temperature (n int)");
        }
        check_equal(co_await ask(), 2);
        CHECK(heard->runs["ROLLBACK"] == 1);
        CHECK(heard->runs.size() == 5);
        co_await pool.close();

        REQUIRE(heard->acquisitions.size() == 5);
        CHECK(heard->acquisitions[0] == 0);
        CHECK(heard->acquisitions[1] != 0);
        REQUIRE(heard->releases.size() == 5);
        CHECK(heard->releases[0] != 0);
        CHECK(heard->releases[0] == heard->releases[4]);
    });
}

TEST_CASE("a connection that cannot be cleaned is closed")
{
    with_one({}, [](pg::pool& pool) -> awaitable<void> {
        auto const pid = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
        {
            auto lease = co_await pool.acquire();
            co_await lease->execute("SET work_mem = '123kB'");
            auto killer = co_await pg::connect(shared_options());
            co_await killer.execute("SELECT pg_terminate_backend($1)", pid);
        }
        for (;;) {
            std::optional<int> now;
            try {
                now = co_await pool.fetch_value<int>("SELECT pg_backend_pid()");
            } catch (pg::error const&) { // the server's word may come a moment later
                continue;
            }
            CHECK(*now != pid);
            break;
        }
    });
}

TEST_CASE("what a lease's user listened to and locked ends with the lease")
{
    with_one({}, [](pg::pool& pool) -> awaitable<void> {
        std::optional<pg::notifications> listener;
        std::optional<pg::advisory_lock> mine;
        {
            auto lease = co_await pool.acquire();
            listener.emplace(co_await lease->listen("somebody"));
            mine.emplace(co_await lease->advisory_lock(7));
        }
        co_await error_of<pg::connection_lost>(listener->next());
        {
            auto lease = co_await pool.acquire();
            auto const again = co_await lease->advisory_lock(8);
            mine.reset(); // it is long gone, and others' locks are none of its business
            listener.reset();
            check_equal(co_await lease->fetch_value<std::int64_t>(
                            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                            "AND pid = pg_backend_pid()"),
                1);
        }
        check_equal(co_await leftovers(pool), "");
    });
}

TEST_CASE("a connection whose user left a call behind is lent when that is over")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::pool pool{executor, shared_options(), {.max_size = 1}};
        asio::cancellation_signal signal;
        bool cancelled = false;
        auto slow = [&]() -> awaitable<void> {
            auto lease = co_await pool.acquire();
            co_await lease->execute("SELECT pg_sleep(60), set_config('work_mem', '123kB', false)");
        };
        asio::co_spawn(executor, slow(),
            asio::bind_cancellation_slot(
                signal.slot(), [&](std::exception_ptr error) { cancelled = error != nullptr; }));
        while (pool.stats().in_use == 0)
            co_await yield();
        signal.emit(asio::cancellation_type::terminal);
        check_equal(co_await leftovers(pool), "");
        CHECK(cancelled);
        CHECK(pool.stats().created == 1);
        co_await pool.close();
    });
}

namespace {

struct noted
{
    std::vector<std::string> events;
};

struct noting_hooks
{
    awaitable<void> on_connect(pg::connection& made)
    {
        co_await made.execute("SET application_name = 'hooked'");
        notes->events.emplace_back("connect");
    }
    void on_acquire(pg::connection& lent)
    {
        CHECK(lent.is_open());
        notes->events.emplace_back("acquire");
    }
    awaitable<void> on_release(pg::connection& back)
    {
        co_await back.execute("SELECT 1");
        notes->events.emplace_back("release");
    }
    void on_close(pg::connection& leaving, pg::close_reason why)
    {
        CHECK(leaving.is_open());
        notes->events.emplace_back("close " + std::to_string(static_cast<int>(why)));
    }
    noted* notes = nullptr;
};

struct hooked_pool : pg::single_threaded_pool
{
    using hooks_type = noting_hooks;
    static constexpr std::size_t capacity = 1;
    static constexpr bool names_holders = false;
};

struct refusing_hooks
{
    awaitable<void> on_connect(pg::connection& made) { co_await made.execute("SELECT 1 / 0"); }
};
struct refusing_pool : pg::single_threaded_pool
{
    using hooks_type = refusing_hooks;
};

/// Its first connection does not outlive the hook.
struct closing_hooks
{
    void on_connect(pg::connection& made)
    {
        if (++*connected == 1)
            made.terminate();
    }
    int* connected = nullptr;
};
struct closing_pool : pg::single_threaded_pool
{
    using hooks_type = closing_hooks;
};

struct leaving_hooks
{
    static void on_acquire(pg::connection&)
    {
        if (++acquired == 1)
            throw std::runtime_error{"not this one"};
    }
    static awaitable<void> on_close(pg::connection& leaving, pg::close_reason why)
    {
        CHECK(why == pg::close_reason::pool_closed);
        closed = co_await leaving.fetch_value<int>("SELECT 42");
    }
    static inline int acquired = 0;
    static inline int closed = 0;
};
struct leaving_pool : pg::single_threaded_pool
{
    using hooks_type = leaving_hooks;
};

} // namespace

TEST_CASE("hooks hear of a pool's connections, and may use them")
{
    run([]() -> awaitable<void> {
        noted notes;
        pg::basic_pool<hooked_pool> pool{co_await asio::this_coro::executor, shared_options(),
            {.max_size = 5}, noting_hooks{&notes}};
        check_equal(co_await pool.fetch_value<std::string>("SHOW application_name"), "hooked");
        {
            auto lease = co_await pool.acquire();
            co_await lease->execute("SELECT 1");
        }
        co_await pool.close();
        CHECK(notes.events ==
              std::vector<std::string>{"connect", "acquire", "release", "acquire", "release",
                  "close " + std::to_string(static_cast<int>(pg::close_reason::pool_closed))});
    });
}

TEST_CASE("what hooks throw goes to who acquires")
{
    run([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::basic_pool<refusing_pool> refusing{executor, shared_options()};
        co_await error_of<pg::division_by_zero>(refusing.acquire());
        co_await error_of<pg::division_by_zero>(refusing.fetch("SELECT 1"));
        co_await refusing.close();

        int connected = 0;
        pg::basic_pool<closing_pool> closing{
            executor, shared_options(), {.min_size = 1, .retry_delay = 1ms}, {&connected}};
        while (closing.idle() == 0)
            co_await yield();
        CHECK(connected == 2);
        check_equal(co_await closing.fetch_value<int>("SELECT 1"), 1);
        co_await closing.close();

        pg::basic_pool<leaving_pool> pool{executor, shared_options(), {.max_size = 1}};
        co_await error_of<std::runtime_error>(pool.acquire());
        check_equal(co_await pool.fetch_value<int>("SELECT 1"), 1);
        CHECK(pool.stats().in_use == 0);
        co_await pool.close();
        CHECK(leaving_hooks::closed == 42);
    });
}

namespace {

struct bare : pg::single_threaded_pool
{
    static constexpr bool statistics = false;
    static constexpr bool names_holders = false;
};
struct counting : bare
{
    static constexpr bool statistics = true;
};
struct naming : bare
{
    static constexpr bool names_holders = true;
};
struct locking : bare
{
    using mutex_type = std::mutex;
};
struct hooked : bare
{
    using hooks_type = refusing_hooks; // which have no members
};
struct in_turn : bare
{
    static constexpr auto order = pg::pool_order::round_robin;
    static constexpr auto waiting = pg::pool_waiting::fail_at_once;
};

template <class Traits>
constexpr std::size_t size_of_core = sizeof(pg::pool_core<Traits>);

} // namespace

TEST_CASE("a pool has no field for what its traits leave out")
{
    CHECK(size_of_core<counting> == size_of_core<bare> + sizeof(pg::pool_counters<true>));
    CHECK(size_of_core<naming> == size_of_core<bare> + sizeof(std::vector<int>));
    CHECK(size_of_core<locking> == size_of_core<bare> + sizeof(std::mutex));
    CHECK(size_of_core<hooked> == size_of_core<bare>);
    CHECK(size_of_core<in_turn> == size_of_core<bare>);
    CHECK(sizeof(pg::pool) == sizeof(std::shared_ptr<int>));
}
