#pragma once

#include "data_rows.hpp"
#include "sample.hpp"

#include <pgcoro/row/decode_rows.hpp>
#include <pgcoro/row/record.hpp>
#include <pgcoro/row/record_plan.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

template <class Text>
struct four_columns
{
    std::int64_t id;
    Text name;
    Text email;
    double score;
};

/// The columns in another order than the query gives them.
struct shuffled_columns
{
    std::string_view email;
    double score;
    std::int64_t id;
    std::string_view name;
};

/// Columns that are narrower than the members.
struct wider_columns
{
    std::int64_t first;
    std::int64_t second;
    std::int64_t third;
    std::int64_t fourth;
};

/// Decodes a hundred rows at a time.
template <class Row>
void add_rows(sample_list& to, std::string const& name, pgcoro::row_description columns,
    std::string const& row)
{
    pgcoro::row_plan<Row>::choose_formats(columns);
    pgcoro::row_plan<Row> plan;
    std::string error;
    if (!pgcoro::row_plan<Row>::make(columns, plan, error))
        throw std::runtime_error{error};
    std::string rows;
    for (int i = 0; i < 100; ++i)
        rows += row;
    to.add("100 rows: " + name, [plan, rows, out = std::make_shared<pgcoro::row_array<Row>>()] {
        out->shrink(0);
        auto const* const begin = reinterpret_cast<std::byte const*>(rows.data());
        if (pgcoro::decode_rows(plan, begin, begin + rows.size(), 100, *out) != nullptr)
            std::abort();
        keep(*out);
    });
}

inline void add_row_samples(sample_list& to)
{
    namespace oids = pgcoro::oids;
    auto const four = describe(
        {{"id", oids::int8}, {"name", oids::text}, {"email", oids::text}, {"score", oids::float8}});
    auto const row =
        data_row(std::int64_t{42}, "Somebody with a name", "somebody@example.com", 1.5);
    add_rows<int>(to, "int", describe({{"i", oids::int4}}), data_row(std::int32_t{42}));
    add_rows<four_columns<std::string_view>>(to, "4 columns, views", four, row);
    add_rows<four_columns<std::string>>(to, "4 columns, owning", four, row);
    add_rows<shuffled_columns>(to, "4 columns in another order", four, row);
    add_rows<wider_columns>(to, "4 columns that are narrower",
        describe({{"first", oids::int4}, {"second", oids::oid_}, {"third", oids::int2},
            {"fourth", oids::int4}}),
        data_row(std::int32_t{1}, std::uint32_t{2}, std::int16_t{3}, std::int32_t{4}));
    add_rows<std::tuple<std::int64_t, std::optional<std::string_view>>>(to, "2 columns, one NULL",
        describe({{"id", oids::int8}, {"note", oids::text}}), data_row(std::int64_t{42}, nullptr));

    auto const source = std::make_shared<pgcoro::record_source>();
    auto described = std::make_shared<pgcoro::row_description>(four);
    pgcoro::row_plan<pgcoro::record>::choose_formats(*described);
    source->description = described;
    to.add("record: 4 columns by index", [source, row] {
        pgcoro::record const read{source, reinterpret_cast<std::byte const*>(row.data()) + 5};
        keep(read.get<std::int64_t>(0));
        keep(read.get<std::string_view>(1));
        keep(read.get<std::string_view>(2));
        keep(read.get<double>(3));
    });
    to.add("record: 4 columns by name", [source, row] {
        pgcoro::record const read{source, reinterpret_cast<std::byte const*>(row.data()) + 5};
        keep(read.get<std::int64_t>("id"));
        keep(read.get<std::string_view>("name"));
        keep(read.get<std::string_view>("email"));
        keep(read.get<double>("score"));
    });
}

} // namespace bench
