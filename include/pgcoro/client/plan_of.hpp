#pragma once

#include "../core/error.hpp"
#include "../row/plan.hpp"
#include "../session/statement.hpp"

#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

template <class T>
inline constexpr char plan_key = 0; // its address tells T's plans from all others

/// The plan by which a statement's rows become Ts: made at its first use, kept with the statement.
/// Throws row_mismatch, with all that does not fit.
template <class T>
[[nodiscard]] std::shared_ptr<row_plan<T> const> plan_of(statement& which)
{
    if (std::shared_ptr<void const> kept = which.plan(&plan_key<T>))
        return std::static_pointer_cast<row_plan<T> const>(std::move(kept));
    if (!which.description)
        throw row_mismatch{"the statement returns no rows: " + std::string{which.sql()}};
    row_description description = *which.description;
    row_plan<T>::choose_formats(description);
    auto plan = std::make_shared<row_plan<T>>();
    std::string error;
    if (!row_plan<T>::make(description, *plan, error))
        throw row_mismatch{std::move(error)};
    which.keep_plan(&plan_key<T>, plan);
    return plan;
}

} // namespace pgcoro
