#include "recording_proxy.hpp"
#include "run.hpp"

#include <pgcoro/core/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

struct numbered
{
    int n;
    std::string word;
};

std::byte const* bytes_at(std::string_view text, std::size_t offset)
{
    return reinterpret_cast<std::byte const*>(text.data()) + offset;
}

/// The types of the messages that a client sent: those up to its first Query, then those behind
/// each Query up to the next.
std::vector<std::string> flights(std::string_view said)
{
    auto const length = [&] { return pg::load_big<std::uint32_t>(bytes_at(said, 0)); };
    constexpr std::uint32_t ssl_request = 80877103;
    while (length() == 8 && pg::load_big<std::uint32_t>(bytes_at(said, 4)) == ssl_request)
        said.remove_prefix(8);
    said.remove_prefix(length()); // the startup message
    std::vector<std::string> all{""};
    while (said.size() > 4) {
        char const type = said.front();
        said.remove_prefix(1);
        said.remove_prefix(length());
        if (type == 'Q')
            all.emplace_back();
        else
            all.back() += type;
    }
    return all;
}

} // namespace

TEST_CASE("the round trips of each kind of call, counted on the wire")
{
    recording_proxy proxy{shared_server().port()};
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options().host("127.0.0.1").port(proxy.port()));
        auto const next = [&]() -> awaitable<void> { co_await conn.execute("SELECT 1"); };
        for (int i = 0; i < 2; ++i) { // positional
            co_await next();
            co_await conn.fetch<std::tuple<int, std::string>>("SELECT $1::int, 'a'", 1);
        }
        for (int i = 0; i < 2; ++i) {
            co_await next();
            co_await conn.execute("SELECT $1::int, 'b'", 1);
        }
        for (int i = 0; i < 2; ++i) {
            co_await next();
            co_await conn.fetch<numbered>("SELECT $1::int AS n, 'c' AS word", 1);
        }
        for (int i = 0; i < 2; ++i) {
            co_await next();
            co_await conn.fetch("SELECT $1::int AS n, 'd' AS word", 1);
        }
        co_await next();
        auto const prepared = co_await conn.prepare("SELECT $1::int AS n, 'e' AS word");
        co_await next();
        co_await prepared.fetch<numbered>(1);
        co_await next();
        co_await prepared.fetch(1);
        co_await next();
        co_await conn.with(pg::uncached).fetch_value<int>("SELECT $1::int", 1);
        for (int i = 0; i < 2; ++i) {
            co_await next();
            co_await conn.run(pg::pipeline{}
                                  .fetch_value<int>("SELECT $1::int + 1", 1)
                                  .execute("SELECT 'f'")
                                  .fetch<numbered>("SELECT $1::int AS n, 'g' AS word", 1)
                                  .fetch("SELECT 'h' AS word"));
        }
        co_await next();
        co_await conn.run_each(
            pg::pipeline{}.fetch_value<int>("SELECT $1::int + 2", 1).fetch("SELECT 'h' AS word"));
        co_await next();
        auto tx = co_await conn.begin(pg::transaction_options{}.lazy());
        co_await tx.fetch_value<int>("SELECT $1::int + 3", 1);
        co_await tx.fetch_value<int>("SELECT $1::int + 3", 1);
        co_await tx.commit();
        co_await next();
        co_await conn.close();
    });
    std::vector<std::string> const said = flights(proxy.recorded().at(0));
    REQUIRE(said.size() == 19);
    // Parse, Describe, Bind, Execute, Sync: a Sync is a round trip.
    CHECK(said[1] == "PDBES"); // positional: one from the first run
    CHECK(said[2] == "BES");
    CHECK(said[3] == "PDBES"); // execute: the same
    CHECK(said[4] == "BES");
    CHECK(said[5] == "PDSBES"); // by name: two, then one
    CHECK(said[6] == "BES");
    CHECK(said[7] == "PDSBES"); // records: the same
    CHECK(said[8] == "BES");
    CHECK(said[9] == "PDS"); // prepared: one each
    CHECK(said[10] == "BES");
    CHECK(said[11] == "BES");
    CHECK(said[12] == "PDBES"); // past the cache
    // A pipeline: two if there are rows by name, however many, then one.
    CHECK(said[13] == "PDPDSPDBEPDBEBEBES");
    CHECK(said[14] == "BEBEBEBES");
    CHECK(said[15] == "PDBESBES");    // a Sync each, sent together
    CHECK(said[16] == "PBEPDBESBES"); // a lazy BEGIN costs none
    CHECK(said[17] == "");            // COMMIT
    CHECK(said[18] == "X");
}
