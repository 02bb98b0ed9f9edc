// The floor on Asio's sockets: what a client on Asio can at most reach.

#include "../common/asio_lanes.hpp"
#include "run_floor.hpp"

int main(int argc, char** argv)
{
    return bench::report(argc, argv, [](bench::arguments const& how) {
        if (bench::connects(how.which))
            return bench::print_skip(how, "the same as floor");
        return bench::run_floor<bench::asio_lanes<bench::skipping_rows>>(how);
    });
}
