#include <pgcoro/testing/temporary_server.hpp>
#include <pgcoro/types/all.hpp>
#if __has_include(<pgcoro/pgcoro.hpp>)
    #include <pgcoro/pgcoro.hpp>
#endif

#include <pgcoro/core/throw_server_error.hpp>

std::error_category const& category_of_second();
void throw_in_second();

std::error_category const& category_of_second()
{
    return pgcoro::client_category();
}

void throw_in_second()
{
    auto message = std::make_shared<pgcoro::server_message>();
    message->code = pgcoro::sqlstate{"23505"};
    pgcoro::throw_server_error(std::move(message));
}
