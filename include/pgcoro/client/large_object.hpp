#pragma once

#include "../core/oid.hpp"
#include "../types/bytes.hpp"
#include "../types/object_id.hpp"
#include "connect.hpp"
#include "pieces.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// \file
/// Large objects: up to 4 TB each, kept outside of tables, read and written from any place. Not
/// part of pgcoro.hpp: few programs need them.
/// https://www.postgresql.org/docs/current/largeobjects.html

namespace pgcoro {

/// What an open large object is good for.
enum class large_object_mode : std::int32_t
{
    read = 0x40000,       ///< as it was when the transaction's snapshot was taken
    write = 0x20000,      ///< for writing, and for reading what is written
    read_write = 0x60000, ///< the same
};

/// From where seek() counts.
enum class seek_from : std::int32_t
{
    begin = 0,
    here = 1,
    end = 2,
};

/// A large object that is open in a transaction; made by open_large_object(). It is open until
/// close() or the transaction's end: each call after that throws transaction_lost, or
/// undefined_object if the transaction goes on. The destructor does nothing. Calls go through the
/// transaction and may be started together: they keep their order. Errors and cancelling as with
/// verbs; where the object stands after a call that was cancelled is not known, and a call that the
/// server cancels fails the transaction. Move-only.
template <class Driver>
class basic_large_object : private verbs<basic_large_object<Driver>, Driver>
{
public:
    template <class T>
    using awaitable = asio::awaitable<T, typename Driver::executor_type>;
    using block_stream = row_stream<std::vector<std::byte>, Driver>;

    /// None: calls throw connection_lost.
    basic_large_object() noexcept = default;
    /// For open_large_object().
    basic_large_object(std::shared_ptr<Driver> driver, owner_id via, int descriptor) noexcept
        : driver_{std::move(driver)}, via_{via}, descriptor_{descriptor}
    {}
    basic_large_object(basic_large_object&&) noexcept = default;
    basic_large_object& operator=(basic_large_object&&) noexcept = default;

    /// The next bytes, at most `count` of them and 1 GB; fewer at the end, and then none.
    [[nodiscard]] awaitable<std::vector<std::byte>> read(std::int32_t count)
    {
        return this->template fetch_value<std::vector<std::byte>>(
            "SELECT loread($1, $2)", descriptor_, count);
    }

    /// All that is left, in blocks of `size` bytes, as they arrive, the last one shorter: constant
    /// memory for any size. The stream owns the connection until its end, or until it is dropped;
    /// then the object stands somewhere behind what was taken.
    [[nodiscard]] awaitable<block_stream> blocks(std::int32_t size = 64 * 1024)
    {
        std::int64_t const left = co_await this->template fetch_value<std::int64_t>(
            "SELECT size - here " + std::string{here_and_size}, descriptor_);
        std::int64_t const each = std::max<std::int64_t>(size, 1);
        co_return co_await open_stream<std::vector<std::byte>>(driver_, via_,
            "SELECT loread($1, $2) FROM generate_series(1, $3::int8)", descriptor_,
            static_cast<std::int32_t>(each), (left + each - 1) / each);
    }

    /// Writes over what is there and behind it. The bytes must live until it returns: many of them
    /// are sent piece by piece, which owns the connection meanwhile.
    [[nodiscard]] awaitable<void> write(std::span<std::byte const> bytes)
    {
        if (bytes.size() <= piece) {
            co_await this->execute("SELECT lowrite($1, $2)", descriptor_, bytes);
            co_return;
        }
        std::vector<std::tuple<std::int32_t, std::span<std::byte const>>> pieces;
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size())))
            pieces.emplace_back(descriptor_, bytes.first(std::min(piece, bytes.size())));
        co_await this->execute_many("SELECT lowrite($1, $2)", pieces);
    }

    /// Goes to another place, also behind the end: what is between reads as zeros once something
    /// is written there. Gives the place, from the begin.
    [[nodiscard]] awaitable<std::int64_t> seek(
        std::int64_t offset, seek_from from = seek_from::begin)
    {
        return this->template fetch_value<std::int64_t>(
            "SELECT lo_lseek64($1, $2, $3)", descriptor_, offset, static_cast<std::int32_t>(from));
    }
    /// Where the next byte is read or written, from the begin.
    [[nodiscard]] awaitable<std::int64_t> tell()
    {
        return this->template fetch_value<std::int64_t>("SELECT lo_tell64($1)", descriptor_);
    }
    /// In bytes. The place stays.
    [[nodiscard]] awaitable<std::int64_t> size()
    {
        return this->template fetch_value<std::int64_t>(
            "SELECT size " + std::string{here_and_size}, descriptor_);
    }
    /// Cuts it off, or fills it up with zeros. The place stays.
    [[nodiscard]] awaitable<void> truncate(std::int64_t size)
    {
        co_await this->execute("SELECT lo_truncate64($1, $2)", descriptor_, size);
    }
    /// Before the transaction's end.
    [[nodiscard]] awaitable<void> close()
    {
        co_await this->execute("SELECT lo_close($1)", descriptor_);
    }

private:
    friend class verbs<basic_large_object, Driver>;

    /// Each step takes what the one before has given, or the server could choose their order.
    static constexpr char const* here_and_size =
        "FROM (SELECT here, lo_lseek64($1, here - here, 2) AS size FROM"
        " (SELECT lo_tell64($1) AS here OFFSET 0) AS a OFFSET 0) AS b"
        " WHERE lo_lseek64($1, here + size - size, 0) = here";

    static constexpr std::size_t piece = std::size_t{256} * 1024;

    [[nodiscard]] owner_id owner() const noexcept { return via_; }
    template <class Call>
    [[nodiscard]] awaitable<typename Call::result_type> run_call(
        std::unique_ptr<call<Driver>> what) const
    {
        return run_for<Call>(driver_, std::move(what));
    }

    std::shared_ptr<Driver> driver_;
    owner_id via_{};
    std::int32_t descriptor_ = -1;
};

using large_object = basic_large_object<connection::driver_type>;

/// Makes an empty large object, of this number if one is given. Gives its number: it stays until it
/// is unlinked. `on`: a connection, a transaction or a pool.
template <class Holder>
[[nodiscard]] auto create_large_object(Holder& on, oid wanted = oid{0})
{
    return on.template fetch_value<oid>("SELECT lo_create($1)", wanted);
}

/// Deletes one. Throws undefined_object if there is none.
template <class Holder>
[[nodiscard]] auto unlink_large_object(Holder& on, oid which)
{
    return on.execute("SELECT lo_unlink($1)", which);
}

/// Opens one in a transaction. Throws undefined_object if there is none.
template <class Driver>
[[nodiscard]] asio::awaitable<basic_large_object<Driver>, typename Driver::executor_type>
open_large_object(
    basic_transaction<Driver>& in, oid which, large_object_mode how = large_object_mode::read)
{
    std::int32_t const descriptor = co_await in.template fetch_value<std::int32_t>(
        "SELECT lo_open($1, $2)", which, static_cast<std::int32_t>(how));
    co_return basic_large_object<Driver>{in.share_driver(), in.owner(), descriptor};
}

template <class Driver, class Source>
[[nodiscard]] asio::awaitable<oid, typename Driver::executor_type> run_import(
    basic_transaction<Driver>& in, Source source, oid wanted)
{
    using next_type = decltype(next_piece(source));
    typename awaited<next_type>::type piece;
    oid const made = co_await create_large_object(in, wanted);
    auto object = co_await open_large_object(in, made, large_object_mode::write);
    for (;;) {
        if constexpr (is_awaitable<next_type>)
            piece = co_await next_piece(source);
        else
            piece = next_piece(source);
        if (!piece)
            break;
        if (!bytes_of(*piece).empty())
            co_await object.write(bytes_of(*piece));
    }
    co_await object.close();
    co_return made;
}

/// Makes a large object of a file (`import_large_object(tx, pg::input_file{path})`), or of whatever
/// else is a piece_source, piece by piece: what libpq calls lo_import. Gives its number, which is
/// `wanted` unless that is 0. Throws unique_violation if there is one of that number, and what the
/// source does: the object is there then, with what was written, until the transaction is rolled
/// back. An rvalue is moved into the call; an lvalue must live until it is through, as must the
/// transaction. Cancelled while the source is awaited, it leaves what was written, as above;
/// cancelled while the server works, the transaction may have failed.
/// https://www.postgresql.org/docs/current/lo-interfaces.html#LO-IMPORT
template <class Driver, piece_source Source>
[[nodiscard]] asio::awaitable<oid, typename Driver::executor_type> import_large_object(
    basic_transaction<Driver>& in, Source&& source, oid wanted = oid{0})
{
    return run_import<Driver, Source>(in, std::forward<Source>(source), wanted);
}

template <class Driver, class Sink>
[[nodiscard]] asio::awaitable<std::uint64_t, typename Driver::executor_type> run_export(
    basic_transaction<Driver>& in, oid which, Sink sink)
{
    std::uint64_t written = 0;
    auto object = co_await open_large_object(in, which);
    auto blocks = co_await object.blocks();
    while (auto const batch = co_await blocks.next())
        for (auto const& block : *batch) {
            if constexpr (is_awaitable<decltype(write_piece(sink, bytes_of(block)))>)
                co_await write_piece(sink, bytes_of(block));
            else
                write_piece(sink, bytes_of(block));
            written += block.size();
        }
    if constexpr (requires { sink.finish(); }) {
        if constexpr (is_awaitable<decltype(sink.finish())>)
            co_await sink.finish();
        else
            sink.finish();
    }
    co_await object.close();
    co_return written;
}

/// Copies a large object into a file (`export_large_object(tx, id, pg::output_file{path})`), or
/// into whatever else is a piece_sink, as it arrives: what libpq calls lo_export. Gives its size.
/// Throws undefined_object if there is none, and what the sink does; the transaction can go on
/// then, unless it is the server's error. An rvalue is moved into the call; an lvalue must live
/// until it is through, as must the transaction. Cancelled, the sink has what had come by then, and
/// the rest is read and thrown away (see basic_stream).
/// https://www.postgresql.org/docs/current/lo-interfaces.html#LO-EXPORT
template <class Driver, piece_sink Sink>
[[nodiscard]] asio::awaitable<std::uint64_t, typename Driver::executor_type> export_large_object(
    basic_transaction<Driver>& in, oid which, Sink&& sink)
{
    return run_export<Driver, Sink>(in, which, std::forward<Sink>(sink));
}

} // namespace pgcoro
