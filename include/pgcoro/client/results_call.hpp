#pragma once

#include "call.hpp"
#include "record_collector.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// What one statement of a text gave: its command tag and its rows, which are all in text. Its
/// columns are rows.description(), null for a statement that returns none.
struct statement_result
{
    command_tag tag;
    result<record> rows;
};

/// A text of several statements, with all that they give.
template <class Driver>
class results_call final : public call<Driver>
{
public:
    using result_type = std::vector<statement_result>;

    results_call(std::string_view sql, owner_id via)
        : call<Driver>{request{request::protocol::simple, sql}, via}
    {
        this->take_rows();
    }

    [[nodiscard]] result_type take_result() { return std::move(results_); }

private:
    void columns(server_statement& from) override { columns_ = from.description; }
    void rows(block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        rows_.add(columns_, from, begin, end, count);
    }
    void completed(command_tag const& tag) override
    {
        statement_result& added = results_.emplace_back();
        added.tag = tag;
        if (columns_)
            added.rows = rows_.take(std::exchange(columns_, nullptr));
    }

    row_collector<record>::plan columns_;
    row_collector<record> rows_;
    result_type results_;
};

} // namespace pgcoro
