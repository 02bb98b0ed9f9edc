// COPY with a progress bar: a CSV file into a table, and the table into a CSV file. The names of
// both may be given (`copy_csv in.csv out.csv`; the first has lines such as `7,"a name",1.5`);
// without them a file with a million lines is made up. PGHOST, PGPORT, PGUSER, PGPASSWORD and
// PGDATABASE say where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace pg = pgcoro;
using asio::awaitable;

struct measurement
{
    int id;
    std::string name;
    double value;
};

/// One more # for each twenty-fifth that is done.
class progress_bar
{
public:
    progress_bar(std::string const& title, std::uint64_t total) : total_{total == 0 ? 1 : total}
    {
        std::cout << title << ' ' << std::flush;
    }

    void show(std::uint64_t done)
    {
        auto const marks = done >= total_ ? 25 : done * 25 / total_;
        if (marks <= shown_)
            return;
        std::cout << std::string(marks - shown_, '#') << (marks == 25 ? "\n" : "") << std::flush;
        shown_ = marks;
    }

private:
    std::uint64_t total_;
    std::uint64_t shown_ = 0;
};

awaitable<void> run(std::string from, std::string to)
{
    auto conn = co_await pg::connect(pg::options::from_environment());
    co_await conn.execute("CREATE TEMP TABLE measurements (id int, name text, value float8)");

    pg::input_file file{from};
    progress_bar in{"into the table ", file.size()};
    auto how =
        pg::copy_options{}.csv().progress([&](pg::copied const& so_far) { in.show(so_far.bytes); });
    auto const rows = co_await conn.copy_in("measurements", file, how);
    in.show(file.size());
    std::cout << rows << " rows\n";

    progress_bar out{"into the file  ", rows};
    how.progress([&](pg::copied const& so_far) { out.show(so_far.rows.value_or(0)); });
    co_await conn.copy_out("measurements", pg::output_file{to}, how);

    // And typed, without a file: binary data, decoded as it arrives.
    double sum = 0;
    auto typed = co_await conn.copy_out<measurement>("measurements");
    while (auto batch = co_await typed.next())
        for (measurement const& each : *batch)
            sum += each.value;
    std::cout << "the values' sum is " << std::fixed << sum << '\n';
    co_await conn.close();
}

void make_up(std::string const& path)
{
    std::ofstream file{path};
    for (int i = 0; i < 1'000'000; ++i)
        file << i << ",\"number " << i << "\"," << i % 100 << ".5\n";
}

int main(int count, char** arguments)
{
    bool const named = count == 3;
    std::string const from = named ? arguments[1] : "/tmp/copy_csv_in.csv";
    std::string const to = named ? arguments[2] : "/tmp/copy_csv_out.csv";
    if (!named)
        make_up(from);
    asio::io_context context{1};
    int status = 0;
    asio::co_spawn(context, run(from, to), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& what) {
            std::cerr << what.what() << '\n';
            status = 1;
        }
    });
    context.run();
    if (!named) {
        std::remove(from.c_str());
        std::remove(to.c_str());
    }
    return status;
}
