#pragma once

#include "sample.hpp"

#include <pgcoro/types/builtin.hpp>
#include <pgcoro/types/parameters.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// Encodes a value, and decodes what came of it into another type's object.
template <class To, class From>
void add_codec(sample_list& to, std::string const& name, From const& value, pgcoro::oid type,
    pgcoro::format as = pgcoro::format::binary)
{
    pgcoro::byte_writer bytes;
    pgcoro::codec<From>::encode(value, as, bytes);
    std::vector<std::byte> const encoded{bytes.bytes().begin(), bytes.bytes().end()};
    to.add("encode " + name, [value, as, out = pgcoro::small_byte_writer<2048>{}]() mutable {
        out.clear();
        pgcoro::codec<From>::encode(value, as, out);
        keep(out);
    });
    to.add("decode " + name, [encoded, type, as, decoded = To{}]() mutable {
        keep(encoded);
        pgcoro::field const from{
            encoded.data(), static_cast<std::int32_t>(encoded.size()), type, as};
        if (!pgcoro::decode_field(from, decoded))
            std::abort();
        keep(decoded);
    });
}

inline void add_codec_samples(sample_list& to)
{
    using pgcoro::format;
    namespace oids = pgcoro::oids;
    add_codec<bool>(to, "bool", true, oids::bool_);
    add_codec<std::int16_t>(to, "int2", std::int16_t{7}, oids::int2);
    add_codec<std::int32_t>(to, "int4", 123456, oids::int4);
    add_codec<std::int64_t>(to, "int8", std::int64_t{123456789012}, oids::int8);
    add_codec<std::int64_t>(to, "int4 into 64 bits", 123456, oids::int4);
    add_codec<std::int32_t>(to, "int4 as text", 123456, oids::int4, format::text);
    add_codec<double>(to, "float8", 1234.5678, oids::float8);
    add_codec<double>(to, "float8 as text", 1234.5678, oids::float8, format::text);
    add_codec<std::string_view>(
        to, "text as a view", std::string{"twenty characters..."}, oids::text, format::text);
    add_codec<std::string>(
        to, "text", std::string{"twenty characters..."}, oids::text, format::text);
    add_codec<std::vector<std::byte>>(
        to, "1 kB of bytea", std::vector<std::byte>(1024, std::byte{1}), oids::bytea);
    add_codec<std::vector<int>>(to, "int4[100]", std::vector<int>(100, 123456), oids::int4_array);
    add_codec<std::vector<int>>(
        to, "int4[100] as text", std::vector<int>(100, 123456), oids::int4_array, format::text);

    to.add("encode two parameters", [types = pgcoro::small_byte_writer<64>{},
                                        values = pgcoro::small_byte_writer<384>{}]() mutable {
        types.clear();
        values.clear();
        pgcoro::encode_parameters(types, values, 42, std::string_view{"twenty characters..."});
        keep(values);
    });
}

} // namespace bench
