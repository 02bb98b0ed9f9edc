#include <pgcoro/testing/temporary_server.hpp>
#if __has_include(<pgcoro/pgcoro.hpp>)
    #include <pgcoro/pgcoro.hpp>
#endif

std::error_category const& category_of_second();

std::error_category const& category_of_second()
{
    return pgcoro::client_category();
}
