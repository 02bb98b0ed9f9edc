#pragma once

#include "../core/inlined.hpp"
#include "../protocol/frame.hpp"
#include "copy_options.hpp"
#include "copy_value.hpp"
#include "range_source.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// The types that an element of a range has for COPY: a tuple's elements, an aggregate's members,
/// or the value alone.
template <class Element>
using argument_types =
    decltype(visit_arguments(std::declval<Element const&>(), [](auto const&... arguments) {
        return type_list<std::remove_cvref_t<decltype(arguments)>...>{};
    }));

/// Whether all of them can be given in binary to columns of these types.
template <class... T>
[[nodiscard]] bool copies_in_binary(type_list<T...>, std::vector<oid> const& columns)
{
    std::size_t at = 0;
    return sizeof...(T) == columns.size() && (... && copies_in_binary<T>(columns[at++]));
}

/// The elements of a range as the data of a COPY FROM STDIN.
/// https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9
template <class Range>
class copy_range_source final : public source
{
public:
    /// In binary if `columns` tells the types of the table's columns, else in text.
    copy_range_source(Range&& range, std::vector<oid> columns, copy_progress report)
        : range_{std::forward<Range>(range)},
          columns_{std::move(columns)},
          flat_{copies_flat(argument_types<element_type>{}, columns_)},
          report_{std::move(report)}
    {}

    [[nodiscard]] turn feed(byte_writer& out) override
    {
        turn now;
        std::size_t const begin = out.size();
        out.put(static_cast<std::uint8_t>(frontend_message::copy_data));
        out.put(std::uint32_t{0});
        if (binary() && number_ == 0) {
            out.put(std::string_view{"PGCOPY\n\377\r\n\0", 11});
            out.put(std::uint64_t{0}); // flags, and the length of the header's extension
        }
        std::size_t unfinished = out.size();
        try {
            for (; at_ != end_; ++at_, ++number_) {
                unfinished = out.size();
                if (unfinished - begin >= enough)
                    break;
                auto&& element = *at_;
                visit_arguments(element, [&](auto const&... values) { put_row(out, values...); });
                // Other rows, less than a turn of them, stand in the same message.
                if (out.size() - unfinished > largest_message - 2 * enough)
                    throw encode_error{"the row is longer than a message may be"};
            }
            now.more = at_ != end_;
            if (!now.more && binary())
                out.put(std::int16_t{-1});
            unfinished = out.size();
            so_far_.bytes += unfinished - begin - frame_header_size;
            so_far_.rows = number_;
            if (report_)
                report_(so_far_);
        } catch (...) {
            out.truncate(unfinished);
            now.failure = element_failure(number_);
        }
        out.patch(begin + 1, static_cast<std::uint32_t>(out.size() - begin - 1));
        return now;
    }

private:
    using element_type = std::remove_cvref_t<decltype(*std::begin(std::declval<Range&>()))>;

    /// Whether all values of a row can be measured first and then written in one go.
    template <class... T>
    [[nodiscard]] static bool copies_flat(type_list<T...>, std::vector<oid> const& columns) noexcept
    {
        std::size_t at = 0;
        if constexpr ((copied_flat<T> && ...))
            return sizeof...(T) == columns.size() && (... && pgcoro::copies_flat<T>(columns[at++]));
        else
            return false;
    }

    [[nodiscard]] bool binary() const noexcept { return !columns_.empty(); }

    template <class... T>
    PGCORO_INLINED void put_row(byte_writer& out, T const&... values)
    {
        if constexpr ((copied_flat<T> && ...)) {
            std::size_t const size = (sizeof(std::int16_t) + ... + flat_size(values));
            if (flat_ && size <= max_value_size) {
                std::byte* to = out.extend(size);
                store_big(to, static_cast<std::int16_t>(sizeof...(T)));
                to += sizeof(std::int16_t);
                ((to = put_flat(to, values)), ...);
                return;
            }
        }
        put_each(out, values...);
    }
    template <class... T>
    [[gnu::noinline]] void put_each(byte_writer& out, T const&... values)
    {
        std::size_t at = 0;
        try {
            if (binary()) {
                out.put(static_cast<std::int16_t>(sizeof...(T)));
                ((put_copy_binary(values, columns_[at], out), ++at), ...);
                return;
            }
            auto const put = [&](auto const& value) {
                if (at != 0)
                    out.put(std::string_view{"\t"});
                put_copy_text(value, scratch_, out);
                ++at;
            };
            (put(values), ...);
            out.put(std::string_view{"\n"});
        } catch (encode_error const& reason) {
            throw encode_error{"column " + std::to_string(at + 1) + ": " + reason.what()};
        }
    }

    Range range_;
    std::vector<oid> columns_;
    bool flat_ = false;
    copy_progress report_;
    copied so_far_;
    decltype(std::begin(range_)) at_ = std::begin(range_);
    decltype(std::end(range_)) end_ = std::end(range_);
    small_byte_writer<64> scratch_;
    std::uint64_t number_ = 0;
};

} // namespace pgcoro
