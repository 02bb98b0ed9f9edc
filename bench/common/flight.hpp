#pragma once

#include "cases.hpp"
#include "messages.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

inline constexpr std::string_view statement_name = "s";

/// What one run of a case sends, made once; the ids to be looked up are put in anew for each run.
class flight
{
public:
    explicit flight(case_id which)
    {
        messages to{bytes_};
        auto const ask = [&](std::initializer_list<std::string_view> values) {
            to.bind(statement_name, values);
            to.execute();
        };
        auto const look_up = [&] {
            ask({as_bytes_of(std::int32_t{0})});
            // the id stands before the result formats (4 bytes) and Execute (10 bytes)
            ids_.push_back(bytes_.size() - 10 - 4 - 4);
        };
        switch (which) {
        case case_id::pg_type:
            ask({as_bytes_of(std::int32_t{-1}), std::string_view{"\1", 1}});
            break;
        case case_id::integers:
            ask({as_bytes_of(std::int32_t{series_length})});
            break;
        case case_id::one_plus:
        case case_id::shared_connection:
        case case_id::shared_pool:
        case case_id::plain_pool:
        case case_id::connect:
        case case_id::reconnect:
            ask({as_bytes_of(std::int32_t{one_plus_argument})});
            break;
        case case_id::lookup:
            look_up();
            break;
        case case_id::twenty_lookups:
            for (int i = 0; i < lookups_at_once; ++i)
                look_up();
            break;
        case case_id::batch_insert:
            for (int i = 0; i < inserted_rows; ++i)
                insert(to, batch_row{});
            break;
        case case_id::copy_in:
            copy(to);
            return;
        default:
            ask({});
            break;
        }
        to.sync();
    }

    void append_to(std::string& out, id_sequence& ids)
    {
        for (std::size_t const place : ids_)
            store(bytes_.data() + place, std::int32_t{ids.next()});
        out += bytes_;
    }

private:
    static void insert(messages& to, batch_row const& row)
    {
        to.bind(statement_name, {as_bytes_of(std::int32_t{row.a}), as_bytes_of(std::int32_t{row.b}),
                                    as_bytes_of(std::int32_t{row.c}), row.d,
                                    as_bytes_of(std::bit_cast<std::int64_t>(row.e)),
                                    as_bytes_of(std::int32_t{row.f}), row.g});
        to.execute();
    }

    static void copy(messages& to)
    {
        batch_row const row;
        std::string one;
        auto const field = [&](std::string_view value) {
            append(one, static_cast<std::int32_t>(value.size()));
            one += value;
        };
        append(one, std::int16_t{7});
        field(as_bytes_of(std::int32_t{row.a}));
        field(as_bytes_of(std::int32_t{row.b}));
        field(as_bytes_of(std::int32_t{row.c}));
        field(row.d);
        field(as_bytes_of(std::bit_cast<std::int64_t>(row.e)));
        field(as_bytes_of(std::int32_t{row.f}));
        field(row.g);

        std::string data{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
        to.query(sql_of(case_id::copy_in));
        for (int i = 0; i < copied_rows; ++i) {
            data += one;
            if (data.size() > std::size_t{60} * 1024) {
                to.copy_data(data);
                data.clear();
            }
        }
        append(data, std::int16_t{-1});
        to.copy_data(data);
        to.copy_done();
    }

    std::string bytes_;
    std::vector<std::size_t> ids_;
};

} // namespace bench
