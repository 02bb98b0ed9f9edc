// A program of somebody else's, that only has the library's headers.

#if __has_include(<pgcoro/pgcoro.hpp>)
    #include <pgcoro/pgcoro.hpp>
#endif
#include <pgcoro/testing/temporary_server.hpp>

#include <iostream>

int main()
{
    try {
        pgcoro::temporary_server server;
        std::cout << "PostgreSQL " << server.version() << '\n';
        return server.running() ? 0 : 1;
    } catch (pgcoro::error const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
