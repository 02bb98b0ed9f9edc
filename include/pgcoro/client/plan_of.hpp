#pragma once

#include "../core/error.hpp"
#include "../core/share.hpp"
#include "../row/column_plan.hpp"
#include "../row/result_formats.hpp"
#include "../session/server_statement.hpp"

#include <memory>
#include <string>
#include <utility>

namespace pgcoro {

/// The plan by which a statement's rows become rows of a type: made at its first use, kept with the
/// statement. Throws row_mismatch, with all that does not fit.
[[nodiscard]] inline std::shared_ptr<column_plan const> plan_of(
    server_statement& which, row_type const& type)
{
    // The type's address tells its plans from all others.
    if (std::shared_ptr<void const> kept = which.plan(&type))
        return std::static_pointer_cast<column_plan const>(std::move(kept));
    if (!which.description)
        throw row_mismatch{"the statement returns no rows: " + std::string{which.sql()}};
    row_description description = *which.description;
    choose_result_formats(description, type);
    auto plan = share<column_plan>();
    std::string error;
    if (!plan->match(description, type, error))
        throw row_mismatch{std::move(error)};
    which.keep_plan(&type, plan);
    return plan;
}

} // namespace pgcoro
