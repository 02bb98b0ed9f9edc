#pragma once

#include "../common/arguments.hpp"
#include "../common/messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <libpq-fe.h>

namespace bench {

struct close_connection
{
    void operator()(PGconn* connection) const noexcept { ::PQfinish(connection); }
};
using connection_ptr = std::unique_ptr<PGconn, close_connection>;

struct clear_result
{
    void operator()(PGresult* result) const noexcept { ::PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, clear_result>;

[[noreturn]] inline void fail(PGconn* connection)
{
    throw std::runtime_error{::PQerrorMessage(connection)};
}

[[nodiscard]] inline connection_ptr connect()
{
    connection_ptr opened{::PQconnectdb("")};
    if (::PQstatus(opened.get()) != CONNECTION_OK)
        fail(opened.get());
    return opened;
}

[[nodiscard]] inline result_ptr expect(PGconn* connection, PGresult* got, ExecStatusType wanted)
{
    result_ptr result{got};
    if (::PQresultStatus(result.get()) != wanted)
        fail(connection);
    return result;
}

/// A case's SQL and the arguments of its next run, in binary.
class query
{
public:
    explicit query(case_id which) : which_{which}
    {
        switch (which) {
        case case_id::pg_type:
            add(as_bytes_of(std::int32_t{-1}));
            add(std::string{"\1", 1});
            break;
        case case_id::integers:
            add(as_bytes_of(std::int32_t{series_length}));
            break;
        case case_id::one_plus:
        case case_id::connect:
        case case_id::shared_connection:
        case case_id::shared_pool:
        case case_id::plain_pool:
            add(as_bytes_of(std::int32_t{one_plus_argument}));
            break;
        case case_id::lookup:
        case case_id::twenty_lookups:
            add(as_bytes_of(std::int32_t{0}));
            break;
        case case_id::batch_insert:
            for (std::size_t const size : {4, 4, 4, 0, 8, 4, 0})
                add(std::string(size, '\0'));
            break;
        default:
            break;
        }
    }

    query(query const&) = delete;
    query& operator=(query const&) = delete;

    void prepare(PGconn* connection) const
    {
        auto const done = expect(connection,
            ::PQprepare(connection, "s", sql_of(which_).data(), 0, nullptr), PGRES_COMMAND_OK);
    }

    /// Runs it and waits.
    [[nodiscard]] result_ptr run(PGconn* connection)
    {
        next();
        return expect(connection,
            ::PQexecPrepared(
                connection, "s", count_, values_.data(), lengths_.data(), formats_.data(), 1),
            PGRES_TUPLES_OK);
    }
    /// Runs it without having prepared it.
    [[nodiscard]] result_ptr run_once(PGconn* connection)
    {
        return expect(connection,
            ::PQexecParams(connection, sql_of(which_).data(), count_, nullptr, values_.data(),
                lengths_.data(), formats_.data(), 1),
            PGRES_TUPLES_OK);
    }
    void send(PGconn* connection)
    {
        next();
        if (::PQsendQueryPrepared(
                connection, "s", count_, values_.data(), lengths_.data(), formats_.data(), 1) != 1)
            fail(connection);
    }

private:
    void add(std::string value)
    {
        auto const place = static_cast<std::size_t>(count_++);
        bytes_[place] = std::move(value);
        values_[place] = bytes_[place].data();
        lengths_[place] = static_cast<int>(bytes_[place].size());
        formats_[place] = 1;
    }
    void put(batch_row const& row)
    {
        store(bytes_[0].data(), std::int32_t{row.a});
        store(bytes_[1].data(), std::int32_t{row.b});
        store(bytes_[2].data(), std::int32_t{row.c});
        values_[3] = row.d.data();
        lengths_[3] = static_cast<int>(row.d.size());
        store(bytes_[4].data(), std::bit_cast<std::int64_t>(row.e));
        store(bytes_[5].data(), std::int32_t{row.f});
        values_[6] = row.g.data();
        lengths_[6] = static_cast<int>(row.g.size());
    }
    void next()
    {
        if (which_ == case_id::lookup || which_ == case_id::twenty_lookups)
            store(bytes_[0].data(), std::int32_t{ids_.next()});
        else if (which_ == case_id::batch_insert)
            put(batch_rows(which_)[row_++ % inserted_rows]);
    }

    case_id which_;
    id_sequence ids_;
    std::size_t row_ = 0;
    int count_ = 0;
    std::array<std::string, 7> bytes_;
    std::array<char const*, 7> values_{};
    std::array<int, 7> lengths_{};
    std::array<int, 7> formats_{};
};

} // namespace bench
