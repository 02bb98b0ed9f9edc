#pragma once

#include "../core/placeholders.hpp"
#include "../core/quoting.hpp"
#include "../protocol/frame.hpp"
#include "../row/decode_rows.hpp"
#include "../types/parameters.hpp"
#include "copy_options.hpp"
#include "opening_call.hpp"
#include "stream.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A query to be copied out. COPY takes no parameters: the arguments become literals, whose types
/// the server infers as it does those of text arguments. Throws encode_error for an argument that
/// can't be sent, and for a placeholder that has none. Copies both.
class copy_query
{
public:
    template <class... Arguments>
    explicit copy_query(std::string_view sql, Arguments const&... arguments)
    {
        static_assert((check_parameter<Arguments>() && ...));
        std::vector<std::string> literals;
        literals.reserve(sizeof...(Arguments));
        (literals.push_back(literal_of(arguments)), ...);
        sql_ = replace_placeholders(sql, literals);
    }

    [[nodiscard]] std::string const& sql() const noexcept { return sql_; }

private:
    template <class T>
    [[nodiscard]] static std::string literal_of(T const& value)
    {
        if (is_null(value))
            return "NULL";
        small_byte_writer<64> text;
        codec<T>::encode(value, format::text, text);
        return quote_literal(
            std::string_view{reinterpret_cast<char const*>(text.data()), text.size()});
    }

    [[nodiscard]] static std::string replace_placeholders(
        std::string_view sql, std::vector<std::string> const& literals)
    {
        std::string replaced;
        std::size_t copied = 0;
        scan_statement(
            sql,
            [&](std::size_t number, std::size_t begin, std::size_t end) {
                if (number == 0 || number > literals.size())
                    throw encode_error{"the query to be copied has a placeholder $" +
                                       std::to_string(number) + " and " +
                                       std::to_string(literals.size()) + " arguments"};
                replaced.append(sql.substr(copied, begin - copied)).append(literals[number - 1]);
                copied = end;
            },
            [](std::size_t i) { return i + 1; });
        return replaced.append(sql.substr(copied));
    }

    std::string sql_;
};

/// The data of a COPY TO STDOUT, as text: a run of whole rows at a time.
class copied_bytes
{
public:
    using batch_type = std::string;

    /// A run of CopyData messages, which hold a row each.
    void add(std::byte const* begin, std::byte const* end, std::size_t count)
    {
        while (begin != end) {
            std::byte const* const next = next_message(begin);
            begin += frame_header_size;
            data_.append(
                reinterpret_cast<char const*>(begin), static_cast<std::size_t>(next - begin));
            begin = next;
        }
        messages_ += count;
    }
    [[nodiscard]] std::string take() noexcept
    {
        taken_ = messages_;
        return std::exchange(data_, {});
    }
    void completed(command_tag const& tag) noexcept { rows_ += tag.rows_affected(); }

    /// The rows that were taken so far; a line of headers and the end of binary data count as one.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
    /// All of them, once the stream has ended.
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

private:
    std::string data_;
    std::uint64_t messages_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t rows_ = 0;
};

/// What copy_out() gives: `while (auto bytes = co_await copy.next())`, a std::string each. See
/// basic_stream.
template <class Driver>
using copy_stream = basic_stream<copied_bytes, Driver>;

/// The COPY's way through the connection. Its caller is resumed when the first data is announced.
template <class Stream, class Driver>
class copying_out_call : public streaming_call<call<Driver>, Stream, Driver>
{
public:
    copying_out_call(std::string_view sql, owner_id via)
        : streaming_call<call<Driver>, Stream, Driver>{request{request::protocol::simple, sql}, via}
    {
        this->take_copy_data();
    }

protected:
    void copying(copy_response const&) override { this->give_handle(); }
    void settled() override
    {
        streaming_call<call<Driver>, Stream, Driver>::settled();
        if (this->state() && !this->opened())
            this->fail(std::make_exception_ptr(
                copy_refused{"the statement gave no data: it is no COPY TO STDOUT"}));
    }
};

template <class Driver>
class copy_out_call final : public copying_out_call<copy_stream<Driver>, Driver>
{
public:
    using copying_out_call<copy_stream<Driver>, Driver>::copying_out_call;

private:
    void rows(
        block_ref const&, std::byte const* begin, std::byte const* end, std::size_t count) override
    {
        this->state()->collector().add(begin, end, count);
        this->added(static_cast<std::size_t>(end - begin));
    }
    void completed(command_tag const& tag) override { this->state()->collector().completed(tag); }
};

template <class Driver>
[[nodiscard]] asio::awaitable<copy_stream<Driver>, typename Driver::executor_type> run_copy_out(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql)
{
    return run_open(
        std::move(driver), std::make_unique<copy_out_call<Driver>>(sql, via), "a COPY TO STDOUT");
}

} // namespace pgcoro
