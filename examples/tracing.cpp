// Every statement as a span, with the attributes that OpenTelemetry's conventions for databases
// have: a line of JSON each, on the standard output. A program that uses OpenTelemetry would start
// and end its spans where this one prints. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say
// where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;

std::string quoted(std::string_view text)
{
    std::string to = "\"";
    for (char const c : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        auto const code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (to += '\\') += c;
        else if (code < 0x20)
            ((to += "\\u00") += digits[code / 16]) += digits[code % 16];
        else
            to += c;
    }
    return to += '"';
}

/// What a span is called: the statement's first word.
std::string_view first_word(std::string_view sql)
{
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\n"), sql.size()));
    return sql.substr(0, sql.find_first_of(" \t\n;("));
}

class span_printer final : public pg::tracer
{
public:
    /// One tracer serves many connections: with several threads this would need a mutex.
    void started(pg::traced_call const& call) override
    {
        open_[{call.process_id, call.number}] = std::chrono::system_clock::now();
    }

    void ended(pg::traced_call const& call, pg::traced_end const& how) override
    {
        auto const begun = open_.extract({call.process_id, call.number});
        if (begun.empty())
            return;
        std::string span = "{\"name\":" + quoted(first_word(call.sql)) +
                           ",\"kind\":\"CLIENT\",\"startTimeUnixNano\":\"" +
                           std::to_string(nanoseconds(begun.mapped().time_since_epoch())) +
                           "\",\"durationNano\":" + std::to_string(how.duration.count()) +
                           ",\"attributes\":{\"db.system.name\":\"postgresql\"";
        auto const add = [&span](std::string_view name, std::string const& json) {
            span.append(",").append(quoted(name)).append(":").append(json);
        };
        add("db.query.text", quoted(call.sql));
        add("db.response.returned_rows", std::to_string(how.rows));
        add("pgcoro.bytes.sent", std::to_string(how.sent));
        add("pgcoro.bytes.received", std::to_string(how.received));
        add("pgcoro.server.process_id", std::to_string(call.process_id));
        if (how.state)
            add("db.response.status_code", quoted(how.state->str()));
        if (how.cancelled)
            add("error.type", quoted("cancelled"));
        else if (how.error)
            add("error.type",
                quoted(how.state ? how.state->str() : std::string_view{"connection"}));
        span += "},\"status\":\"";
        span += how.error ? "ERROR" : "OK";
        std::cout << span << "\"}\n";
    }

private:
    static std::int64_t nanoseconds(std::chrono::nanoseconds time) { return time.count(); }

    using key = std::pair<std::uint32_t, std::uint64_t>;
    std::map<key, std::chrono::system_clock::time_point> open_;
};

awaitable<void> fail(pg::connection& conn)
{
    try {
        co_await conn.execute("SELECT 1 / 0");
    } catch (pg::division_by_zero const&) {
    }
}

awaitable<void> give_up(pg::connection& conn)
{
    try {
        co_await conn.with(pg::timeout(50ms)).execute("SELECT pg_sleep(60)");
    } catch (pg::timeout_error const&) {
    }
}

awaitable<void> run()
{
    auto conn = co_await pg::connect(
        pg::options::from_environment().trace(std::make_shared<span_printer>()));
    co_await conn.fetch_value<int>("SELECT 1 + $1", 41);
    co_await conn.transaction([](pg::transaction& tx) -> awaitable<void> {
        co_await tx.fetch<std::string>("SELECT word FROM (VALUES ('two'), ('words')) AS t(word)");
    });
    co_await fail(conn);
    co_await give_up(conn);
    co_await conn.close();
}

int main()
{
    asio::io_context context{1};
    int status = 0;
    asio::co_spawn(context, run(), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& what) {
            std::cerr << what.what() << '\n';
            status = 1;
        }
    });
    context.run();
    return status;
}
