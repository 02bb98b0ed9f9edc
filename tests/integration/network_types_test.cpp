#include "random_literals.hpp"
#include "type_checks.hpp"

#include <pgcoro/client/asio_addresses.hpp>
#include <pgcoro/types/inet.hpp>
#include <pgcoro/types/macaddr.hpp>

using namespace random_literals;
using namespace type_checks;

TEST_CASE("addresses are what the server says they are")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        co_await settle(conn);
        type_case const inets{
            "inet", std::vector<std::string>{"0.0.0.0", "255.255.255.255/0", "10.1.2.3/8",
                        "::", "::1", "::2/0", "::ffff:1.2.3.4", "::1.2.3.4/7", "::ffff:0:1",
                        "1:0:0:2:3:0:0:4", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} +
                        random_values(200, random_address)};
        co_await check_type<pg::inet>(conn, inets);
        type_case const cidrs{"cidr",
            std::vector<std::string>{"0.0.0.0/0", "10/8", "1.2.3.4", "::/0", "2001:db8::/32"} +
                random_values(200, random_network)};
        co_await check_type<pg::cidr>(conn, cidrs);
        type_case const sixes{
            "macaddr", {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08002b:010203"}};
        co_await check_type<pg::macaddr>(conn, sixes);
        type_case const eights{
            "macaddr8", {"00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff", "08002b:010203"}};
        co_await check_type<pg::macaddr8>(conn, eights);
    });
}

TEST_CASE("addresses are ordered as the server orders them")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const literals = random_values(300, random_address);
        auto const sql = "SELECT x::inet FROM unnest($1::text[]) x ORDER BY 1";
        auto const rows = co_await conn.fetch<pg::inet>(sql, literals);
        check_equal(rows.size(), literals.size());
        check(std::is_sorted(rows.begin(), rows.end()));
        auto const within = "SELECT $1 >>= $2";
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            pg::cidr const network{rows[i]};
            auto const contains = co_await conn.fetch_value<bool>(within, network, rows[i + 1]);
            check_equal(network.contains(rows[i + 1]), contains);
        }
    });
}

TEST_CASE("Asio's addresses are inet")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        for (char const* text : {"192.168.0.1", "2001:db8::1", "0.0.0.0", "::"}) {
            auto const address = asio::ip::make_address(text);
            check_equal(
                co_await conn.fetch_value<asio::ip::address>("SELECT $1", address), address);
            check_equal(co_await conn.fetch_value<std::string>("SELECT $1", address), text);
            check_equal(co_await conn.fetch_value<asio::ip::address>(
                            "SELECT $1::inet::cidr", std::string{text}),
                address);
        }
        auto const four = asio::ip::make_network_v4("10.1.2.3/8");
        auto const six = asio::ip::make_network_v6("2001:db8::1/64");
        check_equal(co_await conn.fetch_value<asio::ip::network_v4>("SELECT $1", four), four);
        check_equal(co_await conn.fetch_value<std::string>("SELECT $1", four), "10.1.2.3/8");
        check_equal(co_await conn.fetch_value<asio::ip::network_v6>("SELECT $1", six), six);
        check_equal(co_await conn.fetch_value<std::string>("SELECT $1", six), "2001:db8::1/64");
        check_equal(co_await conn.fetch_value<asio::ip::address_v4>("SELECT '1.2.3.4'::inet"),
            asio::ip::make_address_v4("1.2.3.4"));
        check_equal(co_await conn.fetch_value<asio::ip::address_v6>("SELECT '::5'::inet"),
            asio::ip::make_address_v6("::5"));
        std::vector<asio::ip::address> const both{
            asio::ip::make_address("1.2.3.4"), asio::ip::make_address("::1")};
        check(both == co_await conn.fetch_value<std::vector<asio::ip::address>>("SELECT $1", both));

        // what would lose a prefix, or the other family, is refused
        co_await error_of<pg::decode_error>(
            conn.fetch_value<asio::ip::address>("SELECT '10.0.0.1/8'::inet"));
        co_await error_of<pg::decode_error>(
            conn.fetch_value<asio::ip::address_v4>("SELECT '::1'::inet"));
        co_await error_of<pg::decode_error>(
            conn.fetch_value<asio::ip::address_v6>("SELECT '1.2.3.4'::inet"));
        co_await error_of<pg::decode_error>(
            conn.fetch_value<asio::ip::network_v6>("SELECT '1.2.3.4'::inet"));
        asio::ip::address_v6 scoped = asio::ip::make_address_v6("fe80::1");
        scoped.scope_id(2);
        co_await error_of<pg::encode_error>(conn.execute("SELECT $1", scoped));
    });
}
