#include "catch.hpp"

#include "pgcoro/types/all.hpp"
#include "pgcoro/types/text_form.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

// docs/types.md tells which C++ types read and send which type of PostgreSQL. Here that table is
// made of what the codecs themselves say, and compared.

namespace pg = pgcoro;
namespace chrono = std::chrono;

namespace {

/// What is JSON for the codecs: an adapter of whatever library.
struct some_document
{};

struct cpp_type
{
    std::string_view name;
    bool (*reads)(pg::oid);
    pg::oid sent_as;
    std::string_view header; ///< what to include besides pgcoro.hpp
};

template <class T>
constexpr cpp_type make(std::string_view name, std::string_view header = {})
{
    return {name, [](pg::oid type) { return pg::accepts<T>(type, pg::result_format_of<T>()); },
        pg::encodable<T> ? pg::type_of<T>() : pg::unspecified_oid, header};
}

using microseconds_local = chrono::local_time<chrono::microseconds>;
using microseconds_sys = chrono::sys_time<chrono::microseconds>;

} // namespace

template <>
struct pgcoro::json_adapter<some_document>
{
    static bool parse(std::string_view, some_document&) { return true; }
    static void print(some_document const&, std::string& to) { to += "null"; }
};

namespace {

// Not here: std::string and std::string_view, which read all types as text; optional, arrays; and
// unsigned integers, which are as the next wider signed one.
constexpr cpp_type cpp_types[] = {
    make<bool>("bool"),
    make<std::int16_t>("std::int16_t"),
    make<std::int32_t>("std::int32_t"),
    make<std::int64_t>("std::int64_t"),
    make<float>("float"),
    make<double>("double"),
    make<pg::numeric>("pg::numeric"),
    make<pg::money>("pg::money"),
    make<pg::oid>("pg::oid"),
    make<pg::xid>("pg::xid"),
    make<pg::cid>("pg::cid"),
    make<pg::xid8>("pg::xid8"),
    make<pg::tid>("pg::tid"),
    make<pg::lsn>("pg::lsn"),
    make<pg::snapshot>("pg::snapshot"),
    make<char>("char"),
    make<std::vector<std::byte>>("std::vector<std::byte>"),
    make<std::array<std::byte, 4>>("std::array<std::byte, N>"),
    make<std::span<std::byte const>>("std::span<std::byte const>"),
    make<pg::uuid>("pg::uuid"),
    make<chrono::sys_days>("std::chrono::sys_days"),
    make<chrono::local_days>("std::chrono::local_days"),
    make<chrono::year_month_day>("std::chrono::year_month_day"),
    make<pg::time_of_day>("pg::time_of_day"),
    make<pg::time_with_offset>("pg::time_with_offset"),
    make<microseconds_local>("std::chrono::local_time<D>"),
    make<microseconds_sys>("std::chrono::sys_time<D>"),
    make<pg::interval>("pg::interval"),
    make<chrono::microseconds>("std::chrono::duration<…>"),
    make<pg::range<std::int32_t>>("pg::range<std::int32_t>"),
    make<pg::range<std::int64_t>>("pg::range<std::int64_t>"),
    make<pg::range<pg::numeric>>("pg::range<pg::numeric>"),
    make<pg::range<chrono::sys_days>>("pg::range<std::chrono::sys_days>"),
    make<pg::range<microseconds_local>>("pg::range<std::chrono::local_time<D>>"),
    make<pg::range<microseconds_sys>>("pg::range<std::chrono::sys_time<D>>"),
    make<pg::multirange<std::int32_t>>("pg::multirange<std::int32_t>"),
    make<pg::multirange<std::int64_t>>("pg::multirange<std::int64_t>"),
    make<pg::multirange<pg::numeric>>("pg::multirange<pg::numeric>"),
    make<pg::multirange<chrono::sys_days>>("pg::multirange<std::chrono::sys_days>"),
    make<pg::multirange<microseconds_local>>("pg::multirange<std::chrono::local_time<D>>"),
    make<pg::multirange<microseconds_sys>>("pg::multirange<std::chrono::sys_time<D>>"),
    make<pg::inet>("pg::inet", "types/inet.hpp"),
    make<pg::cidr>("pg::cidr", "types/inet.hpp"),
    make<pg::macaddr>("pg::macaddr", "types/macaddr.hpp"),
    make<pg::macaddr8>("pg::macaddr8", "types/macaddr.hpp"),
    make<pg::bits>("pg::bits", "types/bits.hpp"),
    make<std::bitset<4>>("std::bitset<N>", "types/bitset.hpp"),
    make<pg::point>("pg::point", "types/geometric.hpp"),
    make<pg::line>("pg::line", "types/geometric.hpp"),
    make<pg::lseg>("pg::lseg", "types/geometric.hpp"),
    make<pg::box>("pg::box", "types/geometric.hpp"),
    make<pg::path>("pg::path", "types/geometric.hpp"),
    make<pg::polygon>("pg::polygon", "types/geometric.hpp"),
    make<pg::circle>("pg::circle", "types/geometric.hpp"),
    make<pg::tsvector>("pg::tsvector", "types/tsvector.hpp"),
    make<pg::tsquery>("pg::tsquery", "types/tsquery.hpp"),
    make<some_document>("what has a pg::json_adapter", "types/json.hpp"),
};

std::string joined(std::vector<std::string_view> const& names)
{
    std::string text;
    for (std::string_view const name : names) {
        if (!text.empty())
            text += ", ";
        bool const is_code = name.find(' ') == name.npos || name.find('<') != name.npos;
        text += is_code ? '`' + std::string{name} + '`' : std::string{name};
    }
    return text;
}

std::string line_of(pg::builtin_type const& type)
{
    std::vector<std::string_view> read;
    std::vector<std::string_view> sent;
    std::vector<std::string_view> headers;
    for (cpp_type const& each : cpp_types) {
        if (each.reads(type.type))
            read.push_back(each.name);
        if (each.sent_as == type.type)
            sent.push_back(each.name);
        bool const concerned = each.reads(type.type) || each.sent_as == type.type;
        if (concerned && !each.header.empty() && (headers.empty() || headers.back() != each.header))
            headers.push_back(each.header);
    }
    if (read.empty() || pg::is_text_like(type.type)) {
        read.insert(read.begin(), "std::string");
        if (sent.empty())
            sent.push_back("std::string");
    }
    auto const cell = [](std::string const& text) { return text.empty() ? "" : ' ' + text; };
    return "| `" + std::string{type.name} + "` |" + cell(joined(read)) + " |" + cell(joined(sent)) +
           " |" + (pg::has_text_form(type.type) ? " binary" : " text") + " |" +
           cell(joined(headers)) + " |";
}

std::vector<std::string> table()
{
    std::vector<std::string> lines;
    for (pg::builtin_type const& each : pg::builtin_types)
        if (each.array != pg::unspecified_oid && each.type != pg::oids::record &&
            each.type != pg::oids::cstring) // columns are of no such type
            lines.push_back(line_of(each));
    return lines;
}

} // namespace

TEST_CASE("docs/types.md says of each type what its codecs say")
{
    auto const path = std::filesystem::path{__FILE__}.parent_path() / "../../../docs/types.md";
    std::ifstream file{path};
    if (!file)
        return skip("compiled under a relative path, run elsewhere");
    std::vector<std::string> documented;
    for (std::string line; std::getline(file, line) && !line.starts_with("## ");)
        if (line.starts_with("| `"))
            documented.push_back(line);

    std::string expected;
    for (std::string const& line : table())
        expected += line + '\n';
    std::string found;
    for (std::string const& line : documented)
        found += line + '\n';
    if (found != expected)
        std::cout << "docs/types.md needs this table:\n" << expected; // Catch2 would wrap the lines
    CHECK((found == expected));
    CHECK(documented.size() > 60);
}

TEST_CASE("every type of the table can be read as something")
{
    // what is a string and nothing else
    std::set<std::string_view> const strings{"name", "text", "char(n)", "varchar", "xml",
        "refcursor", "jsonpath", "aclitem", "gtsvector", "int2vector", "oidvector"};
    for (pg::builtin_type const& each : pg::builtin_types) {
        if (each.array == pg::unspecified_oid || each.type == pg::oids::record ||
            each.type == pg::oids::cstring)
            continue;
        INFO(each.name);
        bool read = false;
        for (cpp_type const& candidate : cpp_types)
            read = read || candidate.reads(each.type);
        CHECK(read == !strings.contains(each.name));
        CHECK(pg::accepts<std::string>(each.type, pg::format::text));
    }
}
