// ask SQL: prints the rows of a query, a line each, tabs between the columns.

#include "../common/blocking_connection.hpp"

#include <iostream>

int main(int argc, char* argv[])
{
    if (argc != 2) {
        std::cerr << "usage: ask SQL\n";
        return 2;
    }
    try {
        for (auto const& row : bench::blocking_connection{}.query(argv[1])) {
            char const* separator = "";
            for (auto const& value : row) {
                std::cout << separator << value;
                separator = "\t";
            }
            std::cout << '\n';
        }
    } catch (std::exception const& error) {
        std::cerr << "ask: " << error.what() << '\n';
        return 1;
    }
}
