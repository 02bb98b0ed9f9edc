#pragma once

#include "../core/placeholders.hpp"
#include "../core/quoting.hpp"
#include "../types/parameters.hpp"
#include "copy_options.hpp"
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

    void add(std::span<std::byte const> bytes)
    {
        data_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    }
    [[nodiscard]] std::string take() noexcept { return std::exchange(data_, {}); }

private:
    std::string data_;
};

/// What copy_out() gives: `while (auto bytes = co_await copy.next())`, a std::string each. See
/// basic_stream.
template <class Driver>
using copy_stream = basic_stream<copied_bytes, Driver>;

/// The COPY's way through the connection. Its caller is resumed when the first data is announced.
template <class Driver>
class copy_out_call final : public call<Driver>
{
    using state_type = stream_state<copied_bytes, Driver>;

public:
    copy_out_call(std::string_view sql, owner_id via)
        : call<Driver>{request{request::protocol::simple, sql}, via}
    {
        this->take_copy_data();
    }
    ~copy_out_call() override
    {
        if (state_ && !settled_)
            state_->drop_waiter();
    }

    /// `place` is where the caller, as long as it waits, wants the stream.
    void open(std::shared_ptr<Driver> driver, copy_stream<Driver>& place)
    {
        std::uint64_t const id = driver->new_id();
        state_ = std::make_shared<state_type>(std::move(driver), id);
        place_ = &place;
        this->identify(id);
        this->take_ownership(owner_id{id}, "a COPY TO STDOUT");
    }

private:
    void copying(copy_response const&) override
    {
        opened_ = true;
        copy_stream<Driver> stream{state_};
        if (!this->awaited())
            return;
        *place_ = std::move(stream);
        this->resume_early();
    }
    void copy_data(std::span<std::byte const> bytes) override
    {
        state_->collector().add(bytes);
        if (state_->added(bytes.size()))
            this->pause_reading();
    }
    void settled() override
    {
        settled_ = true;
        if (!state_)
            return;
        state_->connection().release_owner(owner_id{state_->id()});
        if (opened_)
            state_->ended(this->error());
        else
            this->fail(std::make_exception_ptr(
                copy_refused{"the statement gave no data: it is no COPY TO STDOUT"}));
    }

    std::shared_ptr<state_type> state_;
    copy_stream<Driver>* place_ = nullptr;
    bool opened_ = false;
    bool settled_ = false;
};

template <class Driver>
[[nodiscard]] asio::awaitable<copy_stream<Driver>, typename Driver::executor_type> run_copy_out(
    std::shared_ptr<Driver> driver, owner_id via, std::string sql)
{
    auto made = std::make_unique<copy_out_call<Driver>>(sql, via);
    copy_stream<Driver> opened;
    if (driver)
        made->open(driver, opened);
    co_await run(std::move(driver), std::unique_ptr<call<Driver>>{std::move(made)});
    co_return opened;
}

} // namespace pgcoro
