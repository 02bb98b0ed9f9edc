#pragma once

#include <string_view>
#include <vector>

namespace bench {

/// What is measured. A to G are the cases of MagicStack's pgbench. Their tables are made by
/// bench/server/setup.sql, which also tells what each must give.
enum class case_id : char
{
    pg_type = 'A',
    integers = 'B',
    bytes = 'C',
    arrays = 'D',
    copy_in = 'E',
    batch_insert = 'F',
    one_plus = 'G',
    lookup = 'H',
    twenty_lookups = 'I',
    typed_columns = 'J',
    connect = 'K',
    many_rows = 'L',
    shared_connection = 'M',
    shared_pool = 'N', ///< the connections of a pool: calls of several share each
    plain_pool = 'O',  ///< each call takes a connection of its own
    /// K again, where the client may keep what the password was hashed to.
    reconnect = 'R',
};

[[nodiscard]] constexpr std::string_view sql_of(case_id which) noexcept
{
    switch (which) {
    case case_id::pg_type:
        return "SELECT typname, typnamespace, typowner, typlen, typbyval, typcategory, "
               "typispreferred, typisdefined, typdelim, typrelid, typelem, typarray "
               "FROM pg_type WHERE typtypmod = $1 AND typisdefined = $2";
    case case_id::integers:
        return "SELECT i FROM generate_series(1, $1) AS i";
    case case_id::bytes:
        return "SELECT data FROM bench_bytes";
    case case_id::arrays:
        return "SELECT numbers FROM bench_arrays";
    case case_id::copy_in:
        return "COPY bench_batch (a, b, c, d, e, f, g) FROM STDIN (FORMAT binary)";
    case case_id::batch_insert:
        return "INSERT INTO bench_batch (a, b, c, d, e, f, g) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    case case_id::one_plus:
    case case_id::connect:
    case case_id::reconnect:
    case case_id::shared_connection:
    case case_id::shared_pool:
    case case_id::plain_pool:
        return "SELECT 1 + $1";
    case case_id::lookup:
    case case_id::twenty_lookups:
        return "SELECT id, name, email, balance FROM bench_users WHERE id = $1";
    case case_id::typed_columns:
        return "SELECT id, price, name, created, amount, active, token, note FROM bench_orders";
    case case_id::many_rows:
        return "SELECT id, name, email, score FROM bench_events";
    }
    return {};
}

inline constexpr int series_length = 1000;
inline constexpr int one_plus_argument = 41;
inline constexpr int users = 10'000;
inline constexpr int lookups_at_once = 20;
inline constexpr int copied_rows = 10'000;
inline constexpr int inserted_rows = 1'000;
inline constexpr int callers = 100; ///< who share the connection or the pool

/// The ids that lookups ask for: all of them in turn, not one behind the other.
class id_sequence
{
public:
    [[nodiscard]] int next() noexcept
    {
        id_ += 7919;
        if (id_ > users)
            id_ -= users;
        return id_;
    }

private:
    int id_ = 0;
};

/// A row of the batch, always the same.
struct batch_row
{
    int a = 10;
    int b = 11;
    int c = 10;
    std::string_view d = "TESTTESTTEST";
    double e = 10.333;
    int f = 12341234;
    std::string_view g = "123412341234";
};

/// What E and F send: it is there before the time begins.
[[nodiscard]] inline std::vector<batch_row> const& batch_rows(case_id which)
{
    static std::vector<batch_row> const copied(copied_rows);
    static std::vector<batch_row> const inserted(inserted_rows);
    return which == case_id::copy_in ? copied : inserted;
}

/// What is in the table after a run of E or F, as two columns: count and checksum.
inline constexpr std::string_view batch_check = "SELECT rows, checksum FROM bench_batch_check";
inline constexpr std::string_view batch_clear = "TRUNCATE bench_batch";

} // namespace bench
