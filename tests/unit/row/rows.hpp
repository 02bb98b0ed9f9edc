#pragma once

#include "pgcoro/core/byte_writer.hpp"
#include "pgcoro/protocol/row_description.hpp"
#include "pgcoro/row/plan.hpp"

#include "catch.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// \file
/// Columns and rows made by hand.

namespace testing_rows {

using bytes = std::vector<std::byte>;

struct column
{
    char const* name;
    pgcoro::oid type;
};

inline pgcoro::row_description describe(std::initializer_list<column> columns)
{
    pgcoro::row_description out;
    for (column const& each : columns) {
        pgcoro::column_description& described = out.columns.emplace_back();
        described.name = each.name;
        described.type = each.type;
    }
    return out;
}

/// The body of a DataRow, field by field.
class row_builder
{
public:
    row_builder() { writer_.put(std::uint16_t{0}); }

    row_builder& null()
    {
        count();
        writer_.put(std::int32_t{-1});
        return *this;
    }

    row_builder& text(std::string_view value)
    {
        count();
        writer_.put(static_cast<std::int32_t>(value.size()));
        writer_.put(value);
        return *this;
    }

    template <class T>
    row_builder& binary(T const& value)
    {
        count();
        std::size_t const at = writer_.size();
        writer_.put(std::int32_t{0});
        pgcoro::codec<T>::encode(value, pgcoro::format::binary, writer_);
        writer_.patch(at, static_cast<std::int32_t>(writer_.size() - at - 4));
        return *this;
    }

    [[nodiscard]] bytes body() const
    {
        auto const span = writer_.bytes();
        return {span.begin(), span.end()};
    }

    /// As it comes off the wire: 'D', the length, the body.
    void append_message(bytes& to) const
    {
        pgcoro::byte_writer message;
        message.put(std::uint8_t{'D'});
        message.put(static_cast<std::int32_t>(writer_.size() + 4));
        message.put(writer_.bytes());
        to.insert(to.end(), message.bytes().begin(), message.bytes().end());
    }

private:
    void count()
    {
        ++count_;
        writer_.patch(0, count_);
    }

    pgcoro::byte_writer writer_;
    std::uint16_t count_ = 0;
};

template <class T>
pgcoro::row_plan<T> plan_for(pgcoro::row_description description)
{
    pgcoro::row_plan<T>::choose_formats(description);
    pgcoro::row_plan<T> plan;
    std::string error;
    bool const made = pgcoro::row_plan<T>::make(description, plan, error);
    INFO(error);
    REQUIRE(made);
    return plan;
}

template <class T>
std::string mismatch(pgcoro::row_description description)
{
    pgcoro::row_plan<T>::choose_formats(description);
    pgcoro::row_plan<T> plan;
    std::string error = "left over";
    bool const made = pgcoro::row_plan<T>::make(description, plan, error);
    CHECK(made == error.empty());
    return error;
}

/// Decodes from memory of exactly the body's size, so that a sanitizer sees any look beyond it.
template <class T>
bool decode(pgcoro::row_plan<T> const& plan, bytes const& body, T& to)
{
    auto const copy = std::make_unique<std::byte[]>(body.size());
    for (std::size_t i = 0; i < body.size(); ++i)
        copy[i] = body[i];
    bool const decoded = plan.decode(copy.get(), body.size(), to);
    std::string const why = plan.explain(copy.get(), body.size());
    CHECK((why == "the row can be decoded") == decoded);
    return decoded;
}

template <class T>
std::string explanation(pgcoro::row_plan<T> const& plan, bytes const& body)
{
    T scratch{};
    CHECK_FALSE(plan.decode(body.data(), body.size(), scratch));
    return plan.explain(body.data(), body.size());
}

} // namespace testing_rows
