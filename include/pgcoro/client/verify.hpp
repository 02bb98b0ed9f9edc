#pragma once

#include "gather.hpp"
#include "statement.hpp"
#include "statement_check.hpp"
#include "statement_of.hpp"
#include "verbs.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// What the server says of a statement: the statement, or why it refuses it.
template <class Driver>
struct described_statement_of
{
    basic_statement<Driver> statement;
    std::string refusal;
};

template <class Driver>
[[nodiscard]] asio::awaitable<described_statement_of<Driver>, typename Driver::executor_type>
describe_statement(
    std::shared_ptr<Driver> driver, owner_id via, std::string_view sql, std::span<oid const> types)
{
    described_statement_of<Driver> described;
    try {
        described.statement = co_await prepare_statement(std::move(driver), via, sql, types);
    } catch (server_error const& refusal) {
        described.refusal = refusal.what();
    }
    co_return described;
}

template <class Holder, class Driver>
[[nodiscard]] asio::awaitable<void, typename Driver::executor_type> verify_all(
    Holder& on, std::shared_ptr<Driver> driver, std::vector<statement_check> checks)
{
    // Each twice: with the arguments' types, as a call would have it, and with types that the
    // server infers, to compare them.
    std::vector<asio::awaitable<described_statement_of<Driver>, typename Driver::executor_type>>
        running;
    for (statement_check const& each : checks) {
        running.push_back(describe_statement(driver, on.owner(), each.sql, each.arguments));
        running.push_back(describe_statement(driver, on.owner(), each.sql, {}));
    }
    auto const described = co_await gather(std::move(running));

    std::vector<doubtful_column> doubtful;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        auto const& as_called = described[2 * i];
        auto const& inferred = described[2 * i + 1];
        if (inferred.refusal.empty())
            check_parameters(checks[i], inferred.statement.parameters());
        if (!as_called.refusal.empty()) {
            checks[i].mismatches.push_back(as_called.refusal);
            continue;
        }
        auto const columns = as_called.statement.columns();
        check_columns(checks[i], i, {columns.begin(), columns.end()}, doubtful);
    }
    if (!doubtful.empty()) {
        std::string const sql = nullable_columns_sql(doubtful);
        auto const nullable =
            co_await on.template fetch<std::tuple<std::int64_t, std::int16_t>>(sql);
        for (doubtful_column const& each : doubtful)
            for (auto const& [table, number] : nullable)
                if (static_cast<std::uint32_t>(each.table) == table && each.number == number)
                    checks[each.statement].mismatches.push_back(each.text);
    }
    std::string report = mismatch_report(checks);
    if (!report.empty())
        throw statement_mismatch{std::move(report)};
}

template <class Row, class... Arguments>
[[nodiscard]] statement_check check_of(statement_of<Row(Arguments...)> const& what)
{
    static_assert((check_parameter<Arguments>() && ...));
    row_type const* row = nullptr;
    if constexpr (!std::is_void_v<Row> && !record_shaped<Row>)
        row = &row_type_of<Row>;
    return {what.sql(), {type_of<Arguments>()...}, {&cpp_name<Arguments>::get...}, row, {}};
}

/// Checks typed statements against the database that a connection or transaction is on: `co_await
/// pg::verify(conn, find_user, add_user)`. Nothing is run: the server parses and describes each,
/// all in one go, and is then asked which columns may be NULL. Throws statement_mismatch with all
/// that does not fit: arguments that the parameters don't take or that would be cut, columns that
/// are missing or of another type, columns that may be NULL where the row has no std::optional.
/// (Of an outer join or a view the server does not say that.) Within a transaction a statement that
/// the server refuses fails the transaction. `on` must live until it is through. Cancelled, it
/// leaves nothing prepared.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
template <class Holder, class... Signatures>
[[nodiscard]] auto verify(Holder& on, statement_of<Signatures> const&... statements)
{
    std::vector<statement_check> checks;
    checks.reserve(sizeof...(statements));
    (checks.push_back(check_of(statements)), ...);
    return verify_all(on, on.share_driver(), std::move(checks));
}

} // namespace pgcoro
