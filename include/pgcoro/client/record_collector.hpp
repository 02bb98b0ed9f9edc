#pragma once

#include "../core/share.hpp"
#include "../row/record.hpp"
#include "../row/record_plan.hpp"
#include "row_collector.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace pgcoro {

/// The rows of a query whose columns are known at run time only. A record is made when it is asked
/// for and keeps the whole result's bytes alive.
template <>
class result<record>
{
public:
    class const_iterator
    {
    public:
        using value_type = record;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using reference = record;
        using pointer = void;

        const_iterator() noexcept = default;
        const_iterator(result const& of, std::size_t index) noexcept : of_{&of}, index_{index} {}

        [[nodiscard]] record operator*() const { return (*of_)[index_]; }
        const_iterator& operator++() noexcept
        {
            ++index_;
            return *this;
        }
        const_iterator operator++(int) noexcept { return {*of_, index_++}; }
        friend bool operator==(const_iterator const& a, const_iterator const& b) noexcept
        {
            return a.index_ == b.index_;
        }

    private:
        result const* of_ = nullptr;
        std::size_t index_ = 0;
    };
    using value_type = record;
    using iterator = const_iterator;

    result() noexcept = default;
    result(
        std::shared_ptr<record_source const> source, std::vector<std::byte const*> bodies) noexcept
        : source_{std::move(source)}, bodies_{std::move(bodies)}
    {}

    [[nodiscard]] const_iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] const_iterator end() const noexcept { return {*this, size()}; }
    [[nodiscard]] std::size_t size() const noexcept { return bodies_.size(); }
    [[nodiscard]] bool empty() const noexcept { return bodies_.empty(); }
    [[nodiscard]] record operator[](std::size_t index) const { return {source_, bodies_[index]}; }
    [[nodiscard]] record at(std::size_t index) const { return {source_, bodies_.at(index)}; }
    [[nodiscard]] record front() const { return (*this)[0]; }
    [[nodiscard]] record back() const { return (*this)[size() - 1]; }
    /// The columns, also where there are no rows; null for a statement that returns none.
    [[nodiscard]] std::shared_ptr<row_description const> description() const noexcept
    {
        return source_ ? source_->description : nullptr;
    }

private:
    std::shared_ptr<record_source const> source_;
    std::vector<std::byte const*> bodies_;
};

inline constexpr char record_plan_key = 0; // its address tells records' columns from all plans

/// A statement's columns with the formats that records ask for: made once, kept with it. Null for
/// a statement that returns no rows.
[[nodiscard]] inline std::shared_ptr<row_description const> record_columns(server_statement& which)
{
    if (!which.description)
        return nullptr;
    if (std::shared_ptr<void const> kept = which.plan(&record_plan_key))
        return std::static_pointer_cast<row_description const>(std::move(kept));
    auto columns = share<row_description>(*which.description);
    row_plan<record>::choose_formats(*columns);
    which.keep_plan(&record_plan_key, columns);
    return columns;
}

/// Gathers records: their bytes are kept, nothing is decoded.
template <>
class row_collector<record>
{
public:
    using plan = std::shared_ptr<row_description const>;

    void add(plan const& of, block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count)
    {
        index(of, bytes_.add(from, begin, end, count));
    }

    [[nodiscard]] result<record> take(plan const& of)
    {
        index(of, bytes_.settle());
        auto source = std::make_shared<record_source>();
        source->description = of;
        source->blocks = bytes_.take_blocks();
        return {std::move(source), std::exchange(bodies_, {})};
    }

private:
    void index(plan const& of, kept_bytes::stretch stretch)
    {
        if (bodies_.capacity() < bodies_.size() + stretch.count)
            bodies_.reserve(std::max(bodies_.size() + stretch.count, bodies_.capacity() * 2));
        for (std::byte const* at = stretch.begin; stretch.count-- != 0;) {
            std::size_t const size = load_big<std::uint32_t>(at + 1) - 4;
            if (!fits_columns(at + 5, size, of->columns.size())) {
                bytes_.drop_pending();
                throw decode_error{"a row does not have the fields that its description says"};
            }
            bodies_.push_back(at + 5);
            at += 5 + size;
        }
    }

    std::vector<std::byte const*> bodies_;
    kept_bytes bytes_;
};

/// The first record, with its bytes.
template <>
class first_row_collector<record>
{
public:
    using plan = std::shared_ptr<row_description const>;

    void add(plan const& of, block_ref const& from, std::byte const* begin, std::byte const*,
        std::size_t count)
    {
        if (count_ == 0) {
            row_collector<record> first;
            first.add(of, from, begin, next_message(begin), 1);
            row_ = first.take(of).front();
        }
        count_ += count;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] record& row() noexcept { return row_; }

private:
    record row_;
    std::size_t count_ = 0;
};

} // namespace pgcoro
