#include "run.hpp"

#include <pgcoro/client/large_object.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::span<std::byte const> bytes(std::string_view text)
{
    return std::as_bytes(std::span{text.data(), text.size()});
}

std::string text(std::vector<std::byte> const& from)
{
    return {reinterpret_cast<char const*>(from.data()), from.size()};
}

/// Bytes that tell where they stand.
std::vector<std::byte> pattern(std::size_t size)
{
    std::vector<std::byte> made(size);
    for (std::size_t i = 0; i < size; ++i)
        made[i] = static_cast<std::byte>((i * 2654435761u) >> 13);
    return made;
}

class temporary_file
{
public:
    explicit temporary_file(std::string_view name)
        : path_{"/tmp/" + std::string{name} + '-' + std::to_string(::getpid())}
    {}
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file() { std::remove(path_.c_str()); }
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

std::string read_file(std::string const& path)
{
    std::ifstream from{path};
    return {std::istreambuf_iterator<char>{from}, {}};
}

} // namespace

TEST_CASE("a large object is written, read and sought like a file")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        auto const id = co_await pg::create_large_object(tx);
        auto object = co_await pg::open_large_object(tx, id, pg::large_object_mode::read_write);
        co_await object.write(bytes("Hello, large world"));
        check_equal(co_await object.tell(), 18);
        check_equal(co_await object.seek(7), 7);
        check_equal(text(co_await object.read(5)), "large");
        check_equal(co_await object.size(), 18);
        check_equal(co_await object.tell(), 12); // as it was
        check_equal(text(co_await object.read(100)), " world");
        check_equal(text(co_await object.read(100)), "");
        check_equal(co_await object.seek(-5, pg::seek_from::end), 13);
        co_await object.write(bytes("place"));
        check_equal(co_await object.seek(-10, pg::seek_from::here), 8);
        co_await object.truncate(20);
        co_await object.seek(0);
        check_equal(text(co_await object.read(100)), std::string("Hello, large place\0\0", 20));
        co_await object.close();
        check_that(co_await error_of<pg::undefined_object>(object.tell()),
            Catch::Matchers::ContainsSubstring("invalid large-object descriptor"));
        co_await tx.rollback();
    });
}

TEST_CASE("large objects are as large as they may be: places of 64 bits")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto tx = co_await conn.begin();
        auto const id = co_await pg::create_large_object(tx, pg::oid{4'000'000'000u});
        CHECK(id == pg::oid{4'000'000'000u});
        auto object = co_await pg::open_large_object(tx, id, pg::large_object_mode::write);
        std::int64_t const far = std::int64_t{1} << 41;
        check_equal(co_await object.seek(far), far);
        co_await object.write(bytes("x"));
        check_equal(co_await object.size(), far + 1);
        co_await object.truncate(std::int64_t{5'000'000'000});
        check_equal(co_await object.size(), 5'000'000'000);
        check_equal(co_await object.tell(), far + 1);
        co_await tx.rollback();
        co_await error_of<pg::undefined_object>(pg::unlink_large_object(conn, id));
    });
}

TEST_CASE("a large object is streamed by blocks, from where it stands")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const all = pattern(3'000'001); // goes in pieces
        auto const id = co_await pg::create_large_object(conn);
        co_await conn.transaction([&](pg::transaction& tx) -> awaitable<void> {
            auto object = co_await pg::open_large_object(tx, id, pg::large_object_mode::write);
            co_await object.write(all);
        });
        auto tx = co_await conn.begin();
        auto object = co_await pg::open_large_object(tx, id);
        for (std::size_t const begin : {std::size_t{0}, std::size_t{1'234'567}, all.size()}) {
            co_await object.seek(static_cast<std::int64_t>(begin));
            std::vector<std::byte> got;
            {
                auto blocks = co_await object.blocks(100'000);
                co_await error_of<pg::operation_in_progress>(tx.execute("SELECT 1"));
                while (auto batch = co_await blocks.next())
                    for (auto const& block : *batch) {
                        CHECK(!block.empty());
                        got.insert(got.end(), block.begin(), block.end());
                    }
            }
            CHECK(std::equal(got.begin(), got.end(),
                all.begin() + static_cast<std::ptrdiff_t>(begin), all.end()));
        }
        co_await object.seek(0);
        {
            auto dropped = co_await object.blocks(1000);
            check(static_cast<bool>(co_await dropped.next()));
        }
        co_await object.seek(500'000);
        auto const some = co_await object.read(10);
        CHECK(std::equal(some.begin(), some.end(), all.begin() + 500'000));
        // Its own calls wait in line with the transaction's.
        auto const [place, one, block] =
            co_await pg::gather(object.tell(), tx.fetch_value<int>("SELECT 1"), object.read(3));
        CHECK(place == 500'010);
        CHECK(one == 1);
        CHECK(block.size() == 3);
        co_await tx.commit();
        co_await pg::unlink_large_object(conn, id);
    });
}

TEST_CASE("a large object is its transaction's, and ends with it")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        auto const id = co_await pg::create_large_object(conn);
        pg::large_object none;
        co_await error_of<pg::connection_lost>(none.tell());
        co_await error_of<pg::connection_lost>(none.blocks());
        {
            auto tx = co_await conn.begin();
            auto object = co_await pg::open_large_object(tx, id);
            {
                auto nested = co_await tx.begin();
                co_await error_of<pg::operation_in_progress>(object.tell());
                auto inner = co_await pg::open_large_object(nested, id);
                co_await nested.rollback();
                co_await error_of<pg::transaction_lost>(inner.tell());
            }
            check_equal(co_await object.tell(), 0);
            co_await tx.commit();
            co_await error_of<pg::transaction_lost>(object.tell());
        }
        auto tx = co_await conn.begin();
        auto object = co_await pg::open_large_object(tx, id);
        check_that(co_await error_of<pg::server_error>(object.write(bytes("x"))),
            Catch::Matchers::ContainsSubstring("was not opened for writing"));
        co_await tx.rollback();
        co_await pg::unlink_large_object(conn, id);
        tx = co_await conn.begin();
        co_await error_of<pg::undefined_object>(pg::open_large_object(tx, id));
    });
}

TEST_CASE("a large object is made of a file, and copied into one")
{
    with_connection([](pg::connection& conn) -> awaitable<void> {
        temporary_file const from{"pgcoro-lo-from"};
        temporary_file const to{"pgcoro-lo-to"};
        constexpr std::size_t size = 3'000'001;
        auto const data = pattern(size);
        std::string const whole = text(data);
        std::ofstream{from.path()} << whole;
        auto tx = co_await conn.begin();
        auto const id = co_await pg::import_large_object(tx, pg::input_file{from.path()});
        check_equal(co_await tx.fetch_value<std::string>("SELECT md5(lo_get($1))", id),
            co_await tx.fetch_value<std::string>("SELECT md5($1)", data));
        check_equal(co_await pg::export_large_object(tx, id, pg::output_file{to.path()}), size);
        CHECK(read_file(to.path()) == whole);

        // Of sources and into sinks that wait, and of none; a number of one's own.
        auto piece = [left = 3]() mutable -> awaitable<std::optional<std::string>> {
            co_await yield();
            co_return --left < 0 ? std::nullopt
                                 : std::optional{std::string(static_cast<std::size_t>(left), 'x')};
        };
        auto const chosen = co_await pg::import_large_object(tx, piece, pg::oid{4'000'000'000});
        CHECK(chosen == pg::oid{4'000'000'000});
        std::string got;
        auto const append = [&](std::span<std::byte const> some) -> awaitable<void> {
            co_await yield();
            got.append(reinterpret_cast<char const*>(some.data()), some.size());
        };
        check_equal(co_await pg::export_large_object(tx, chosen, append), 3);
        CHECK(got == "xxx");
        auto const nothing = []() -> std::optional<std::string> { return std::nullopt; };
        auto const empty = co_await pg::import_large_object(tx, nothing);
        check_equal(co_await pg::export_large_object(tx, empty, pg::output_file{to.path()}), 0);

        // What the source or the sink throws leaves the transaction as it is.
        auto const fails = []() -> std::optional<std::string> {
            throw std::runtime_error{"the source fails"};
        };
        co_await error_of<std::runtime_error>(pg::import_large_object(tx, fails));
        auto const full = [](std::span<std::byte const>) { throw std::runtime_error{"full"}; };
        co_await error_of<std::runtime_error>(pg::export_large_object(tx, id, full));
        check_equal(co_await tx.fetch_value<int>("SELECT 1"), 1);
        auto nested = co_await tx.begin();
        co_await error_of<pg::unique_violation>(
            pg::import_large_object(nested, pg::input_file{from.path()}, id));
        co_await nested.rollback();
        std::ofstream{to.path()} << "kept";
        auto other = co_await tx.begin();
        co_await error_of<pg::undefined_object>(
            pg::export_large_object(other, pg::oid{1}, pg::output_file{to.path()}));
        co_await other.rollback();
        CHECK(read_file(to.path()) == "kept");
        co_await tx.rollback();
    });
}
