#pragma once

#include "call.hpp"
#include "plan_of.hpp"
#include "record_collector.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// A call whose rows become values of one type: all of it that need not know the type.
template <class Driver>
class typed_call : public call<Driver>
{
public:
    typed_call(std::string_view sql, owner_id via, row_type const* type)
        : call<Driver>{request::protocol::extended, sql, via, type->kind == row_kind::by_name},
          type_{type}
    {}

protected:
    void columns(server_statement& from) override;
    [[nodiscard]] std::shared_ptr<column_plan const> const& plan() const noexcept { return plan_; }

private:
    void write_result_formats(row_description const* description, byte_writer& out) final;

    row_type const* type_;
    std::shared_ptr<column_plan const> plan_;
};

template <class Driver>
void typed_call<Driver>::columns(server_statement& from)
{
    plan_ = plan_of(from, *type_);
}

template <class Driver>
void typed_call<Driver>::write_result_formats(row_description const* description, byte_writer& out)
{
    if (description != nullptr && plan_)
        out.put(plan_->bind_formats());
    else if (type_->kind != row_kind::by_name)
        put_result_formats(*type_, nullptr, out);
    else
        out.put(std::int16_t{0});
}

/// A call whose rows become records.
template <class Driver>
class record_call : public call<Driver>
{
public:
    record_call(std::string_view sql, owner_id via, std::nullptr_t)
        : call<Driver>{request::protocol::extended, sql, via, true}
    {}

protected:
    void columns(server_statement& from) override;
    [[nodiscard]] std::shared_ptr<row_description const> const& plan() const noexcept
    {
        return columns_;
    }

private:
    void write_result_formats(row_description const* description, byte_writer& out) final;

    std::shared_ptr<row_description const> columns_;
};

template <class Driver>
void record_call<Driver>::columns(server_statement& from)
{
    columns_ = record_columns(from);
}

template <class Driver>
void record_call<Driver>::write_result_formats(row_description const* description, byte_writer& out)
{
    if (description != nullptr)
        row_plan<record>::result_formats(*description, out);
    else
        out.put(std::int16_t{0});
}

template <class T>
inline constexpr row_type const* call_type = &row_type_of<T>;
template <>
inline constexpr std::nullptr_t call_type<record> = nullptr;

template <class T, class Driver>
using rows_call = std::conditional_t<record_shaped<T>, record_call<Driver>, typed_call<Driver>>;

} // namespace pgcoro
