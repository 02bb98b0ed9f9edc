#include "../integration/run.hpp"

#include <pgcoro/testing/find_postgres.hpp>

#include <asio/detached.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

// 200 coroutines move money between accounts through one pool, while backends are killed, the
// server is restarted and its standby takes over, all at random. PGCORO_SOAK_SECONDS says for how
// long (30), PGCORO_SOAK_SEED with which chances (1). Every transfer has a number, which is written
// into a ledger within its transaction, so that afterwards it is known which of them happened.

namespace {

constexpr int accounts = 50;
constexpr int workers = 200;
constexpr std::size_t connections = 10;

std::uint64_t number_from(char const* variable, std::uint64_t otherwise)
{
    char const* const text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::size_t open_descriptors()
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
            std::filesystem::directory_iterator{}));
}

/// A primary and its standby, and the thread that makes trouble.
class unreliable_servers
{
public:
    explicit unreliable_servers(std::uint64_t seed) : chance_{seed} {}
    unreliable_servers(unreliable_servers const&) = delete;
    unreliable_servers& operator=(unreliable_servers const&) = delete;

    pg::options options() const
    {
        return pg::options{}
            .host("127.0.0.1,127.0.0.1")
            .ports(std::to_string(primary_.port()) + ',' + std::to_string(standby_.port()))
            .user("postgres")
            .application_name("soak")
            .tls(pg::tls_options{pg::ssl_mode::disable})
            .connect_timeout(10s)
            .target_session_attrs(pg::target_session::read_write);
    }

    /// Trouble of every kind until `end`; somewhere in its middle the standby takes over.
    void make_trouble(std::chrono::steady_clock::time_point end)
    {
        using clock = std::chrono::steady_clock;
        auto const begin = clock::now();
        auto const takeover = begin + (end - begin) * (40 + pick(20)) / 100;
        while (clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50 + pick(450)});
            if (!promoted && clock::now() > takeover) {
                take_over();
                continue;
            }
            switch (pick(10)) {
            case 0:
                current().restart(pg::server_shutdown::fast);
                ++restarts;
                break;
            case 1:
                current().restart(pg::server_shutdown::immediate);
                ++restarts;
                break;
            case 2:
                kill_backends(1000);
                break;
            default:
                kill_backends(1 + pick(3));
                break;
            }
        }
    }

    std::atomic<int> kills{0};
    std::atomic<int> restarts{0};
    std::atomic<bool> promoted{false};

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(chance_() % below); }
    pg::temporary_server& current() { return promoted ? standby_ : primary_; }

    template <class Body>
    void ask(Body body)
    {
        run([&]() -> awaitable<void> {
            auto conn = co_await pg::connect(pg::options{current().connection_string()});
            co_await body(conn);
            co_await conn.close();
        });
    }

    void kill_backends(unsigned count)
    {
        ask([&](pg::connection& conn) -> awaitable<void> {
            kills += static_cast<int>(co_await conn.fetch_value<std::int64_t>(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                "WHERE application_name = 'soak' ORDER BY random() LIMIT $1) AS chosen",
                static_cast<std::int64_t>(count)));
        });
    }

    /// The primary goes when the standby has everything, as an operator would have it: whatever
    /// was committed stays so.
    void take_over()
    {
        ask([](pg::connection& conn) -> awaitable<void> {
            while (!co_await conn.fetch_value<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')"))
                co_await conn.execute("SELECT pg_sleep(0.02)");
        });
        primary_.stop(pg::server_shutdown::fast);
        standby_.promote();
        promoted = true;
    }

    std::mt19937_64 chance_;
    // A commit waits for the standby: time for trouble between it and its answer.
    pg::temporary_server primary_{pg::temporary_server_options{}
                                      .tcp()
                                      .setting("synchronous_commit", "on")
                                      .setting("synchronous_standby_names", "*")};
    pg::temporary_server standby_{pg::temporary_server_options{}
                                      .tcp()
                                      .setting("synchronous_commit", "on")
                                      .setting("wal_retrieve_retry_interval", "100ms")
                                      .standby_of(primary_.connection_string())};
};

/// What callers of a pool are told while its server isn't well: docs/pool.md names all of it.
bool is_documented(std::string const& kind)
{
    static constexpr std::string_view named[] = {
        "connection_lost", "connect_error", "timeout_error", "57P01", "57P02", "57P03", "25006"};
    return std::ranges::find(named, kind) != std::end(named);
}

std::string kind_of(pg::error const& error)
{
    if (auto const* const from_server = dynamic_cast<pg::server_error const*>(&error))
        return std::string{from_server->state().str()};
    if (dynamic_cast<pg::connection_lost const*>(&error) != nullptr)
        return "connection_lost";
    if (dynamic_cast<pg::connect_error const*>(&error) != nullptr)
        return "connect_error";
    if (dynamic_cast<pg::timeout_error const*>(&error) != nullptr)
        return "timeout_error";
    return error.what();
}

struct transfer
{
    std::int64_t number;
    int from;
    int to;
    int amount;
};

/// The bank: what its tellers do, and what it knows to have happened.
class bank
{
public:
    explicit bank(pg::pool& pool) : pool_{pool} {}

    awaitable<void> open()
    {
        co_await pool_.execute(
            "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);"
            "CREATE TABLE ledger (number bigint PRIMARY KEY, source int, target int, amount int);"
            "INSERT INTO accounts SELECT n, 0 FROM generate_series(1, " +
            std::to_string(accounts) + ") AS n");
    }

    awaitable<void> teller(int which, std::uint64_t seed)
    {
        std::mt19937_64 chance{seed * 1000 + static_cast<std::uint64_t>(which)};
        auto const pick = [&](int below) {
            return static_cast<int>(chance() % static_cast<std::uint64_t>(below));
        };
        for (std::int64_t n = 0; !closing; ++n) {
            int const from = 1 + pick(accounts);
            int const to = 1 + (from + pick(accounts - 1)) % accounts;
            co_await carry_out({which * std::int64_t{1'000'000} + n, from, to, 1 + pick(100)});
            ++done;
        }
    }

    std::atomic<bool> closing{false};
    std::int64_t done = 0;
    std::int64_t already_done = 0; // the error said nothing, the ledger did
    std::map<std::string, int> errors;

private:
    /// Again and again until it is known to have happened.
    awaitable<void> carry_out(transfer const what)
    {
        for (int attempt = 1;; ++attempt) {
            std::string failed;
            try {
                if (attempt > 1 && co_await is_in_ledger(what.number)) {
                    ++already_done;
                    co_return;
                }
                co_await attempt_once(what);
                co_return;
            } catch (pg::unique_violation const&) {
                // The transaction of the attempt before was still about to commit.
                if (attempt > 1) {
                    ++already_done;
                    co_return;
                }
                failed = "a transfer was carried out twice";
            } catch (pg::error const& error) {
                failed = kind_of(error);
            }
            ++errors[failed];
            asio::steady_timer pause{co_await asio::this_coro::executor};
            pause.expires_after(20ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    awaitable<bool> is_in_ledger(std::int64_t number)
    {
        auto lease = co_await pg::within(10s, pool_.acquire());
        co_return co_await lease->fetch_value<bool>(
            "SELECT EXISTS (SELECT FROM ledger WHERE number = $1)", number);
    }

    awaitable<void> attempt_once(transfer const& what)
    {
        auto lease = co_await pg::within(10s, pool_.acquire());
        auto move_money = [&](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("INSERT INTO ledger VALUES ($1, $2, $3, $4)", what.number,
                what.from, what.to, what.amount);
            std::pair<int, int> first{what.from, -what.amount};
            std::pair<int, int> second{what.to, what.amount};
            if (second < first) // everybody locks in the same order
                std::swap(first, second);
            auto const sql = "UPDATE accounts SET balance = balance + $2 WHERE id = $1";
            co_await tx.execute(sql, first.first, first.second);
            co_await tx.execute(sql, second.first, second.second);
        };
        co_await lease->transaction(move_money);
    }

    pg::pool& pool_;
};

awaitable<void> check_books(pg::pool& pool, bank const& books)
{
    check_equal(
        co_await pool.fetch_value<std::int64_t>("SELECT sum(balance)::bigint FROM accounts"), 0);
    check_equal(co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM ledger"), books.done);
    check_equal(co_await pool.fetch_value<std::int64_t>(
                    "SELECT count(*) FROM accounts WHERE balance <> "
                    "coalesce((SELECT sum(amount) FROM ledger WHERE target = id), 0) - "
                    "coalesce((SELECT sum(amount) FROM ledger WHERE source = id), 0)"),
        0);
}

void soak(std::uint64_t seed, std::chrono::seconds length)
{
    unreliable_servers servers{seed};
    asio::io_context context{1};
    asio::steady_timer const opens_what_it_needs{context};
    auto const descriptors = open_descriptors();
    bool healed = false;
    std::exception_ptr thrown;
    std::thread trouble;

    auto main = [&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pg::pool pool{executor, servers.options(), {.min_size = 2, .max_size = connections}};
        bank books{pool};
        co_await books.open();
        std::exception_ptr from_trouble;
        trouble = std::thread{[&] {
            try {
                servers.make_trouble(std::chrono::steady_clock::now() + length);
            } catch (...) {
                from_trouble = std::current_exception();
            }
            books.closing = true;
        }};
        std::vector<awaitable<void>> tellers;
        for (int i = 0; i < workers; ++i)
            tellers.push_back(books.teller(i, seed));
        co_await pg::gather(std::move(tellers));
        healed = true; // everybody got through in the end
        if (from_trouble)
            std::rethrow_exception(from_trouble);

        std::string errors;
        for (auto const& [kind, count] : books.errors) {
            errors += ' ' + kind + ": " + std::to_string(count);
            INFO(kind << ", " << count << " times");
            CHECK(is_documented(kind));
        }
        std::cout << "soak: seed " << seed << ", " << books.done << " transfers, of which "
                  << books.already_done << " were done when the error said nothing; "
                  << servers.kills << " backends killed, " << servers.restarts
                  << " restarts, one failover; errors:" << errors << std::endl;
        CHECK(servers.promoted);
        CHECK(books.done > 0);
        co_await check_books(pool, books);
        CHECK(pool.size() <= connections);
        CHECK(pool.waiting() == 0);
        check_equal(co_await pool.fetch_value<std::int64_t>("SELECT count(*) FROM pg_stat_activity "
                                                            "WHERE application_name = 'soak'"),
            static_cast<std::int64_t>(pool.size()));
        co_await pool.close();
        auto conn = co_await pg::connect(servers.options().application_name("after"));
        while (co_await conn.fetch_value<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE "
                                               "application_name = 'soak')"))
            co_await conn.execute("SELECT pg_sleep(0.01)"); // sessions take a moment to end
        co_await conn.close();
    };
    asio::co_spawn(context, main(), [&](std::exception_ptr error) { thrown = error; });
    context.run_for(length + 60s);
    if (trouble.joinable())
        trouble.join();
    if (thrown)
        std::rethrow_exception(thrown);
    CHECK(healed);
    CHECK(context.stopped());
    CHECK(open_descriptors() == descriptors);
}

} // namespace

TEST_CASE("money is neither lost nor made while servers come and go")
{
    if (::access((pg::find_postgres() + "/pg_basebackup").c_str(), X_OK) != 0)
        return skip("a standby is made by pg_basebackup, which is not installed");
    auto const seed = number_from("PGCORO_SOAK_SEED", 1);
    auto left = std::chrono::seconds{number_from("PGCORO_SOAK_SECONDS", 30)};
    // A standby can take over once: a long soak is several of these, each with servers of its own.
    for (std::uint64_t round = 0; left > 0s; ++round) {
        auto const length = left < 60s ? left : 30s;
        INFO("PGCORO_SOAK_SEED=" << seed + round);
        soak(seed + round, length);
        left -= length;
    }
}
