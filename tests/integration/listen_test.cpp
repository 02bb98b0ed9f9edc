#include "run.hpp"

#include <pgcoro/client/listener.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/detached.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

awaitable<std::int64_t> channels_listened_to(pg::connection& conn)
{
    return conn.fetch_value<std::int64_t>("SELECT count(*) FROM pg_listening_channels()");
}

} // namespace

TEST_CASE("a notification reaches a listener on an idle connection")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto sender = co_await pg::connect(shared_options());
        auto events = co_await conn.listen("news");
        CHECK(events.channel() == "news");
        co_await sender.notify("news", "first");
        auto const got = co_await events.next();
        CHECK(got.channel == "news");
        CHECK(got.payload == "first");
        CHECK(got.process_id == sender.server_pid());
        co_await conn.notify("news");
        check_equal((co_await events.next()).payload, "");
    });
}

TEST_CASE("a listener that is empty or was moved from has no channel, and says so")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto events = co_await conn.listen("news");
        auto const moved = std::move(events);
        pg::notifications none;
        CHECK(moved.channel() == "news");
        for (pg::notifications* const each : {&events, &none}) {
            CHECK(each->channel().empty());
            try {
                (void)each->next();
                CHECK(false);
            } catch (pg::connection_lost const&) {
            }
        }
    });
}

TEST_CASE("channels' names are quoted, keep their case, and none is cut off")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        for (std::string const& name : {std::string{"MiXed"}, std::string{"a\"; DROP TABLE x; --"},
                 std::string{"Zür\\ich"}, std::string(63, 'x')}) {
            auto events = co_await conn.listen(name);
            co_await conn.notify(name, "for it");
            check_equal((co_await events.next()).channel, name);
        }
        co_await error_of<pg::encode_error>(conn.listen(""));
        co_await error_of<pg::encode_error>(conn.listen(std::string(64, 'x')));
        co_await error_of<pg::encode_error>(conn.listen(std::string("a\0b", 3)));
        check_equal(co_await channels_listened_to(conn), 0);
    });
}

TEST_CASE("several listeners share a channel, and the last one's end is an UNLISTEN")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto first = std::make_unique<pg::notifications>(co_await conn.listen("shared"));
        auto second = co_await conn.listen("shared");
        auto other = co_await conn.listen("other");
        co_await conn.notify("shared", "1");
        check_equal((co_await first->next()).payload, "1");
        check_equal((co_await second.next()).payload, "1");
        first.reset();
        check_equal(co_await channels_listened_to(conn), 2);
        co_await conn.notify("shared", "2");
        check_equal((co_await second.next()).payload, "2");
        second = {};
        check_equal(co_await channels_listened_to(conn), 1);
        co_await conn.notify("shared", "nobody hears");
        co_await conn.notify("other", "3");
        check_equal((co_await other.next()).payload, "3");
    });
}

TEST_CASE("a listener that ends within a transaction is not part of it")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto kept = co_await conn.listen("kept");
        auto ended = std::make_unique<pg::notifications>(co_await conn.listen("ended"));
        co_await error_of<pg::server_error>(
            conn.transaction([&](pg::transaction& tx) -> awaitable<void> {
                ended.reset();
                co_await tx.execute("SELECT 1 / 0"); // an UNLISTEN would be undone with it
            }));
        check_equal(co_await conn.fetch_value<std::string>("SELECT * FROM pg_listening_channels()"),
            "kept");

        auto tx = co_await conn.begin();
        check_that(co_await error_of<pg::operation_in_progress>(conn.listen("within")),
            Catch::Matchers::ContainsSubstring("a transaction"));
        co_await tx.notify("kept", "with the COMMIT");
        co_await tx.commit();
        check_equal((co_await kept.next()).payload, "with the COMMIT");
        check_equal(co_await channels_listened_to(conn), 1);

        co_await conn.execute("BEGIN");
        kept = {};
        co_await conn.execute("ROLLBACK");
        check_equal(co_await channels_listened_to(conn), 0);
    });
}

TEST_CASE("notifications come while other calls are in flight")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto sender = co_await pg::connect(shared_options());
        auto events = co_await conn.listen("busy");
        auto send = [&]() -> awaitable<void> {
            for (int i = 0; i < 100; ++i)
                co_await sender.notify("busy", std::to_string(i));
        };
        auto work = [&]() -> awaitable<void> {
            for (int i = 0; i < 100; ++i)
                check_equal(co_await conn.fetch_value<int>("SELECT $1::int", i), i);
        };
        auto take = [&]() -> awaitable<void> {
            for (int i = 0; i < 100; ++i)
                check_equal((co_await events.next()).payload, std::to_string(i));
        };
        co_await pg::gather(send(), work(), work(), take());
    });
}

TEST_CASE("what a full queue could not take is counted in its place")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto events = co_await conn.listen("flood", 3);
        for (int i = 0; i < 5; ++i)
            co_await conn.notify("flood", std::to_string(i));
        check_equal((co_await events.next()).payload, "0");
        co_await conn.notify("flood", "5");
        check_equal((co_await events.next()).payload, "1");
        check_equal((co_await events.next()).payload, "2");
        std::uint64_t lost = 0;
        try {
            (void)co_await events.next();
        } catch (pg::notifications_lost const& error) {
            lost = error.count();
        }
        CHECK(lost == 2);
        check_equal((co_await events.next()).payload, "5");
        for (int i = 0; i < 4; ++i)
            co_await conn.notify("flood", "again");
        for (int i = 0; i < 3; ++i)
            check_equal((co_await events.next()).payload, "again");
        check_that(co_await error_of<pg::notifications_lost>(events.next()),
            Catch::Matchers::StartsWith("1 notification of channel \"flood\""));
        co_await conn.notify("flood", "and on");
        check_equal((co_await events.next()).payload, "and on");
    });
}

TEST_CASE("a lost connection ends next(), once what came was taken")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto killer = co_await pg::connect(shared_options());
        auto events = co_await conn.listen("last");
        auto other = co_await conn.listen("other");
        co_await conn.notify("last", "words");
        auto kill = [&]() -> awaitable<void> {
            co_await killer.execute(
                "SELECT pg_terminate_backend($1)", static_cast<std::int32_t>(conn.server_pid()));
        };
        auto wait = [&]() -> awaitable<void> {
            check_that(co_await error_of<pg::connection_lost>(other.next()),
                Catch::Matchers::ContainsSubstring("terminating connection"));
        };
        co_await pg::gather(wait(), kill());
        check_equal((co_await events.next()).payload, "words");
        co_await error_of<pg::connection_lost>(events.next());
        co_await error_of<pg::connection_lost>(conn.listen("late"));

        conn = co_await pg::connect(shared_options());
        events = co_await conn.listen("closed");
        co_await conn.close();
        co_await error_of<pg::connection_lost>(events.next());
        pg::connection nothing;
        co_await error_of<pg::connection_lost>(nothing.listen("x"));
    });
}

TEST_CASE("next() can be cancelled, loses nothing, and is for one caller")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto events = co_await conn.listen("patient");
        auto const executor = co_await asio::this_coro::executor;
        asio::cancellation_signal signal;
        std::optional<std::exception_ptr> thrown;
        asio::co_spawn(executor, events.next(),
            asio::bind_cancellation_slot(signal.slot(),
                [&](std::exception_ptr error, pg::notification) { thrown = error; }));
        co_await yield();
        co_await error_of<pg::operation_in_progress>(events.next());
        signal.emit(asio::cancellation_type::terminal);
        while (!thrown)
            co_await yield();
        std::error_code code;
        try {
            std::rethrow_exception(*thrown);
        } catch (std::system_error const& error) {
            code = error.code();
        }
        CHECK(code == asio::error::operation_aborted);
        co_await conn.notify("patient", "still there");
        check_equal((co_await events.next()).payload, "still there");
    });
}

TEST_CASE("a listen that is cancelled listens to nothing")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        for (int turns = 0; turns < 4; ++turns) {
            asio::cancellation_signal signal;
            bool done = false;
            asio::co_spawn(executor, conn.listen("cancelled"),
                asio::bind_cancellation_slot(
                    signal.slot(), [&](std::exception_ptr, pg::notifications) { done = true; }));
            for (int i = 0; i < turns; ++i)
                co_await yield();
            signal.emit(asio::cancellation_type::terminal);
            while (!done)
                co_await yield();
            check_equal(co_await channels_listened_to(conn), 0);
        }
    });
}

TEST_CASE("a context may be destroyed while somebody waits for a notification")
{
    auto context = std::make_unique<asio::io_context>(1);
    bool waits = false;
    asio::co_spawn(
        *context,
        [&]() -> awaitable<void> {
            auto conn = co_await pg::connect(shared_options());
            auto events = co_await conn.listen("never");
            waits = true;
            (void)co_await events.next();
        },
        asio::detached);
    while (!waits)
        context->run_one();
    context->poll();
    context.reset(); // the sanitizer finds what leaks
}

TEST_CASE("notices reach their handler, which may call the connection")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<std::string> heard;
        bool asked = false;
        auto const executor = co_await asio::this_coro::executor;
        conn.on_notice([&](pg::server_message const& notice) {
            heard.push_back(notice.severity + ' ' + notice.message);
            asio::co_spawn(executor, conn.fetch_value<int>("SELECT 1"),
                [&](std::exception_ptr, int) { asked = true; });
        });
        co_await conn.execute("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END $$");
        while (heard.size() < 2 || !asked)
            co_await yield();
        CHECK(heard == std::vector<std::string>{"NOTICE one", "WARNING two"});
        conn.on_notice(nullptr);
        co_await conn.execute("DO $$ BEGIN RAISE NOTICE 'three'; END $$");
        co_await yield();
        CHECK(heard.size() == 2);
        pg::connection nothing;
        CHECK_THROWS_AS(nothing.on_notice(nullptr), pg::connection_lost);
    });
}

TEST_CASE(
    "a connection that goes back to its pool forgets its handler of notices, and its listeners")
{
    run([]() -> awaitable<void> {
        pg::pool pool{
            co_await asio::this_coro::executor, shared_options(), {.min_size = 1, .max_size = 1}};
        int heard = 0;
        pg::notifications events;
        {
            auto lent = co_await pool.acquire();
            lent->on_notice([&](pg::server_message const&) { ++heard; });
            co_await lent->execute("DO $$ BEGIN RAISE NOTICE 'mine'; END $$");
            events = co_await lent->listen("pooled");
        }
        co_await pool.execute("DO $$ BEGIN RAISE NOTICE 'of the next user'; END $$");
        co_await pool.notify("pooled", "to nobody");
        check_equal(co_await error_of<pg::connection_lost>(events.next()),
            std::string{"the connection was given back to its pool"});
        CHECK(heard == 1);
        check_equal(
            co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM pg_listening_channels()"),
            0);
        co_await pool.close();
    });
}

TEST_CASE("settings that the server reports are kept up to date")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        CHECK(conn.parameter("TimeZone") == "UTC");
        co_await conn.execute("SET timezone = 'Europe/Vienna'");
        CHECK(conn.parameter("TimeZone") == "Europe/Vienna");
        CHECK(conn.parameter("no such").empty());
        bool found = false;
        for (auto const& [name, value] : conn.settings())
            found = found || (name == "TimeZone" && value == "Europe/Vienna");
        CHECK(found);
        CHECK_FALSE(conn.is_in_transaction());
        co_await conn.execute("BEGIN");
        CHECK(conn.is_in_transaction());
        co_await conn.execute("COMMIT");
        CHECK_FALSE(conn.is_in_transaction());
    });
}

TEST_CASE("listening works where several threads run the executor")
{
    asio::io_context context;
    std::exception_ptr thrown;
    asio::co_spawn(
        context,
        []() -> awaitable<void> {
            auto conn = co_await pg::connect<pg::thread_safe_connection>(shared_options());
            auto events = co_await conn.listen("threads");
            for (int i = 0; i < 200; ++i) {
                co_await conn.notify("threads", std::to_string(i));
                auto const got = co_await events.next();
                if (got.payload != std::to_string(i))
                    throw std::runtime_error{"out of order"};
            }
        },
        [&](std::exception_ptr error) { thrown = error; });
    std::thread other{[&] { context.run(); }};
    context.run();
    other.join();
    CHECK_FALSE(thrown);
}

TEST_CASE("settings that change are told, and the connection's end with its reason")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        std::vector<std::string> changed;
        conn.on_parameter([&](std::string const& name, std::string const& value) {
            changed.push_back(name + '=' + value);
        });
        std::vector<std::string> reasons;
        auto const remember = [&](std::exception_ptr const& reason) {
            try {
                std::rethrow_exception(reason);
            } catch (pg::error const& error) {
                reasons.emplace_back(error.what());
            }
        };
        conn.on_termination(remember);
        co_await conn.execute("SET TimeZone = 'Europe/Vienna'");
        co_await yield();
        CHECK(changed == std::vector<std::string>{"TimeZone=Europe/Vienna"});
        conn.on_parameter(nullptr);
        co_await conn.execute("SET TimeZone = 'UTC'");
        co_await yield();
        CHECK(changed.size() == 1);

        auto killer = co_await pg::connect(shared_options());
        co_await killer.execute("SELECT pg_terminate_backend($1::int)", conn.server_pid());
        while (conn.is_open())
            co_await yield();
        co_await yield();
        REQUIRE(reasons.size() == 1);
        CHECK(reasons[0].find("terminating connection") != std::string::npos);
        conn.on_termination(remember); // it has ended before
        co_await yield();
        CHECK(reasons.size() == 2);

        killer.on_termination(remember);
        killer.terminate();
        co_await yield();
        CHECK(reasons.size() == 3);
        CHECK_THROWS_AS(killer.on_termination(nullptr), pg::connection_lost);
    });
}

TEST_CASE("a listener hears of several channels, connects again when it has to, and says so")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        pg::listener events{
            co_await asio::this_coro::executor, shared_options(), {.first_delay = 1ms}};
        co_await events.listen("first of two");
        co_await events.listen("second of two");
        co_await conn.notify("second of two", "a");
        co_await conn.notify("first of two", "b");
        auto heard = co_await events.next();
        CHECK(heard.message.channel == "second of two");
        CHECK(heard.message.payload == "a");
        CHECK_FALSE(heard.missed);
        heard = co_await events.next();
        CHECK(heard.message.payload == "b");

        for (int round = 0; round < 3; ++round) {
            // What came before the end is heard before it is told.
            co_await conn.notify("first of two", "before");
            co_await events.connection().ping();
            co_await conn.execute(
                "SELECT pg_terminate_backend($1::int)", events.connection().server_pid());
            while (events.connection().is_open())
                co_await yield();
            co_await conn.notify("first of two", "to nobody");
            co_await events.listen("while there is none " + std::to_string(round));
            heard = co_await events.next();
            CHECK(heard.message.payload == "before");
            heard = co_await events.next();
            REQUIRE(heard.missed);
            CHECK_THROWS_AS(std::rethrow_exception(heard.missed), pg::connection_lost);
            CHECK(heard.message.channel.empty());
            // When that is told it listens again already.
            co_await conn.notify("while there is none " + std::to_string(round), "c");
            co_await conn.notify("second of two", "d");
            heard = co_await events.next();
            CHECK(heard.message.payload == "c");
            heard = co_await events.next();
            CHECK(heard.message.payload == "d");
        }
        co_await events.close();
        CHECK_FALSE(events.connection().is_open());
        co_await conn.notify("first of two", "closed");
        asio::cancellation_signal signal;
        bool cancelled = false;
        auto const wait = [&]() -> awaitable<void> {
            try {
                co_await events.next(); // connects, and that is no gap
            } catch (std::system_error const& error) {
                cancelled = error.code() == asio::error::operation_aborted;
            }
        };
        bool done = false;
        asio::co_spawn(co_await asio::this_coro::executor, wait(),
            asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { done = true; }));
        while (!events.connection().is_open())
            co_await yield();
        signal.emit(asio::cancellation_type::terminal);
        while (!done)
            co_await yield();
        CHECK(cancelled);
        co_await conn.notify("second of two", "e");
        heard = co_await events.next();
        CHECK(heard.message.payload == "e");
    });
}

TEST_CASE("a listener tells what it can't do, and what it had no room for")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::listener nowhere{executor, shared_options().database("no_such_database")};
        co_await error_of<pg::invalid_catalog_name>(nowhere.listen("x"));
        co_await error_of<pg::invalid_catalog_name>(nowhere.next());
        co_await error_of<pg::encode_error>(nowhere.listen(""));

        pg::listener small{executor, shared_options(), {.capacity = 2}};
        co_await small.listen("crowded");
        for (int i = 0; i < 4; ++i)
            co_await conn.notify("crowded", std::to_string(i));
        co_await small.connection().ping();
        auto heard = co_await small.next();
        CHECK(heard.message.payload == "0");
        heard = co_await small.next();
        CHECK(heard.message.payload == "1");
        heard = co_await small.next();
        REQUIRE(heard.missed);
        CHECK_THROWS_AS(std::rethrow_exception(heard.missed), pg::notifications_lost);
        co_await conn.notify("crowded", "later");
        heard = co_await small.next();
        CHECK(heard.message.payload == "later");

        // With nobody there it goes on trying; it can be cancelled then.
        auto const gone = std::make_unique<pg::temporary_server>();
        pg::listener waits{executor, pg::options{gone->uri()}, {.first_delay = 1ms}};
        co_await waits.listen("x");
        gone->stop();
        co_await error_of<pg::timeout_error>(pg::within(100ms, waits.next()));
        gone->start();
        heard = co_await waits.next();
        CHECK(heard.missed);
    });
}

TEST_CASE("a listener's channels come and go while it waits, and while it has no connection")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::listener events{executor, shared_options(), {.first_delay = 1ms}};
        co_await events.listen("kept");
        co_await events.listen("kept"); // no second time
        CHECK(events.channels().size() == 1);
        std::vector<std::string> heard;
        bool done = false;
        auto const listen = [&]() -> awaitable<void> {
            for (;;) {
                auto const event = co_await events.next();
                if (event.message.payload == "the end")
                    co_return;
                heard.push_back(event.missed ? "missed" : event.message.payload);
            }
        };
        asio::co_spawn(executor, listen(), [&](std::exception_ptr error) {
            CHECK_FALSE(error);
            done = true;
        });
        co_await yield();
        co_await events.listen("passing");
        co_await conn.notify("passing", "1");
        co_await conn.notify("kept", "2");
        co_await events.unlisten("passing");
        co_await conn.notify("passing", "not heard");
        co_await events.unlisten("never");
        auto const listened = co_await events.connection().template fetch<std::string>(
            "SELECT pg_listening_channels()");
        CHECK(listened.size() == 1);

        co_await conn.execute(
            "SELECT pg_terminate_backend($1::int)", events.connection().server_pid());
        while (events.connection().is_open())
            co_await yield();
        co_await events.listen("new");
        co_await events.listen("given up");
        co_await events.unlisten("given up");
        while (heard.empty() || heard.back() != "missed")
            co_await yield();
        co_await conn.notify("given up", "not heard");
        co_await conn.notify("new", "3");
        co_await conn.notify("kept", "the end");
        while (!done)
            co_await yield();
        CHECK(heard == std::vector<std::string>{"1", "2", "missed", "3"});

        // Refused, it is as if it had not been asked for: it is heard once afterwards, not twice.
        co_await events.connection().execute("BEGIN");
        co_await error_of<pg::server_error>(events.connection().execute("SELECT 1/0"));
        co_await error_of<pg::in_failed_sql_transaction>(events.listen("late"));
        co_await events.connection().execute("ROLLBACK");
        CHECK(events.channels() == std::vector<std::string>{"kept", "new"});
        co_await events.listen("late");
        co_await conn.notify("late", "4");
        co_await conn.notify("kept", "5");
        auto event = co_await events.next();
        CHECK(event.message.payload == "4");
        event = co_await events.next();
        CHECK(event.message.payload == "5");
    });
}
