#pragma once

#include "../core/error.hpp"
#include "../protocol/extended_query.hpp"
#include "../session/bind_writer.hpp"
#include "../session/source.hpp"
#include "../types/parameters.hpp"
#include "any_pieces.hpp"
#include "call.hpp"

#include <algorithm>
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

/// One Bind and Execute whose parameters are too much to be written at once.
class bind_in_pieces : public source, public piece_reader
{
public:
    template <class... Arguments>
    explicit bind_in_pieces(Arguments const&... arguments)
    {
        std::size_t number = 0;
        (add(++number, arguments), ...);
    }

    void begin(std::string_view name, std::span<std::byte const> result_formats,
        std::span<oid const> parameters) override
    {
        head_.put(static_cast<std::uint8_t>(frontend_message::bind));
        head_.put(std::uint32_t{0});
        head_.put_string({});
        head_.put_string(name);
        for (cut const& each : cuts_)
            if (each.number <= parameters.size() && parameters[each.number - 1] == oids::bytea)
                formats_[each.number - 1] = format::binary;
        head_.put(static_cast<std::uint16_t>(formats_.size()));
        for (format const each : formats_)
            head_.put(static_cast<std::int16_t>(each));
        head_.put(static_cast<std::uint16_t>(formats_.size()));
        tail_.put(result_formats);
        std::size_t length = head_.size() - 1 + values_.size() + tail_.size();
        for (cut const& each : cuts_) {
            length += each.size;
            if (length > largest_message)
                throw_encode_error(each.number, too_much_for_a_message);
        }
        head_.patch(1, static_cast<std::uint32_t>(length));
        write_execute(tail_);
    }

    [[nodiscard]] turn feed(byte_writer& out) override
    {
        turn now;
        std::size_t const stop = out.size() + enough;
        try {
            for (; at_ != cuts_.size(); ++at_) {
                now.more = !put_pieces(cuts_[at_], stop, out);
                if (now.more) {
                    now.waits = waits_;
                    return now;
                }
            }
            put_values(values_.size(), out);
            out.put(tail_.bytes());
            ended_ = true;
            now.executions = 1;
        } catch (...) {
            now.failure = std::current_exception();
        }
        return now;
    }

    [[nodiscard]] bool within_message() const noexcept override { return begun_ && !ended_; }

private:
    struct cut
    {
        std::size_t place; // among the values
        std::size_t number;
        std::size_t size;
        std::size_t left;
        std::shared_ptr<any_pieces> from;
    };

    template <class T>
    void add(std::size_t number, T const& value)
    {
        formats_.push_back(parameter_format(value));
        encode_parameter(number, value, values_);
    }
    template <class T>
    requires is_sent_in_pieces<T>
    void add(std::size_t number, T const& value)
    {
        if (value.size() > max_value_size)
            throw_encode_error(number, "the value is longer than 1 GiB");
        std::shared_ptr<any_pieces> from = value.take();
        if (!from)
            throw_encode_error(number, "the value in chunks() was sent already");
        formats_.push_back(format::text);
        values_.put(static_cast<std::int32_t>(value.size()));
        cuts_.push_back({values_.size(), number, value.size(), value.size(), std::move(from)});
    }

    /// All values up to a place among them, and what leads them.
    void put_values(std::size_t end, byte_writer& out)
    {
        if (!std::exchange(begun_, true))
            out.put(head_.bytes());
        out.put(values_.bytes().subspan(put_, end - put_));
        put_ = end;
    }

    /// Gives whether the value is at its end, which only the source knows. Of a message whose first
    /// piece is still waited for nothing is written: it can be given up.
    [[nodiscard]] bool put_pieces(cut& of, std::size_t stop, byte_writer& out)
    {
        for (;;) {
            if (piece_.empty()) {
                auto const [next, waits] = of.from->next(*this);
                waits_ = waits;
                if (waits)
                    return false;
                if (next ? next->size() > of.left : of.left != 0)
                    throw_encode_error(of.number,
                        "the source of chunks() gave " +
                            (next ? "more than" : std::to_string(of.size - of.left) + " of") +
                            " the " + std::to_string(of.size) + " bytes that were promised");
                put_values(of.place, out);
                if (!next)
                    return true;
                piece_ = *next;
            }
            if (out.size() >= stop)
                return false;
            auto const some = piece_.first(std::min(piece_.size(), stop - out.size()));
            out.put(some);
            piece_ = piece_.subspan(some.size());
            of.left -= some.size();
        }
    }

    std::vector<format> formats_;
    std::vector<cut> cuts_;
    byte_writer values_;
    byte_writer head_;
    byte_writer tail_;
    std::span<std::byte const> piece_; // what is left of it
    std::size_t at_ = 0;
    std::size_t put_ = 0; // of the values
    bool begun_ = false;
    bool ended_ = false;
    bool waits_ = false; // for the next piece
};

/// Whose source it is.
template <class Driver>
class call_in_pieces final : public bind_in_pieces
{
public:
    template <class... Arguments>
    explicit call_in_pieces(call<Driver>& of, Arguments const&... arguments)
        : bind_in_pieces{arguments...}, of_{&of}
    {}

    [[nodiscard]] std::shared_ptr<waiting_reader> wait() override
    {
        return std::make_shared<waiting>(of_->connection(), of_->id());
    }

private:
    class waiting final : public waiting_reader
    {
    public:
        waiting(std::weak_ptr<Driver> at, std::uint64_t id) : at_{std::move(at)}, id_{id} {}

        void go_on(task arrive) override
        {
            if (auto const home = at_.lock())
                home->at_home([&driver = *home, id = id_, arrive = std::move(arrive)]() mutable {
                    arrive();
                    driver.feed_again(id);
                });
        }

    private:
        std::weak_ptr<Driver> at_;
        std::uint64_t id_;
    };

    call<Driver>* of_; // which owns it
};

/// For call::encode().
template <class Driver, class... Arguments>
[[nodiscard]] std::unique_ptr<source> sent_in_pieces(
    call<Driver>& of, Arguments const&... arguments)
{
    return std::make_unique<call_in_pieces<Driver>>(of, arguments...);
}

} // namespace pgcoro
